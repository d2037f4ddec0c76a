# Units and drop-ins that are not confinix's
boot

shipped() {
  start shipped.service
  inside shipped.service <<TRIES
    list /nix/store = $(nix-store --query --requisites $(roots shipped.service) "$(nix_fixture extra)" | listing)
    read /etc/passwd = ENOENT
    mkdir /run/new = EPERM
    create /run/new = ok
    create /tmp/new = ok
TRIES
  same "what its package's drop-in runs" "read $(nix_fixture extra): an extra path" "$(said shipped.service | head -n 1)"
}

reset_by_user() {
  drop_in root-full-default.service aa-user.conf '[Service]' 'BindReadOnlyPaths=' 'BindPaths='
  start root-full-default.service
  inside root-full-default.service <<TRIES
    list /nix/store = $(closure root-full-default.service)
TRIES
}

twins() {
  start twin@one.service twin@two.service
  for unit in twin@one.service twin@two.service; do
    inside "$unit" <<TRIES
      list /nix/store = $(closure twin@.service)
      create /run/$unit = ok
TRIES
  done
  stop twin@one.service
  inside twin@two.service <<TRIES
    list /nix/store = $(closure twin@.service)
    list /run ~ ^(host/ )?systemd/ twin@two.service$
    read /etc/passwd = ENOENT
TRIES
  start twin@one.service
  inside twin@one.service <<TRIES
    list /nix/store = $(closure twin@.service)
TRIES
}

odd_name() {
  start "$1"
  inside "$1" <<TRIES
    list /nix/store = $(closure "${2-$1}")
    read /etc/passwd = ENOENT
TRIES
  stop "$1"
  same "left in /run/confinement" "" "$(guest ls /run/confinement | grep odd)"
}

# One of them is stopped; the others keep what they have.
alike() {
  local units=('twin@a-b.service' 'twin@a--b.service' 'twin@a\x2fb.service' 'twin@a.service' 'twin@a\x2db.service') unit
  start "${units[@]}"
  while [ ${#units[@]} -gt 1 ]; do
    stop "${units[0]}"
    units=("${units[@]:1}")
    for unit in "${units[@]}"; do
      inside "$unit" <<TRIES
        list /nix/store = $(closure twin@.service)
        read /etc/passwd = ENOENT
TRIES
    done
  done
  guest systemctl restart "${units[@]}" || fail "restart"
  stop "${units[@]}"
}

it "a unit that a package ships keeps its own settings, with the package's drop-in" shipped
it "a drop-in of the user that resets BindReadOnlyPaths=" reset_by_user
it "two instances of a template, one stopped" twins
it "a name with a colon" odd_name 'odd:name.service'
it "a name with an escape" odd_name 'odd\x2dname.service'
# An instance's name may contain anything, and its unescaped form (%I) need not be a path.
for instance in 'odd\x2dname' 'odd\x20name' 'odd-name' '-odd' 'odd--name' 'odd:name'; do
  it "an instance twin@$instance" odd_name "twin@$instance.service" twin@.service
done
it "instances whose names differ by escapes alone" alike
