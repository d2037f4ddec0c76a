# Ways to start, stop and reload
boot

ready() {
  start "$1"
  inside "$1" <<TRIES
    list /nix/store = $(closure "$1")
TRIES
}

activated() {
  start activated.socket
  inside activated <<TRIES
    list /nix/store = $(closure activated.service)
    read /etc/passwd = ENOENT
TRIES
  same "state" active "$(guest systemctl is-active activated.service)"
}

restarts() {
  local before after
  start restarting.service
  for _ in 1 2 3; do
    before=$(main_pid restarting.service)
    guest systemctl kill --signal=KILL restarting.service
    for _ in {1..100}; do
      after=$(main_pid restarting.service)
      [ "$after" = 0 ] || [ "$after" = "$before" ] || break
      sleep 0.02
    done
    inside restarting.service <<TRIES
      list /nix/store = $(closure restarting.service)
      read /etc/passwd = ENOENT
TRIES
  done
  same "number of restarts" 3 "$(guest systemctl show -P NRestarts restarting.service)"
}

config=$(roots life.service | grep config)
config_read="read $config: $(cat "$config")"

# Each command prints what it sees to the journal; ExecStart= and ExecStartPost= at the same time.
whole_life() {
  local store
  store=$(closure life.service)
  start life.service
  guest systemctl reload life.service
  stop life.service
  same "what the commands said" "$(sort <<TEXT
ids: 0:0
list /nix/store: $store
list /nix/store: $store
read /etc/passwd: ENOENT
list /: $full_tree
$config_read
list /nix/store: $store
list /nix/store: $store
list /nix/store: $store
list /nix/store: $store
TEXT
)" "$(said life.service | sort)"
}
full_tree='dev/ etc/ nix/ proc/ root/ run/ sys/ tmp/ usr/ var/'

# A + command keeps root privileges and stays in the service's root.
plus() {
  start plus.service
  same "what the + command said" "$(cat <<TEXT
ids: 0:0
list /nix/store: $(closure plus.service)
read /etc/passwd: ENOENT
$config_read
TEXT
)" "$(said plus.service)"
  inside plus.service <<TRIES
    ids = 1:1
    list /nix/store = $(closure plus.service)
TRIES
}

it "Type=notify" ready notify.service
it "Type=notify, chroot-only" ready notify-chroot.service
it "socket activation" activated
it "Restart= three times" restarts
it "every Exec setting, inside the root" whole_life
it "a + command" plus
