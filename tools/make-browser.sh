#!/bin/sh
# The tests open the pages in a real browser. As root on Debian it is installed, otherwise it is named.
set -eu
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
else
    echo "Chromium is missing. Ask an administrator to run: apt-get install chromium" >&2
    exit 1
fi
