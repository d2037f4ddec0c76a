# The store paths of the corpus: programs of this machine with the libraries they need. Sourced by ./run.

# add NAME: the directory $work/in/NAME as a store path, in $NAME with `-` as `_`
add() {
  local path
  path=$(nix-store --add "$work/in/$1")
  printf -v "${1//-/_}" %s "$path"
}

in_() { mkdir -p "$work/in/$1/bin" "$work/in/$1/lib"; }

# script NAME FILE: an executable from standard input
script() {
  mkdir -p "$work/in/$1/bin"
  cat >"$work/in/$1/bin/$2"
  chmod +x "$work/in/$1/bin/$2"
}

# program NAME FILE...: programs that use the libraries in $libs
program() {
  local file to
  in_ "$1"
  for file in "${@:2}"; do
    to=$work/in/$1/bin/${file##*/}
    cp -L "$file" "$to"
    chmod u+w "$to"
    # DT_RPATH, which holds for the libraries of libraries too
    patchelf --set-interpreter "$libs/lib/$loader" --force-rpath --set-rpath "$libs/lib" "$to"
  done
}

# compile NAME FILE ARGUMENTS...: a C program from standard input
compile() {
  in_ "$1"
  cc -x c -o "$work/in/$1/bin/$2" - "${@:3}"
}

# the libraries of all programs, and their loader
programs=(/bin/bash /bin/dash /usr/bin/env /bin/ln /bin/cat /bin/sleep /bin/mkdir /bin/grep /bin/sed /usr/bin/python3.11)
[ ! -x "${REDIS-}" ] || programs+=("$REDIS")
[ ! -x "${NGINX-}" ] || programs+=("$NGINX")
in_ libs
for file in "${programs[@]}"; do
  for library in $(ldd "$file" | grep -oE '/[^ ]+'); do
    cp -nL "$library" "$work/in/libs/lib/"
  done
done
loader=$(basename "$(patchelf --print-interpreter /bin/bash)")
add libs

program bash /bin/bash && ln -s bash "$work/in/bash/bin/sh" && add bash
program dash /bin/dash && add dash
program tools /usr/bin/env /bin/ln /bin/cat /bin/sleep /bin/mkdir && add tools
program text /bin/grep /bin/sed && add text
program python /usr/bin/python3.11
mkdir -p "$work/in/python/lib/python3.11"
tar -C /usr/lib/python3.11 --exclude=__pycache__ --exclude=test -c . | tar -C "$work/in/python/lib/python3.11" -x
add python
[ ! -x "${REDIS-}" ] || { program redis "$REDIS"; mv "$work/in/redis/bin/${REDIS##*/}" "$work/in/redis/bin/redis-server"; add redis; }
[ ! -x "${NGINX-}" ] || { program nginx "$NGINX"; add nginx; }

dynamic=(-Wl,--dynamic-linker="$libs/lib/$loader")
serve='#include <unistd.h>
int main(void) { sleep(1000); return 0; }'
twice='int twice(int x);
#include <unistd.h>
int main(void) { sleep(twice(500)); return 0; }'
compile static static -static <<<"$serve" && add static
compile runpath runpath "${dynamic[@]}" -Wl,--enable-new-dtags,-rpath,"$libs/lib" <<<"$serve" && add runpath
compile no-rpath no-rpath "${dynamic[@]}" <<<"$serve" && add no-rpath
compile host-loader host-loader <<<"$serve" && add host-loader

# libtwice beside its program, found by $ORIGIN; libfour needs libtwice
in_ origin
cc -shared -fPIC -Wl,-soname,libtwice.so -o "$work/in/origin/lib/libtwice.so" -x c - <<<'int twice(int x) { return 2 * x; }'
compile origin origin "${dynamic[@]}" -Wl,--enable-new-dtags,-rpath,"\$ORIGIN/../lib:$libs/lib" -L"$work/in/origin/lib" -ltwice <<<"$twice"
cp -r "$work/in/origin" "$work/in/origin-lost" && rm "$work/in/origin-lost/lib/libtwice.so"
cp -r "$work/in/origin" "$work/in/origin-broken" && head -c 3000 "$work/in/origin/lib/libtwice.so" >"$work/in/origin-broken/lib/libtwice.so"
cc -shared -fPIC -Wl,-soname,libfour.so -o "$work/in/origin/lib/libfour.so" -x c - -L"$work/in/origin/lib" -ltwice <<<'int twice(int x); int four(int x) { return twice(twice(x)); }'
cp -r "$work/in/origin" "$work/in/inherited-not"
four='int four(int x);
#include <unistd.h>
int main(void) { sleep(four(250)); return 0; }'
linked=(-L"$work/in/origin/lib" -lfour -Wl,--no-as-needed -Wl,-rpath-link,"$work/in/origin/lib" "${dynamic[@]}")
compile origin inherited "${linked[@]}" -Wl,--disable-new-dtags,-rpath,"\$ORIGIN/../lib:$libs/lib" <<<"$four"
compile inherited-not inherited "${linked[@]}" -Wl,--enable-new-dtags,-rpath,"\$ORIGIN/../lib:$libs/lib" <<<"$four"
add origin && add origin-lost && add origin-broken && add inherited-not

mkdir -p "$work/in/cut/bin" && head -c 9000 "$work/in/static/bin/static" >"$work/in/cut/bin/cut" && chmod +x "$work/in/cut/bin/cut" && add cut
mkdir -p "$work/in/plain/bin" && echo data >"$work/in/plain/bin/plain" && echo 'no magic' >"$work/in/plain/bin/no-magic"
: >"$work/in/plain/bin/empty" && chmod +x "$work/in/plain/bin/"{no-magic,empty} && add plain
mkdir -p "$work/in/links/bin" && ln -s round "$work/in/links/bin/round" && ln -s "$static/bin/static" "$work/in/links/bin/good"
ln -s /usr/bin/sleep "$work/in/links/bin/out" && ln -s lost "$work/in/links/bin/dangling" && add links
mkdir -p "$work/in/other/bin" && cp "$work/in/static/bin/static" "$work/in/other/bin/arm"
printf '\xb7\x00' | dd of="$work/in/other/bin/arm" bs=1 seek=18 conv=notrunc status=none && add other
mkdir -p "$work/in/secret" && echo secret >"$work/in/secret/file" && add secret

# Scripts. They end in a program that stays, so that the service is seen to run.
sleeps="exec $tools/bin/sleep 1000"
script scripts absolute <<<"#!$bash/bin/bash -e
$tools/bin/mkdir -p /tmp/x
$sleeps"
script scripts bare <<<"#!$bash/bin/bash -e
ln -s a /tmp/b
$sleeps"
script scripts bare-goes-on <<<"#!$bash/bin/bash
ln -s a /tmp/b
$sleeps"
script scripts bare-exec <<<"#!$bash/bin/bash
exec sleep 1000"
script scripts guarded <<<"#!$bash/bin/bash -e
if command -v ln; then ln -s a /tmp/b; fi
$sleeps"
script scripts branch <<<"#!$bash/bin/bash -e
if [ -e /nowhere ]; then grep x /etc/passwd; fi
$sleeps"
script scripts or-true <<<"#!$bash/bin/bash -e
grep x /etc/passwd || true
$sleeps"
script scripts function <<<"#!$bash/bin/bash -e
grep() { echo \"not \$1\"; }
grep x
$sleeps"
script scripts own-path <<<"#!$bash/bin/bash -e
export PATH=$tools/bin:\$PATH
ln -s a /tmp/b
exec sleep 1000"
script scripts leaves-early <<<"#!$bash/bin/bash -e
test -e /nowhere || exec $tools/bin/sleep 1000
grep x"
script scripts pipe <<<"#!$bash/bin/bash -e
echo x | grep x | true
$sleeps"
script scripts errexit-later <<<"#!$bash/bin/bash
set -euo pipefail
sed s/a/b/ /etc/passwd >/tmp/x
$sleeps"
script scripts substitution <<<"#!$bash/bin/bash -e
x=\$(ln --help)
$sleeps"
script scripts sh <<<"#!/bin/sh
$sleeps"
script scripts usr-bin-env <<<"#!/usr/bin/env bash
$sleeps"
script scripts env <<<"#!$tools/bin/env bash
$sleeps"
script scripts env-options <<<"#!$tools/bin/env -S bash -e
$sleeps"
script scripts chain <<<"#!$tools/bin/env python3.11
import time
time.sleep(1000)"
script scripts crlf <<<"#!$bash/bin/bash"$'\r'"
$sleeps"
script scripts late <<<"
#!$bash/bin/bash
$sleeps"
script scripts round-a <<<"#!/tmp/round"
script scripts unfinished <<<"#!$bash/bin/bash
if true; then
  $sleeps"
script scripts lost-program <<<"#!$bash/bin/bash -e
$tools/bin/nothing
$sleeps"
script scripts outside <<<"#!$bash/bin/bash -e
$text/bin/grep x /dev/null || true
$sleeps"
script scripts heredoc <<<"#!$dash/bin/dash -e
x='grep me'
while read -r line; do echo \"\$line\"; done <<TEXT
sed is not called
TEXT
case \$x in grep*) ;; *) sed x ;; esac
$sleeps"
add scripts
script server server.py <<<"import http.server, socketserver
socketserver.TCPServer(('127.0.0.1', 8123), http.server.SimpleHTTPRequestHandler).serve_forever()"
echo 'user root root; daemon off; master_process off; pid /tmp/nginx.pid; error_log stderr; events { } http { access_log off; server { listen 127.0.0.1:8124; } }' >"$work/in/server/nginx.conf"
add server
