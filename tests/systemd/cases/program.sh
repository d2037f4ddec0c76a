# Programs in a service's root: reading, mapping, executing, dynamic linking, and nothing beyond the closure
boot

dynamic() {
  local exe library sum
  exe=$(roots dynamic.service)/bin/probe
  library=$LIBRARIES/lib/libc.so.6
  sum=$(probe map "$library")
  start dynamic.service
  inside dynamic.service <<TRIES
    list /nix/store        = $(closure dynamic.service)
    stat /proc/self/exe    ~ $exe$
    exec /proc/self/exe ids = ids: 0:0
    exec $exe ids          = ids: 0:0
    bytes /proc/self/exe   = $(stat -c %s "$exe")
    map $library           = ${sum##*: }
    digest $LIBRARIES $(roots dynamic.service) = $(digest "$LIBRARIES" "$(roots dynamic.service)")
    create /nix/store/new  = EROFS
    write $exe             ~ ^(EROFS|ETXTBSY)$
    chmod 777 $library     = EROFS
    remove $library        = EROFS
    create $LIBRARIES/new  = EROFS
TRIES
}

# A path of another closure, named in every possible way.
beyond() {
  local other handle base
  other=$(nix_fixture extra)
  base=${other##*/}
  handle=$("$PROBE/bin/probe" handle "$other" | sed 's/.*: //')
  start dynamic.service static-full-tmp.service static-chroot-tmp.service
  for unit in dynamic static-full-tmp static-chroot-tmp; do
    inside $unit.service <<TRIES
      read $other = ENOENT
      read $LIBRARIES/../$base = ENOENT
      read /nix/store/../store/$base = ENOENT
      read /nix/store/../../nix/store/$base = ENOENT
      list /nix/store/.. = store/
      list /nix/store/../.. ~ ^dev/ etc/ nix/ proc/
      reach $handle $(roots $unit.service | head -n 1) = EPERM
TRIES
  done
  inside dynamic.service <<TRIES
    read /proc/self/root/nix/store/$base = ENOENT
    read /proc/self/cwd/nix/store/$base = ENOENT
    list /proc/1/root = EACCES
    read /run/confinix/view = ENOENT
    list /run/confinix = ENOENT
TRIES
}

# With one bind mount per path, systemd takes minutes for thousands of paths.
number=2000
[ "$strategy" != bind ] || number=50

many() {
  local paths names
  MANY=$number bundle "$work/many" one -s many
  boot
  guest rm -r /etc/systemd/system/many.service.d
  tar -C "$work/many/lib/systemd/system" -c . | guest tar -C /etc/systemd/system -x --no-same-owner
  guest systemctl daemon-reload
  mapfile -t paths < <(MANY=$number nix_fixture addedPaths | xargs nix-store --query --requisites $(roots many.service) | LC_ALL=C sort -u)
  [ ${#paths[@]} -gt "$number" ] || fail "the closure has only ${#paths[@]} paths"
  start many.service
  same "paths" "$(printf '%s\n' "${paths[@]##*/}")" "$(told many.service list /nix/store | tr -d / | tr ' ' '\n')"
  inside many.service <<TRIES
    digest /nix/store/* = $(digest "${paths[@]}")
TRIES
  stop many.service
}

# Where a program finds itself and its libraries. If the store itself is an overlay, paths in /proc/PID/maps lack its directory.
mapped() {
  local exe
  exe=$(roots dynamic.service)/bin/probe
  boot ro
  start dynamic.service
  inside dynamic.service <<TRIES
    stat /proc/self/exe  ~ [ ]$exe$
    read /proc/self/maps ~ [ ]$LIBRARIES/lib/libc.so.6
    read /proc/self/maps ~ [ ]$exe
TRIES
}

it "a dynamically linked program" dynamic
it "other store paths, by any way" beyond
it "the names of a program and its libraries" mapped
it "a closure of $number paths more" many
