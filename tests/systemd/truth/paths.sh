# The store paths of the tested services: programs of this machine with the libraries they need. Sourced by ./run.

# add NAME: adds the directory $work/in/NAME to the store and sets $NAME (`-` becomes `_`) to its path
add() {
  local path
  path=$(nix-store --add "$work/in/$1")
  printf -v "${1//-/_}" %s "$path"
}

in_() { mkdir -p "$work/in/$1/bin" "$work/in/$1/lib"; }

# script NAME FILE: makes an executable from standard input
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
    # DT_RPATH, which also applies to the libraries of libraries
    patchelf --set-interpreter "$libs/lib/$loader" --force-rpath --set-rpath "$libs/lib" "$to"
  done
}

# compile NAME FILE ARGUMENTS...: compiles a C program from standard input
compile() {
  in_ "$1"
  cc -x c -o "$work/in/$1/bin/$2" - "${@:3}"
}

# the libraries of all programs, and their loader
programs=(/bin/bash /bin/dash /usr/bin/env /bin/ln /bin/cat /bin/sleep /bin/mkdir /bin/grep /bin/sed /usr/bin/python3.11 /usr/bin/id /usr/bin/whoami /bin/chown /usr/bin/touch /bin/kill)
[ ! -x "${REDIS-}" ] || programs+=("$REDIS")
[ ! -x "${NGINX-}" ] || programs+=("$NGINX")
[ ! -x "${POSTGRES-}" ] || programs+=("$POSTGRES" "${POSTGRES%/*}/initdb" "${POSTGRES%/*}/../lib/"*.so)
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
program tools /usr/bin/env /bin/ln /bin/cat /bin/sleep /bin/mkdir /usr/bin/id /usr/bin/whoami /bin/chown /usr/bin/touch /bin/true && echo 'set_path() { PATH=$1; }' >"$work/in/tools/path.env" && add tools
program procps /bin/kill && add procps
program text /bin/grep /bin/sed && add text
program python /usr/bin/python3.11
mkdir -p "$work/in/python/lib/python3.11"
tar -C /usr/lib/python3.11 --exclude=__pycache__ --exclude=test -c . | tar -C "$work/in/python/lib/python3.11" -x
add python
[ ! -x "${REDIS-}" ] || { program redis "$REDIS"; [ -e "$work/in/redis/bin/redis-server" ] || mv "$work/in/redis/bin/"* "$work/in/redis/bin/redis-server"; add redis; }
[ ! -x "${NGINX-}" ] || { program nginx "$NGINX"; add nginx; }

if [ -x "${POSTGRES-}" ]; then
  # It finds its files relative to its own path: lib/postgresql/15/bin and share/postgresql/15.
  version=$(basename "$(dirname "${POSTGRES%/*}")")
  program postgres "$POSTGRES" "${POSTGRES%/*}/initdb"
  base=$work/in/postgres/lib/postgresql/$version share=$work/in/postgres/share/postgresql/$version
  mkdir -p "$base/lib" "$share"
  mv "$work/in/postgres/bin" "$base/bin"
  ln -s "lib/postgresql/$version/bin" "$work/in/postgres/bin"
  cp "${POSTGRES%/*}/../lib/"{plpgsql,dict_snowball,libpqwalreceiver,*_and_*}.so "$base/lib"
  for file in "$base/lib/"*.so; do
    patchelf --force-rpath --set-rpath "$libs/lib" "$file"
  done
  tar -C "${POSTGRES%/lib/*}/share/postgresql/$version" --exclude=man -c . | tar -C "$share" -x
  mkdir -p "$work/in/postgres/share/zoneinfo"
  add postgres
fi

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
# reports that it is ready, as sd_notify(3) does
compile talk notify -static <<<'#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(void) {
  struct sockaddr_un to = { .sun_family = AF_UNIX };
  char *name = getenv("NOTIFY_SOCKET");
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (!name) return 2;
  strncpy(to.sun_path, name, sizeof to.sun_path - 1);
  if (*name == 64) to.sun_path[0] = 0;
  if (sendto(fd, "READY=1", 7, 0, (void *) &to, sizeof to.sun_family + strlen(name)) != 7) return 3;
  sleep(1000);
}'
# listens on the port given as its argument
compile talk listen -static <<<'#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(fd, (void *) &at, sizeof at) || listen(fd, 1)) return 4;
  sleep(1000);
}'
add talk

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
mkdir -p "$work/in/secret" && echo secret >"$work/in/secret/file" && echo "worker_processes 1;" >"$work/in/secret/nginx.conf" && add secret

# Scripts. They end with a program that keeps running, so that the service counts as running.
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
script scripts chowns <<<"#!$bash/bin/bash -e
chown nobody /tmp
exec sleep 1000"
script scripts known-case <<<"#!$bash/bin/bash -e
if test -d /etc/absent; then grep x /etc/absent; fi
[ ! -e /etc/absent ] || sed x
[ -x /usr/bin/grep ] && grep x
$sleeps"
script scripts reads-certificates <<<"#!$bash/bin/bash -e
$tools/bin/cat /etc/ssl/certs/ca-certificates.crt >/dev/null
$sleeps"
script scripts reads-by-redirect <<<"#!$bash/bin/bash -e
while read -r line; do x=\$line; done </etc/resolv.conf
$sleeps"
script scripts reads-perhaps <<<"#!$bash/bin/bash -e
[ ! -e /etc/hosts ] || $tools/bin/cat /etc/hosts
$sleeps"
script scripts makes-directory <<<"#!$bash/bin/bash -e
$tools/bin/mkdir -p /var/lib/web/data
$sleeps"
script scripts writes-log <<<"#!$bash/bin/bash -e
echo started >>/var/log/web/log
$sleeps"
script scripts null-output <<<"#!$bash/bin/bash -e
echo x >/dev/null
$sleeps"
script scripts null-input <<<"#!$bash/bin/bash -e
$tools/bin/cat </dev/null"
script scripts process-substitution <<<"#!$bash/bin/bash -e
while read -r line; do x=\$line; done < <(echo x)"
script scripts asks-proc <<<"#!$bash/bin/bash -e
$tools/bin/cat /proc/sys/kernel/ostype"
script scripts sources <<<"#!$bash/bin/bash -e
. /etc/profile
$sleeps"
script scripts sources-store <<<"#!$bash/bin/bash -e
. $tools/path.env
set_path $tools/bin; ln -s a /tmp/b
$sleeps"
script scripts changes-directory <<<"#!$bash/bin/bash -e
cd /srv/data
$sleeps"
script scripts changes-directory-perhaps <<<"#!$bash/bin/bash -e
cd /srv/data 2>/dev/null || cd /
$sleeps"
script scripts calls-function <<<"#!$bash/bin/bash -e
setup() { ln -s a /tmp/b; }
setup
$sleeps"
script scripts reads-or-goes-on <<<"#!$bash/bin/bash -e
$tools/bin/cat /etc/hosts || true
$sleeps"
script scripts wraps <<<"#!$bash/bin/bash -e
$tools/bin/env LANG=C grep x
$sleeps"
script scripts wraps-path <<<"#!$bash/bin/bash -e
PATH=$tools/bin
env LANG=C mkdir /tmp/x
exec env sleep 1000"
script scripts forks <<<"#!$bash/bin/bash -e
$tools/bin/sleep 1000 &
echo \$! >/run/web/pid"
script scripts reloads <<<"#!$bash/bin/bash
trap 'echo reloaded' HUP
while true; do $tools/bin/sleep 1000 & wait; done"
script scripts forks-elsewhere <<<"#!$bash/bin/bash
$tools/bin/sleep 1000 &
echo \$! >/run/web.pid"
script scripts writes-service <<<"#!$bash/bin/bash -e
echo x >/srv/x
$sleeps"
script scripts touches-lock <<<"#!$bash/bin/bash -e
$tools/bin/touch /run/lock/web
$sleeps"
script scripts links-out <<<"#!$bash/bin/bash -e
$tools/bin/ln -s /etc/absent /tmp/x
[ -L /tmp/x ]
$sleeps"
script scripts patterns <<<"#!$bash/bin/bash -e
$tools/bin/mkdir -p /tmp/{a,b}
$tools/bin/cat $tools/*.env
for x in a b; do $tools/bin/touch /tmp/\$x/c; done
$tools/bin/cat /tmp/?/c
$sleeps"
script scripts reads-made <<<"#!$bash/bin/bash -e
[ -e /etc/x ]
$tools/bin/cat /etc/x
$sleeps"
script scripts exits-one <<<"#!$bash/bin/bash
$tools/bin/cat /etc/hosts
exit 0"
script scripts last-fails <<<"#!$bash/bin/bash
$tools/bin/mkdir -p /tmp/x
$tools/bin/cat /etc/hosts"
script scripts case-argument <<<"#!$bash/bin/bash -e
case \$1 in
  start) exec $tools/bin/sleep 1000 ;;
  stop) killall sleep ;;
esac"
script scripts local-function <<<"#!$bash/bin/bash -e
log() { echo \"\$(date): \$*\" >>/tmp/log; }
$sleeps"
script scripts optional-tool <<<"#!$bash/bin/bash -e
if [ -x /usr/bin/logger ]; then logger hello; fi
if type -p systemd-notify >/dev/null; then systemd-notify --ready; fi
[[ -f /etc/default/web ]] && . /etc/default/web
: \${FOO:=bar}
$sleeps"
script scripts waits <<<"#!$bash/bin/bash -e
until [ -d /tmp ]; do sleep 1; done
while [ -e /etc/maintenance ]; do sleep 5; done
$sleeps"
script scripts parses-options <<<"#!$bash/bin/bash -e
while getopts x: option; do
  case \$option in x) sed -n \"\$OPTARG\" /etc/web ;; esac
done
$sleeps"
script scripts ignores-errors <<<"#!$bash/bin/bash -e
set +e
ln -s a /tmp/b 2>/dev/null
set -e
$sleeps"
script scripts makes-temporary <<<"#!$bash/bin/bash -e
echo x >/tmp/x
$tools/bin/cat /tmp/x"
script scripts keeps-state <<<"#!$bash/bin/bash -e
echo x >\$STATE_DIRECTORY/x
$tools/bin/cat /var/lib/web/x
$sleeps"
add scripts
script server server.py <<<"import http.server, socketserver
socketserver.TCPServer(('127.0.0.1', 8123), http.server.SimpleHTTPRequestHandler).serve_forever()"
# takes a name on the system bus (D-Bus specification, "Message Protocol")
script server bus.py <<'PYTHON'
import os, socket, struct, sys, time

def pad(data): return data + b"\0" * (-len(data) % 8)

def call(serial, member, signature=b"", body=b""):
    bus = b"org.freedesktop.DBus"
    fields = b""
    for code, kind, value in [(1, b"o", b"/org/freedesktop/DBus"), (2, b"s", bus), (6, b"s", bus), (3, b"s", member)]:
        fields = pad(fields) + bytes([code, 1]) + kind + b"\0" + struct.pack("<I", len(value)) + value + b"\0"
    if signature:
        fields = pad(fields) + bytes([8, 1]) + b"g\0" + bytes([len(signature)]) + signature + b"\0"
    return pad(struct.pack("<BBBBIII", ord("l"), 1, 0, 1, len(body), serial, len(fields)) + fields) + body

bus = socket.socket(socket.AF_UNIX)
bus.connect("/run/dbus/system_bus_socket")
bus.send(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
print(bus.recv(1000), flush=True)
name = sys.argv[1].encode()
name = struct.pack("<I", len(name)) + name + b"\0" * (4 - len(name) % 4)
bus.send(b"BEGIN\r\n" + call(1, b"Hello") + call(2, b"RequestName", b"su", name + struct.pack("<I", 0)))
time.sleep(1000)
PYTHON
echo 'user root root; daemon off; master_process off; pid /tmp/nginx.pid; error_log stderr; events { } http { access_log off; server { listen 127.0.0.1:8124; } }' >"$work/in/server/nginx.conf"
sed "s|events|include $secret/nginx.conf; events|" "$work/in/server/nginx.conf" >"$work/in/server/nginx-includes.conf"
sed "s|user root root; ||; s|8124|8125|" "$work/in/server/nginx.conf" >"$work/in/server/nginx-nobody.conf"
sed "s|8124|84|" "$work/in/server/nginx.conf" >"$work/in/server/nginx-port.conf"
sed "s|user root root|user www-data|; s|8124|8126|" "$work/in/server/nginx.conf" >"$work/in/server/nginx-changes-user.conf"
echo "PATH=$tools/bin" >"$work/in/server/path.env"
add server
