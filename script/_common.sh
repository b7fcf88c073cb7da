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

# How to get a Python that is new enough from what this system itself offers.
python_offered() {
  local name found
  if command -v apt-cache >/dev/null; then
    for name in python3.14 python3.13 python3.12; do
      [ -n "$(apt-cache search --names-only "^$name-venv\$" 2>/dev/null)" ] || continue
      echo "This system offers one: apt install $name $name-venv"
      return
    done
    # Where python3 itself is new enough, only its venv may be missing.
    found=$(apt-cache policy python3 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*\.[0-9]*\).*/\1/p')
    case "$found" in 3.1[2-9] | 3.[2-9][0-9]) echo "This system offers one: apt install python3 python3-venv"; return ;; esac
  elif command -v dnf >/dev/null; then
    for name in python3.14 python3.13 python3.12; do
      dnf -q list --available "$name" >/dev/null 2>&1 || continue
      echo "This system offers one: dnf install $name"
      return
    done
  elif command -v brew >/dev/null; then
    echo "This system offers one: brew install python@3.13"
    return
  fi
  echo "This system's own packages offer none: uv (uv python install 3.13) or pyenv (pyenv install 3.13) makes one in your home folder, and both are found there."
}

# What this machine has as python3, in words.
python_here() {
  local path
  path=$(command -v python3) || { echo "there is no python3 here"; return; }
  "$path" -c 'import sys; print("python3 here is %d.%d.%d" % sys.version_info[:3], end="")' 2>/dev/null || printf 'python3 here does not run'
  "$path" -c 'import venv, ensurepip' 2>/dev/null || printf ', without venv'
  printf ' (%s)\n' "$path"
}

# A Python that runs, is new enough, and can make a virtual environment. A version manager's stand-in may exist and fail,
# and Debian's own Python may lack venv, so each candidate has to show all three.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.13 python3.14 python3.12 python3 python \
    "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.1[2-9]*/bin/python3 \
    /opt/python*/bin/python3 /usr/local/bin/python3.1[2-9] "${HOME:-}"/.local/bin/python3.1[2-9] \
    "${UV_PYTHON_INSTALL_DIR:-${HOME:-}/.local/share/uv/python}"/cpython-3.1[2-9]*/bin/python3; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c "
import sys, venv, ensurepip
sys.exit(sys.version_info < tuple(map(int, '$OLDEST'.split('.'))))" >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
  done
  stop "This site needs Python $OLDEST or newer with venv; $(python_here). $(python_offered) Or set PYTHON to the path of one."
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

# The settings of a laptop, for script/server and script/manage: laptop_environment HOST PORT
# HOST and PORT are where script/server serves, for links in mail.
laptop_environment() {
  local shown=$1
  [ "$1" != ::1 ] || shown="[::1]"
  # shellcheck source=/dev/null
  . "$VAR/laptop.env"
  unset SMTP_HOST # mail of sample requests goes to a folder, whatever the caller's shell holds
  # A laptop only: the demo accounts sign in with a password alone. CLINIC_SECOND_FACTOR=1 asks for the second factor too.
  export CLINIC_SECOND_FACTOR="${CLINIC_SECOND_FACTOR:-0}"
  export CLINIC_LAPTOP=1 DJANGO_ALLOWED_HOSTS="127.0.0.1 localhost [::1] $shown" CLINIC_SITE_URL="http://$shown:$2"
}
