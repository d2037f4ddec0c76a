# The life cycle of views on the host (strategy image)
[ "$strategy" = image ] || return 0
boot

no_views() { until_same "mounts on the host" "" views; }
# count NUMBER: the number of mounts on the host, two for all views together
count() { until_same "number of mounts on the host" "$1" eval 'views | wc -w'; }

shared() {
  no_views
  start root-full-default.service
  count 2
  start static-full-tmp.service
  count 2
  start dynamic.service
  count 2
  stop root-full-default.service
  inside static-full-tmp.service <<TRIES
    list /nix/store = $(closure static-full-tmp.service)
TRIES
  count 2
  stop static-full-tmp.service
  count 2
  inside dynamic.service <<TRIES
    list /nix/store = $(closure dynamic.service)
TRIES
  guest systemctl restart dynamic.service || fail "restart"
  inside dynamic.service <<TRIES
    list /nix/store = $(closure dynamic.service)
TRIES
  count 2
  stop dynamic.service
  no_views
}

once() {
  start once.service
  same "what it said" "list /nix/store: $(closure once.service)" "$(said once.service)"
  no_views
}

on_failure() {
  guest systemctl start failing.service
  until_state failed failing.service
  same "number of restarts" 5 "$(guest systemctl show -P NRestarts failing.service)"
  [[ $(guest systemctl show -P Result failing.service) =~ ^(exit-code|start-limit-hit)$ ]] || fail "result"
  same "tries" 5 "$(said failing.service | grep -c '^read .*see')"
  no_views
}

killed() {
  start restarting.service
  for _ in 1 2 3; do
    guest systemctl kill --signal=KILL restarting.service
    inside restarting.service <<TRIES
      list /nix/store = $(closure restarting.service)
TRIES
  done
  count 2
  stop restarting.service
  no_views
}

# By default systemd starts a unit at most five times in ten seconds. Services may change that limit.
often() {
  guest sh -c 'for round in 1 2 3 4 5 6 7 8 9 10 11 12; do systemctl start root-full-tmp && systemctl stop root-full-tmp || exit; done' ||
    fail "$(journal | tail -n 10)"
  no_views
}

# at_once COMMANDS: repeats them, if systemd has devices. systemd must not wait 90 s for the loop device of the previous mount.
at_once() {
  local unit
  boot rw --sys rw
  for unit in root-full-default.service dynamic.service; do
    same "$unit" "" "$(guest sh -c "
      round=0
      while [ \$round -lt 20 ]; do
        round=\$((round + 1))
        start=\$(date +%s)
        { ${1//UNIT/$unit}; } || { echo round \$round failed; break; }
        took=\$((\$(date +%s) - start))
        [ \$took -lt 30 ] || { echo round \$round took \$took s; break; }
      done" 2>&1)"
    guest systemctl stop $unit
  done
  patience=12 no_views
}

# systemd stops a unit that nothing needs any more at most 16 times in 10 s, and delays the next time to the end of these 10 s. It counts
# while the unit is loaded, here because a service is ordered after it. The same service keeps the names mounted, to save time.
put_off() {
  local view
  boot
  view=$(cd "$work/bundle/lib/systemd/system" && echo run-confinix-view-*.mount)
  guest systemd-run --quiet --unit holds --property "After=$view" --property "Requires=${view/view/meta}" sleep infinity
  guest sh -c "for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do systemctl start $view || exit; done" || fail "$(journal | tail)"
  [[ $(journal) == *"$view: Unit not needed anymore, but not stopping since we tried this too often recently."* ]] || fail "it was not put off"
  stop holds
  patience=12 no_views
}

# Starts and stops all services of the fixture at once.
together() {
  local units=() unit
  for unit in {root,static,dynamic}-{chroot,full}-{default,tmp,notmp} dynamic packages sh-linked notify; do
    units+=("$unit.service")
  done
  start "${units[@]}"
  for unit in packages dynamic root-full-notmp; do
    inside $unit.service <<TRIES
      read /etc/passwd = ENOENT
TRIES
  done
  guest systemctl restart "${units[@]}" || fail "restart"
  stop "${units[@]}"
  no_views
}

# The kernel reads every name with the properties that the image gives it.
image() {
  local id=$(ls "$work/bundle/lib/systemd/system" | sed -n 's/^run-confinix-meta-\(.*\)\.mount$/\1/p') meta closure names name view path
  meta=/run/confinix/meta/$id
  start "run-confinix-meta-$id.mount" # no service needs it: it is unmounted at once
  until_state inactive "run-confinix-meta-$id.mount"
  guest mkdir -p /run/image
  guest mount -t erofs "/etc/systemd/system/confinix-$id.erofs" /run/image || fail "mount: exit status $?"
  same "views" "$(closures | cut -d ' ' -f 1 | sort | xargs)" "$(guest ls /run/image/view | xargs)"
  while read -r closure names; do
    view=/run/image/view/$closure
    same "names" "$(tr ' ' '\n' <<<"$names" | LC_ALL=C sort | xargs)" "$(guest ls "$view" | xargs)"
    for name in $names; do
      path=/nix/store/$name
      same "what $name is" "$(stat -c '%f %u:%g %Y' "$path" | sed 's/^\(.*\) \(.*\) .*/\1 \2 1/')" "$(guest stat -c '%f %u:%g %Y' "$view/$name")"
      if [ -L "$path" ]; then
        same "where $name leads" "$(readlink "$path")" "$(guest readlink "$view/$name")"
      else
        same "redirect of $name" "/$name" "$(probe attribute trusted.overlay.redirect "$view/$name" | sed 's/.*: //')"
      fi
      [ ! -d "$path" ] || same "directories of $name" "$(cd "$path" && find . -type d | LC_ALL=C sort)" "$(guest sh -c "cd $view/$name && find . -type d | LC_ALL=C sort")"
    done
  done < <(closures | head -n 3)
  guest umount /run/image
}
# `ID NAME…` of each closure
closures() {
  nix_ eval --raw --impure --expr "let b = builtins.fromJSON (builtins.readFile $work/bundle/bundle.json);
    names = builtins.attrNames b.paths; in
    builtins.concatStringsSep \"\" (map (id: \"\${id} \${toString (map (n: baseNameOf (builtins.elemAt names n)) b.closures.\${id}.paths)}\n\") (builtins.attrNames b.closures))"
}

early() {
  local units=$work/early
  mkdir -p "$units/sysinit.target.wants"
  cp -R "$work/units/." "$units"
  cp -R "$work/bundle/lib/systemd/system/." "$units"
  ln -s ../early.service "$units/sysinit.target.wants/early.service"
  "$here/guest" boot "proof-$$" --root "$root" --owner $$ --store rw --units "$units"
  same "state" active "$(guest systemctl is-active early.service)"
  same "ordered before" sysinit.target "$(guest systemctl show -P Before early.service | tr ' ' '\n' | grep sysinit)"
  inside early.service <<TRIES
    list /nix/store = $(closure early.service)
    read /etc/passwd = ENOENT
TRIES
  count 2
}

# A directory that is in several views is another one in each: a look at one must not move whoever is in another.
apart() {
  local name=$(probe_path)
  name=${name#/nix/store/} name=${name%%/*}
  start dynamic.service
  same "what is around a directory" "3 bin" "$(guest sh -euc "
    set -- \$(ls -d /run/confinix/views/*/$name | head -n 3)
    cd \$1/bin
    for view; do (cd \$view/bin; ls .. >/dev/null); done
    echo \$# \$(ls ..)")"
  stop dynamic.service
  no_views
}

it "views are there while a service needs them, together" shared
it "a directory in several views" apart
it "a oneshot service leaves none" once
it "Restart=on-failure until it gives up" on_failure
it "killed and restarted" killed
it "started and stopped again and again" often
it "started and stopped so often that systemd puts it off: it goes all the same" put_off
it "stopped and started at once" at_once 'systemctl stop UNIT; systemctl start UNIT'
it "stopped and started beside another with the same view" at_once \
  'systemctl start root-chroot-tmp UNIT && systemctl stop root-chroot-tmp UNIT'
it "stopped and started with reloads of systemd between" at_once \
  'systemctl stop UNIT; systemctl daemon-reload; systemctl start UNIT; systemctl daemon-reload; systemctl restart UNIT'
it "many services at once" together
it "the kernel reads the image as it was meant" image
it "a service before sysinit.target" early
