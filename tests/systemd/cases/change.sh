# What changes under a running service: bundles through nix/from-bundle.nix, linked as NixOS links them, in a store of their own
first=$(derivation "$work/bundle")
bundle "$work/bundle2" two
units "$work/units2" two
second=$(derivation "$work/bundle2")
nix_ copy --quiet --no-check-sigs --to "local?root=$work/store" $first $second
boot_linked() {
  "$here/guest" boot "proof-$$" --root "$root" --owner $$ --store rw --nix "$work/store/nix"
  link_units "$work/units" "$first"
}

# What the two editions of a unit see: sets old and new.
editions() {
  old=$(closure "$1")
  new=$(units_dir=$work/units2 closure "$1")
  [ "$old" != "$new" ] || fail "both editions have one closure"
}

upgrade() {
  local unit=reloading.service old new old_views view meanwhile
  boot_linked
  editions $unit
  meanwhile=$old
  # Where systemd mounts path by path, the mount points of both editions are in the root, those of the other edition empty.
  [ "$strategy" = image ] || meanwhile=$(tr ' ' '\n' <<<"$old $new" | LC_ALL=C sort -u | xargs)
  start $unit
  old_views=$(views)
  link_units "$work/units2" "$second"
  inside $unit <<TRIES
    list /nix/store = $old
TRIES
  guest systemctl reload $unit || fail "reload after the upgrade"
  inside $unit <<TRIES
    list /nix/store = $meanwhile
    read $(roots $unit | grep config) ~ see
    read $(units_dir=$work/units2 roots $unit | grep config) ~ ^(ENOENT)?$
TRIES
  guest systemctl restart $unit || fail "restart after the upgrade"
  inside $unit <<TRIES
    list /nix/store = $new
TRIES
  [ "$strategy" != image ] || meanwhile=$new
  same "what ExecReload= and ExecStop= said" "list /nix/store: $meanwhile
list /nix/store: $meanwhile" "$(said $unit | grep '^list')"
  if [ "$strategy" = image ]; then
    for view in $old_views; do
      until_same "$view on the host" "" mounted "$view"
    done
    same "number of mounts on the host" 2 "$(views | wc -w)"
    stop $unit
    until_same "mounts on the host" "" views
  fi
}
mounted() { views | tr ' ' '\n' | grep -x "$1"; }

# The derivation of a bundle keeps what its services need, and nothing else of them.
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

deleted() {
  local unit=dynamic.service program status=226
  # A view is there as before; what it shows is not.
  [ "$strategy" != image ] || status=203
  boot_linked
  program=$(roots $unit)
  guest sh -c "chmod -R u+w $program; rm -rf $program"
  guest systemctl start $unit # is done when the process is forked
  until_state failed $unit
  same "result" exit-code "$(guest systemctl show -P Result $unit)"
  same "status" $status "$(guest systemctl show -P ExecMainStatus $unit)"
  # A command that can't be executed is logged from inside the root, which has the journal's socket from systemd 257 on.
  [ $status = 203 ] && [ "$(systemd_version)" -lt 257 ] || [[ $(journal) == *"$program"* ]] ||
    fail "the journal does not name $program: $(journal | tail -n 20)"
  start bare.service root-full-default.service
  inside root-full-default.service <<TRIES
    list /nix/store = $(closure root-full-default.service)
TRIES
}

it "upgrade under a running service, then reload and restart" upgrade
if [ -x "${root%/}/usr/bin/nix-store" ]; then
  it "the bundle's derivation keeps its closures from garbage collection" collected
else
  skip "the bundle's derivation keeps its closures from garbage collection" "no nix in the guest"
fi
it "a store path deleted under the bundle" deleted
