#!/bin/sh
# The tests open the pages in a real browser: Debian's Chromium, without its windows where that is
# to be had, for half the processor. As root on Debian it is installed, otherwise it is named.
set -eu
command -v chromium-headless-shell >/dev/null && exit 0

install() {
    apt-get -o Acquire::Retries=0 -o Acquire::http::Timeout=20 "$@"
}
# What is there already will do; nobody is asked to be online for it.
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    install update -qq
    export DEBIAN_FRONTEND=noninteractive
    for package in chromium-headless-shell chromium; do
        install install -y -qq --no-install-recommends "$package" fonts-dejavu-core && exit 0
    done
fi
echo "Chromium is missing. Ask an administrator to run: apt-get install chromium-headless-shell" >&2
exit 1
