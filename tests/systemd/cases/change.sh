# What changes under a running service
bundle "$work/bundle2" two
units "$work/units2" two

upgrade() {
  local unit=root-full-default.service old new
  boot rw
  old=$(closure $unit)
  new=$(units_dir=$work/units2 closure $unit)
  [ "$old" != "$new" ] || fail "both editions have one closure"
  start $unit
  install_units "$work/units2" "$work/bundle2"
  inside $unit <<TRIES
    list /nix/store = $old
TRIES
  guest systemctl restart $unit
  inside $unit <<TRIES
    list /nix/store = $new
TRIES
  for path in $new; do
    guest ln -s "/nix/store/${path%/}" /nix/var/nix/gcroots/
  done
  guest nix-store --gc >/dev/null 2>&1 || fail "garbage collection: exit status $?"
  for path in $old; do
    [[ " $new " == *" $path "* ]] || guest test ! -e "/nix/store/${path%/}" || fail "$path was not collected"
  done
  inside $unit <<TRIES
    list /nix/store = $new
TRIES
}

deleted() {
  local unit=root-full-default.service config
  boot rw
  config=$(roots $unit | grep config)
  guest sh -c "chmod u+w /nix/store; rm -rf $config"
  guest systemctl start $unit # is done when the process is forked
  until_state failed $unit
  same "result" exit-code "$(guest systemctl show -P Result $unit)"
  same "status" 226 "$(guest systemctl show -P ExecMainStatus $unit)"
  [[ $(guest journalctl -u $unit -o cat) == *"$config"* ]] || fail "the journal does not name $config: $(guest journalctl -u $unit -o cat)"
  start bare.service
}

if [ -x "${root%/}/usr/bin/nix-store" ]; then
  it "upgrade under a running service, garbage collection of the old closure" upgrade
else
  skip "upgrade under a running service, garbage collection of the old closure" "no nix in the guest"
fi
it "a store path deleted under the bundle" deleted
