# Changes under a running service: bundles through nix/from-bundle.nix, linked as NixOS links them, in a separate store
first=$(derivation "$work/bundle")
bundle "$work/bundle2" two
units "$work/units2" two
second=$(derivation "$work/bundle2")
strategy=bind bundle "$work/bound"
bound=$(derivation "$work/bound")
nix_ copy --quiet --no-check-sigs --to "local?root=$work/store" $first $second $bound
boot_linked() {
  "$here/guest" boot "proof-$$" --root "$root" --owner $$ --store rw --nix "$work/store/nix"
  link_units "$work/units" "$first"
}

# Sets old and new: what the two editions of a unit see.
editions() {
  old=$(closure "$1")
  new=$(units_dir=$work/units2 closure "$1")
  [ "$old" != "$new" ] || fail "both editions have one closure"
}

upgrade() {
  local unit=reloading.service old new old_views view
  boot_linked
  editions $unit
  start $unit
  old_views=$(views)
  link_units "$work/units2" "$second"
  inside $unit <<TRIES
    list /nix/store = $old
TRIES
  [ "$strategy" != image ] || until_same "current views" "/run/confinix/view/$(image_of "$second")/view" guest readlink /run/confinix/views
  guest systemctl reload $unit || fail "reload after the upgrade"
  inside $unit <<TRIES
    list /nix/store = $old
    read $(roots $unit | grep config) ~ see
    read $(units_dir=$work/units2 roots $unit | grep config) = ENOENT
TRIES
  guest systemctl restart $unit || fail "restart after the upgrade"
  inside $unit <<TRIES
    list /nix/store = $new
TRIES
  same "what ExecReload= and ExecStop= said" "list /nix/store: $new
list /nix/store: $new" "$(said $unit | grep '^list')"
  if [ "$strategy" = image ]; then
    for view in $old_views; do
      until_same "$view on the host" "" mounted "$view"
    done
    same "number of mounts on the host" 2 "$(views | wc -w)"
    stop $unit
    until_same "mounts on the host" "" views
  fi
}
image_of() { ls "$1/lib/systemd/system" | sed -n 's/^run-confinix-view-\(.*\)\.mount$/\1/p'; }
mounted() { views | tr ' ' '\n' | grep -x "$1"; }

# A service that is not restarted is reloaded as soon as systemd has read the new units.
reloaded_at_once() {
  local unit=reloading.service old new round
  boot_linked
  editions $unit
  start $unit
  for round in 1 2 3 4; do
    case $round in
      1 | 3) switch_link "$work/units2" "$second" ;;
      *) switch_link "$work/units" "$first" ;;
    esac
    guest sh -c "systemctl daemon-reload && systemctl reload $unit" || fail "round $round: $(journal | tail -n 5)"
  done
  same "what ExecReload= said" "list /nix/store: $new
list /nix/store: $old
list /nix/store: $new
list /nix/store: $old" "$(said $unit | grep '^list')"
  [ "$strategy" != image ] || until_same "number of mounts on the host" 2 eval 'views | wc -w'
}

# In these bundles the running service no longer has a view: it keeps running in its root, and the view is unmounted.
moved() {
  local unit=reloading.service old new views
  boot_linked
  old=$(closure $unit)
  start $unit
  views=$(views)
  same "number of mounts on the host" 2 "$(wc -w <<<"$views")"
  "$@" $unit
  until_same "mounts on the host" "" views
  inside $unit <<TRIES
    list /nix/store = $old
TRIES
  guest systemctl restart $unit || fail "restart"
  until_same "mounts on the host" "" views
  guest systemctl stop $unit || fail "stop"
  # When the bundle is restored, the view is mounted again.
  link_units "$work/units" "$first"
  start $unit
  inside $unit <<TRIES
    list /nix/store = $old
TRIES
  stop $unit
  until_same "mounts on the host" "" views
}
to_bind() { link_units "$work/units" "$bound"; }
without_bundle() {
  guest sh -c 'mkdir -p /run/nothing/lib/systemd/system; touch /run/nothing/lib/systemd/system/nothing.target'
  link_units "$work/units" /run/nothing
}
unconfined() {
  guest sh -c "rm /etc/static/system/$1.d/zz-confinement.conf"
  guest systemctl daemon-reload
}

# The derivation of a bundle keeps exactly what its services need.
collected() {
  local unit=reloading.service old new gc path
  boot_linked
  editions $unit
  link_units "$work/units2" "$second"
  guest ln -sfn "$second" /nix/var/nix/gcroots/bundle
  start $unit
  gc=$(guest nix-store --gc 2>&1) || fail "garbage collection: exit status $?: $(tail -n 3 <<<"$gc")"
  for path in $old; do
    [[ " $new " == *" $path "* ]] || guest test ! -e "/nix/store/${path%/}" || fail "$path was not collected"
  done
  guest test ! -e "$first" || fail "$first was not collected"
  guest systemctl restart $unit || fail "restart after garbage collection"
  inside $unit <<TRIES
    list /nix/store = $new
TRIES
  same "what is left in the store" "$(nix-store --query --requisites "$second" | listing)" "$(guest sh -c 'cd /nix/store; ls -pd [!.]*' | LC_ALL=C sort | xargs)"
}

# delete PATH: from the guest's store
delete() { guest sh -c "chmod -R u+w $1; rm -rf $1"; }

# fails_without PATH UNIT: it fails, and the journal since then reports that the path is missing. A view shows no file of it, so
# the program can't be executed; without a view, systemd can't bind it.
fails_without() {
  local since status=226
  [ "$strategy" != image ] || status=203
  guest journalctl --sync
  since=$(guest journalctl --lines 0 --show-cursor | sed -n 's/^-- cursor: //p')
  guest systemctl start "$2" # returns when the process is forked
  until_state failed "$2"
  same "result" exit-code "$(guest systemctl show -P Result "$2")"
  same "status of $2" $status "$(guest systemctl show -P ExecMainStatus "$2")"
  reported "$since" "$1"
}

# reported CURSOR PATH: the journal since then reports that the path is missing
reported() {
  local said
  for _ in {1..50}; do
    guest journalctl --sync
    said=$(guest journalctl --output cat --after-cursor "$1")
    [[ $said != *"$2 is missing: "* && ! $said =~ mount\ namespacing:\ [^:]*$2 ]] || return 0
    sleep 0.1
  done
  fail "the journal does not say that $2 is missing: $(tail -n 20 <<<"$said")"
}

# others_start: services that don't need the path still start
others_start() {
  start bare.service root-full-default.service
  inside root-full-default.service <<TRIES
    list /nix/store = $(closure root-full-default.service)
TRIES
}

deleted() {
  local program
  boot_linked
  program=$(roots dynamic.service)
  delete "$program"
  fails_without "$program" dynamic.service
  others_start
  no_views_of dynamic.service
}

# no_views_of UNIT: the attempt left nothing behind
no_views_of() {
  [ "$strategy" = image ] || return 0
  stop root-full-default.service
  until_same "mounts on the host" "" views
}

# A path that the service does not name itself.
dependency_deleted() {
  boot_linked
  delete "$LIBRARIES"
  fails_without "$LIBRARIES" dynamic.service
  others_start
  no_views_of dynamic.service
}

# The path is back: only the service's own failure has to be reset.
restored() {
  local program
  boot_linked
  program=$(roots dynamic.service)
  guest mv "$program" /nix/store/elsewhere
  fails_without "$program" dynamic.service
  guest mv /nix/store/elsewhere "$program"
  start dynamic.service
  inside dynamic.service <<TRIES
    list /nix/store = $(closure dynamic.service)
TRIES
}

# Restart= and a socket retry, as after any other failure, and give up.
deleted_restarted() {
  local config program path
  boot_linked
  config=$(roots failing.service | grep config)
  program=$(roots activated.service)
  delete "$config"
  guest systemctl start failing.service
  until_state failed failing.service
  same "number of restarts" 5 "$(guest systemctl show -P NRestarts failing.service)"
  delete "$program"
  guest systemctl start activated.socket
  echo ids | guest "$(roots dynamic.service)/bin/probe" ask activated >/dev/null 2>&1 # nobody answers
  until_state failed activated.service
  start dynamic.service
  for path in "$config" "$program"; do
    [[ $(journal) == *"$path"* ]] || fail "the journal does not name $path"
  done
}

# A service that can do without a path starts without it.
dispensable() {
  local config since
  boot_linked
  config=$(roots root-full-default.service | grep config)
  delete "$config"
  guest journalctl --sync
  since=$(guest journalctl --lines 0 --show-cursor | sed -n 's/^-- cursor: //p')
  start root-full-default.service
  inside root-full-default.service <<TRIES
    read $config ~ ^(ENOENT|EIO)$
    list /nix    = store/
TRIES
  reported "$since" "$config"
}

it "upgrade under a running service, then reload and restart" upgrade
it "upgrade under a running service that is reloaded at once" reloaded_at_once
if [ "$strategy" = image ]; then
  it "a running service moves to another strategy, and its view goes" moved to_bind
  it "a running service loses its bundle, and its view goes" moved without_bundle
  it "a running service is unconfined, and its view goes" moved unconfined
fi
if [ -x "${root%/}/usr/bin/nix-store" ]; then
  it "the bundle's derivation keeps its closures from garbage collection" collected
else
  skip "the bundle's derivation keeps its closures from garbage collection" "no nix in the guest"
fi
it "a store path deleted under the bundle" deleted
it "a dependency deleted under the bundle" dependency_deleted
it "a store path that was deleted and is back" restored
it "a store path deleted under Restart= and a socket" deleted_restarted
[ "$strategy" != image ] || it "a store path deleted that a service can do without" dispensable
