# shellcheck shell=bash
# Sourced by every script: where things are, a Python new enough, one way to say what goes on.
# Nothing here depends on the folder a script is called from.

set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case "${CLINIC_VAR:=$ROOT/var}" in /*) ;; *) CLINIC_VAR=$PWD/$CLINIC_VAR ;; esac # as the caller's folder has it
cd "$ROOT"

# What the caller's shell may carry must not lead our Python astray.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV DJANGO_SETTINGS_MODULE
unset PYTHONDONTWRITEBYTECODE # var/pycache is for that; with neither, each start compiles Django anew (1.5 s, not 0.4)

VAR=$CLINIC_VAR
export CLINIC_VAR
# What Python and the tools keep for themselves stays in var/ too.
export PYTHONPYCACHEPREFIX=$VAR/pycache HYPOTHESIS_STORAGE_DIRECTORY=$VAR/hypothesis RUFF_CACHE_DIR=$VAR/ruff
# shellcheck disable=SC2034 # used by those who source this
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
    "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.1[2-9]*/bin/python3 \
    /opt/python*/bin/python3 /usr/local/bin/python3.1[2-9] "${HOME:-}"/.local/bin/python3.1[2-9]; do
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

# Any Python will do, so that this can be said before anything long: free_port_or_stop PYTHON HOST PORT
free_port_or_stop() {
  "$1" - "$2" "$3" <<'EOF'
import socket, sys
host, port = sys.argv[1:]
if not port.isdecimal() or not 0 < int(port) < 65536:
    sys.exit(f"PORT must be a number from 1 to 65535, not {port!r}.")
with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((host, int(port)))
    except OSError as error:
        sys.exit(f"Port {port} on {host} is not free ({error.strerror}). Choose another: PORT=8001 script/server")
EOF
}
