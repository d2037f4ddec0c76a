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

it "a unit that a package ships keeps its own settings, with the package's drop-in" shipped
it "a drop-in of the user that resets BindReadOnlyPaths=" reset_by_user
it "two instances of a template, one stopped" twins
it "a name with a colon" odd_name 'odd:name.service'
it "a name with an escape" odd_name 'odd\x2dname.service'
case $(systemd_version) in
  25[5-9] | 26[01]) skip "an instance with an escape" "no RuntimeDirectory= with a backslash works there (systemd issue 41853)" ;;
  *) it "an instance with an escape" odd_name 'twin@odd\x2dname.service' twin@.service ;;
esac
