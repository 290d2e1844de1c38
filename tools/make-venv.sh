#!/bin/sh
# Makes .venv. Debian splits venv off Python; as root we install what is missing, otherwise we name it.
set -eu
python=$1
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Ponte needs Python 3.11 or newer as '$python'. Name another one with: make PYTHON=python3.12 setup" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv
    else
        echo "Python's venv module is missing. Ask an administrator to run: apt-get install python3-venv" >&2
        exit 1
    fi
fi
exec "$python" -m venv .venv
