#!/bin/sh
# npm builds the pages' assets once. As root on Debian it is installed, otherwise it is named.
set -eu
command -v npm >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm
else
    echo "npm is missing (Node.js 18 or newer). Ask an administrator to run: apt-get install nodejs npm" >&2
    exit 1
fi
