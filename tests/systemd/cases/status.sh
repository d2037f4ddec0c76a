# `confinix status` in the running system: what differs from the bundle, and nothing else
status_boot() {
  local store=rw
  [ "$strategy" != inherit ] || store=ro
  boot "$store" --bind "$confinix" --bind "$work/bundle"
  guest sh -c 'mkdir -p /etc/ssl; [ -e /etc/hostname ] || echo guest >/etc/hostname'
}

# drifts [OPTION…]: each difference in a line, as UNIT KIND; - for what is of no unit. Fails unless the exit code is right.
drifts() {
  local code=0 text
  text=$(guest "$confinix" --quiet status "$@" "$work/bundle" 2>&1) || code=$?
  found=$(awk '/^  [a-z-]+: / { sub(":", "", $1); print unit, $1; next }
    /^[^ ]+[.]service(:|$)/ { unit = $1; sub(":$", "", unit); next }
    /^[a-z-]+-(over|missing|changed): / { sub(":", "", $1); print "-", $1; next }
    /^not compared: / { print "- not-compared"; next }
    !/(differ|as in the bundle), [0-9]+ running$/ { print }' <<<"$text" | LC_ALL=C sort)
  case $code in
    0) grep -v not-compared <<<"$found" | grep -q . && fail "exit code 0: $text" ;;
    1) [ "$found" ] || fail "exit code 1: $text" ;;
    *) fail "exit code $code: $text" ;;
  esac
  said=$text
}
# differs LINE…: exactly these
differs() {
  local expected
  expected=$(printf '%s\n' "$@" | LC_ALL=C sort)
  drifts
  same "differences" "$(xargs <<<"$expected")" "$(xargs <<<"$found")"
  [ "$found" = "$expected" ] || fail "$said"
}

# The services of the fixture that keep running. Some share their directories with another, which takes these away.
sharing=(dirs-dynamic.service dirs-static.service strict.service umask.service)
lasting() {
  local unit
  for unit in "$work/units"/*.service; do
    unit=${unit##*/}
    case $unit in
      dirs-dynamic* | dirs-static* | strict* | umask* | adopted-broken* | failing* | once* | activated* | restarting* | life* | *@.service) ;;
      *) grep -q 'serve %n' "$work/units/$unit" && echo "$unit" ;;
    esac
  done
  echo twin@one.service
}
nothing() {
  local unit
  status_boot
  guest sh -c 'mkdir -p /var/lib/shared; echo secret >/etc/secret'
  guest systemctl start $(lasting) || true
  differs
  guest systemctl stop dirs-chroot.service
  for unit in "${sharing[@]}"; do
    start "$unit"
    differs
    stop "$unit"
  done
}
it "services that are as in the bundle" nothing

etc=/etc/systemd/system
own=zz-confinement.conf
# set_up UNIT…: these services run in a fresh guest, as in the bundle
set_up() {
  status_boot
  [ $# = 0 ] || start "$@"
  differs
}
# within UNIT mount|umount ARGUMENT…: mounts in the namespace of a service
within() { guest "$2" --namespace "$(main_pid "$1")" "${@:3}" || fail "${*:2}"; }

unconfined() {
  status_boot
  guest mv "$etc/etc.service.d/$own" /run/aside
  guest systemctl daemon-reload
  start etc.service
  differs "etc.service drop-in-missing" "etc.service unconfined"
  guest mv /run/aside "$etc/etc.service.d/$own"
  guest systemctl daemon-reload
  # The drop-in is back, and the process is what it was.
  differs "etc.service unconfined"
  guest systemctl restart etc.service
  differs
}
older_closure() {
  local unit=reloading.service
  bundle "$work/older" zero
  units "$work/older-units" zero
  status_boot
  install_units "$work/older-units" "$work/older"
  start $unit bare.service
  differs_from_older=$(guest sh -c "cat $etc/*.service" | grep -c .)
  install_units "$work/units" "$work/bundle"
  [ "$differs_from_older" -gt 0 ] || fail "no units"
  [ "$strategy" != image ] || until_same "current views" "" eval 'views | tr " " "\n" | grep -v "$(image_id)"'
  differs "$unit closure-changed"
  [[ $said == *" since 20"* ]] || fail "since when: $said"
  guest systemctl restart $unit
  [ "$strategy" != image ] || until_same "number of mounts on the host" 2 eval 'views | wc -w'
  differs
}
image_id() { ls "$work/bundle/lib/systemd/system" | sed -n 's/^run-confinix-view-\(.*\)\.mount$/\1/p'; }
edited() {
  set_up etc.service
  guest sed -i 's/^RuntimeDirectory=.*/&\nUMask=0077/' "$etc/etc.service.d/$own"
  differs "etc.service drop-in-changed" "etc.service reload-needed"
  guest systemctl daemon-reload
  differs "etc.service drop-in-changed"
}
masked_drop_in() {
  set_up
  guest mkdir -p "$etc.control/etc.service.d"
  guest ln -s /dev/null "$etc.control/etc.service.d/$own"
  guest systemctl daemon-reload
  differs "etc.service drop-in-missing"
}
later_drop_in() {
  set_up etc.service
  drop_in etc.service zz-later.conf '[Service]' 'BindPaths=/usr/share'
  differs "etc.service setting-changed"
  guest systemctl restart etc.service
  differs "etc.service setting-changed" "etc.service mount-added"
  guest rm "$etc/etc.service.d/zz-later.conf"
  guest systemctl daemon-reload
  differs "etc.service mount-added"
}
weaker() {
  set_up
  drop_in etc.service zzz.conf '[Service]' 'PrivateUsers=no' 'Environment=A=b'
  drop_in root-full-default.service 10-user.conf '[Service]' 'User=daemon'
  differs "etc.service setting-changed" "root-full-default.service setting-changed"
}
other_command() {
  set_up
  drop_in etc.service 50-command.conf '[Service]' 'ExecStart=' 'ExecStart=/bin/true'
  differs "etc.service command-changed"
  drop_in etc.service 50-command.conf '[Service]' 'ExecReload=/bin/true'
  differs "etc.service command-changed"
}
of_all_services() {
  set_up
  guest mkdir -p "$etc/service.d"
  guest sh -c "printf '[Service]\nProtectHome=yes\nNice=5\n' >$etc/service.d/10-all.conf"
  guest systemctl daemon-reload
  drifts
  same "services that differ" "$(ls "$work/bundle/lib/systemd/system" | grep -c '[^@][.]service[.]d$')" "$(grep -c ' setting-changed$' <<<"$found")"
  same "kinds" setting-changed "$(cut -d ' ' -f 2 <<<"$found" | sort -u)"
}
units_gone() {
  set_up
  guest rm "$etc/etc.service"
  guest sh -c "mv $etc/umask.service $etc/renamed.service; ln -s renamed.service $etc/umask.service"
  guest systemctl mask --runtime strict.service
  guest sh -c "rm $etc/only-exec.service; ln -s /dev/null $etc/only-exec.service"
  guest sh -c "echo 'ExecStart=relative' >>$etc/packages.service"
  guest systemctl daemon-reload
  guest systemctl is-enabled strict.service >/dev/null 2>&1
  local strict=strict.service
  drifts
  grep -qx "etc.service unit-missing" <<<"$found" || fail "etc.service: $said"
  grep -qx "umask.service unit-renamed" <<<"$found" || fail "umask.service: $said"
  grep -qx "only-exec.service unit-masked" <<<"$found" || fail "only-exec.service: $said"
  grep -qx "packages.service unit-refused" <<<"$found" || fail "packages.service: $said"
}
remounted() {
  set_up host-users.service
  within host-users.service mount -o remount,bind,rw /
  differs "host-users.service mount-writable"
}
mounted() {
  set_up etc.service host-users.service
  within etc.service mount -t tmpfs none /root
  differs "etc.service mount-added"
  within host-users.service mount --bind /proc /run
  differs "etc.service mount-added" "host-users.service mount-changed"
  within etc.service mount -t tmpfs none /etc/ssl
  differs "etc.service mount-added" "etc.service mount-changed" "etc.service mount-writable" "host-users.service mount-changed"
}
unmounted() {
  set_up etc.service
  within etc.service umount /etc/hostname
  differs "etc.service mount-missing"
}
replaced() {
  set_up etc.service
  guest sh -c 'cp /etc/hostname /etc/hostname.new; mv /etc/hostname.new /etc/hostname'
  differs "etc.service path-deleted"
}
store_hidden() {
  set_up etc.service
  within etc.service mount -t tmpfs none /nix/store
  drifts
  grep -q '^etc.service closure-changed$' <<<"$found" || fail "$said"
}
deleted_path() {
  set_up dynamic.service
  guest sh -c "chmod -R u+w $LIBRARIES; rm -rf $LIBRARIES"
  differs "dynamic.service path-deleted"
}
second_process() {
  set_up twin@one.service twin@two.service
  drop_in twin@two.service 50-more.conf '[Service]' 'BindReadOnlyPaths=/usr/share:/srv'
  differs "twin@two.service setting-changed"
  guest systemctl restart twin@two.service
  differs "twin@two.service setting-changed" "twin@two.service mount-added"
  guest sed -i '$aUMask=0077' "$etc/twin@.service.d/$own"
  guest systemctl daemon-reload
  differs "twin@.service drop-in-changed" "twin@one.service drop-in-changed" "twin@two.service drop-in-changed" \
    "twin@two.service setting-changed" "twin@two.service mount-added"
}
moved_process() {
  set_up etc.service
  # A process of the host in the control group of the service
  guest sh -c 'sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >/sys/fs/cgroup/system.slice/etc.service/cgroup.procs'
  differs "etc.service unconfined"
}
left_over() {
  set_up
  guest sh -c "cp -R $etc/etc.service.d $etc/gone.service.d"
  differs "- drop-in-left-over"
}
stale_view() {
  set_up etc.service
  # Without these, systemd would unmount it.
  guest sh -c "rm -f /run/systemd/system/run-confinix-.mount.d/* $etc/run-confinix-.mount.d/*; systemctl daemon-reload"
  guest sh -c 'mkdir -p /run/confinix/view/0123; mount -t tmpfs none /run/confinix/view/0123'
  differs "- view-left-over" "- view-unit-missing"
  guest umount /run/confinix/view/0123
  differs "- view-unit-missing"
  guest ln -sfn /run/nowhere /run/confinix/views
  differs "- view-missing" "- view-unit-missing"
}
as_user() {
  local text
  set_up etc.service
  if ! guest test -S /run/dbus/system_bus_socket; then
    text=$(guest setpriv --reuid daemon --regid daemon --clear-groups "$confinix" --quiet status "$work/bundle" 2>&1)
    [[ $text == *"run this as root, or on a system that runs systemd and D-Bus"* ]] || fail "$text"
    return
  fi
  guest chmod 755 "$(dirname "$work")" "$work" 2>/dev/null
  text=$(guest setpriv --reuid daemon --regid daemon --clear-groups "$confinix" --quiet status "$work/bundle" 2>&1)
  [[ $text == *"not compared: the files that processes of other users have mapped: run it as root"*"as in the bundle, 1 running"* ]] || fail "$text"
}
formats() {
  set_up etc.service
  guest ln -sfn /run/nowhere "$etc/umask.service"
  guest rm "$etc/umask.service"
  guest systemctl daemon-reload
  guest "$confinix" status --prometheus /run/confinix.prom --format json "$work/bundle" >"$work/status.json" && fail "exit code 0"
  grep -q '"kind": "unit-missing"' "$work/status.json" || fail "$(head -c 500 "$work/status.json")"
  guest grep -qx 'confinix_differences{kind="unit-missing"} 1' /run/confinix.prom || fail "$(guest cat /run/confinix.prom)"
  guest grep -qx 'confinix_service_differences{unit="umask.service"} 1' /run/confinix.prom || fail "$(guest cat /run/confinix.prom)"
}
view_unit() {
  set_up
  guest sh -c "echo '# edited' >>$etc/confinix-view.target"
  differs "- view-unit-changed"
  guest rm "$etc/confinix-view.service"
  differs "- view-unit-changed" "- view-unit-missing"
}
# A child of the service in a mount namespace of its own, as a sandbox makes it
own_namespace() {
  local without
  set_up
  drop_in host-users.service zz-tools.conf '[Service]' 'BindReadOnlyPaths=/usr /bin /lib -/lib64'
  start host-users.service
  drifts
  without=$found
  guest sh -c 'printf "mount -t tmpfs none /usr/share\nsleep 1000 &\nwait\n" >/usr/sandbox'
  guest sh -c "echo 'exec /usr/bin/unshare --mount /usr/bin/sh /usr/sandbox' | $(probe_path) ask host-users.service >/dev/null 2>&1 &"
  until_same "number of processes" 3 eval 'guest sh -c "cat /sys/fs/cgroup/system.slice/host-users.service/cgroup.procs" | wc -l'
  drifts
  same "differences" "$without" "$found"
  within host-users.service mount -t tmpfs none /usr/share
  drifts
  same "differences" "$(printf '%s\nhost-users.service mount-added' "$without" | LC_ALL=C sort)" "$found"
  [[ $said == *"mounted at /usr/share"*"it has CAP_SYS_ADMIN"* ]] || fail "$said"
}
of_another_machine() {
  local text code
  set_up
  # A machine that has neither the units nor the store paths
  guest sh -c "rm -rf $etc/*.service $etc/*.service.d; systemctl daemon-reload"
  guest mount -t tmpfs none /nix/store
  text=$(guest "$confinix" --quiet status "$work/bundle" 2>&1); code=$?
  guest umount /nix/store
  same "exit code" 3 "$code"
  [[ $text == *"it is the bundle of another machine; name that of this one"* ]] || fail "$text"
}
found_by_itself() {
  local text code
  set_up
  text=$(guest "$confinix" --quiet status 2>&1); code=$?
  same "exit code" 3 "$code"
  [[ $text == *"is not a link into a bundle"*"confinix status BUNDLE"* ]] || fail "$text"
  guest sh -c "for dir in $work/bundle/lib/systemd/system/*.service.d; do ln -sf \$dir/$own $etc/\${dir##*/}/$own; done; systemctl daemon-reload"
  text=$(guest "$confinix" --quiet status 2>&1) || fail "$text"
}

it "a service that was started without its drop-in" unconfined
it "an older closure after an upgrade" older_closure
it "an edited drop-in, before and after a reload" edited
it "a masked drop-in" masked_drop_in
it "a later drop-in that binds more, before and after a restart" later_drop_in
it "drop-ins that weaken a service" weaker
it "other commands" other_command
it "a drop-in for all services" of_all_services
it "units that are gone, renamed, masked and broken" units_gone
it "a root that was made writable" remounted
it "mounts in a running service" mounted
it "a mount that was removed" unmounted
it "a file that was replaced on the host" replaced
it "another store" store_hidden
[ "$strategy" = inherit ] || it "a deleted store path that a service uses" deleted_path
it "instances of a template" second_process
it "a process that was moved into the service" moved_process
it "a drop-in that is left over" left_over
[ "$strategy" != image ] || it "units of views that are edited or gone" view_unit
[ "$strategy" != image ] || it "views that are left over, and a link that leads elsewhere" stale_view
it "a mount namespace that a service made itself" own_namespace
it "as a normal user" as_user
it "JSON and Prometheus" formats
it "the bundle of the installed drop-ins" found_by_itself
it "the bundle of another machine" of_another_machine
