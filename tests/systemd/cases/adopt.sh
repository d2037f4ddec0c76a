# A root directory that the unit sets itself, in which the closure replaces the store
boot
guest sh -c 'hostname -F /etc/hostname; mkdir -p /var/lib/shared /etc/adopted-host/mark'

adopts() {
  local shown
  shown=$(closure adopted.service)
  start adopted.service
  inside adopted.service <<TRIES
    list /nix/store = $shown
    list /mnt = ENOENT
    list /etc = hostname
    create /var/lib/shared/new = ok
    create /var/lib/adopted/new = ok
    create /nix/store/new ~ EROFS
    write $(closure_file adopted.service) ~ EROFS
    read /proc/self/comm = probe
TRIES
  same "what its other commands see" "list /nix/store: $shown
list /nix/store: $shown" "$(said adopted.service | grep ^list)"
  guest test -e /var/lib/shared/new || fail "its own writable bind is gone"
}
closure_file() { roots "$1" | grep config; }

# Without our drop-in it would see the whole store.
by_hand() {
  stop adopted.service
  guest sh -c 'mv /etc/systemd/system/adopted.service.d /adopted.service.d; systemctl daemon-reload'
  start adopted.service
  inside adopted.service <<TRIES
    list /nix/store ~ -shipped/
    list /mnt/store ~ -shipped/
TRIES
}

start_only() {
  start adopted-start-only.service
  inside adopted-start-only.service <<TRIES
    list /nix/store = $(closure adopted-start-only.service)
    list /etc =
TRIES
  same "what runs on the host's root" "list /etc/adopted-host: mark/" "$(said adopted-start-only.service | grep ^list)"
}

# The predictions for adopted services come true.
foreseen() {
  local denied
  denied=$("$confinix" check "$work/bundle" --format json | jq -r '.findings[] | select(.level == "deny") | .service' | grep ^adopted | sort -u | xargs)
  same "denied" adopted-broken.service "$denied"
  guest systemctl start adopted-broken.service 2>/dev/null || true
  until_state failed adopted-broken.service
  same "its end" 203 "$(guest systemctl show -P ExecMainStatus adopted-broken.service)"
}

it "the unit's root stays, with the closure in place of the store" adopts
it "the same unit without the drop-in sees the whole store" by_hand
it "RootDirectoryStartOnly: the other commands stay on the host" start_only
it "what is foreseen of an adopted service is what happens" foreseen
