# Sourced by every script: where things are, a Python new enough, one way to say what goes on.
# Nothing here depends on the folder a script is called from.

set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# What the caller's shell may carry must not lead our Python astray.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV DJANGO_SETTINGS_MODULE

VAR=${CLINIC_VAR:-$ROOT/var}
export CLINIC_VAR=$VAR
# What Python and the tools keep for themselves stays in var/ too.
export PYTHONPYCACHEPREFIX=$VAR/pycache HYPOTHESIS_STORAGE_DIRECTORY=$VAR/hypothesis RUFF_CACHE_DIR=$VAR/ruff
VENV=$VAR/venv
OLDEST=3.12

say() { printf '%s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# Prints the script's own heading comment as its help.
help_if_asked() {
  case "${1:-}" in
    -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
  esac
}

# A line before anything that may take over two seconds, and its seconds after it.
step() {
  local words=$1 began=$SECONDS
  shift
  say "… $words"
  "$@"
  local took=$((SECONDS - began))
  [ "$took" -lt 2 ] || say "  done in $took s"
}

# A Python that runs, is new enough, and can make a virtual environment. A version manager's stand-in may exist and fail,
# and Debian's own Python may lack venv, so each candidate has to show all three.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.13 python3.14 python3.12 python3 python \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3 \
    /opt/python*/bin/python3 /usr/local/bin/python3.1[2-9] "$HOME"/.local/bin/python3.1[2-9]; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c "
import sys, venv, ensurepip
sys.exit(sys.version_info < tuple(map(int, '$OLDEST'.split('.'))))" >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
  done
  stop "This site needs Python $OLDEST or newer with venv, and none was found. Install one (Debian, Ubuntu: apt install python3 python3-venv), or set PYTHON to its path."
}

free_port_or_stop() {
  "$VENV/bin/python" - "$1" "$2" <<'EOF' || stop "Port $2 on $1 is taken. Stop what uses it, or choose another: PORT=8001 script/server"
import socket, sys
with socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET) as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((sys.argv[1], int(sys.argv[2])))
    except OSError:
        sys.exit(1)
EOF
}
