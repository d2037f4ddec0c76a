# What confinement does not keep apart: the ground of findings. A case here fails when the ground is gone.
boot

# With the host's users, root reads the host through /proc.
host_users() {
  start host-users.service
  inside host-users.service <<TRIES
    list /nix/store = $(closure host-users.service)
    read /etc/passwd = ENOENT
    read /proc/1/root/etc/passwd ~ root
    create /proc/1/root/etc/new = ok
TRIES
}

# PrivateDevices= shows the host's /dev/shm.
shared_memory() {
  start static-full-tmp.service static-full-notmp.service
  inside static-full-tmp.service <<TRIES
    create /dev/shm/note hello = ok
TRIES
  inside static-full-notmp.service <<TRIES
    read /dev/shm/note = hello
TRIES
}

# A + command runs as root without ReadOnlyPaths=: it adds to the root that the others see, but not to what they see of the store.
plus_writes() {
  drop_in plus.service zzz-user.conf '[Service]' "ExecStartPre=+$(probe_path) create /nix/store/zz , create /new , write $config"
  start plus.service
  inside plus.service <<TRIES
    list /nix/store = $(closure plus.service)
    read /new =
    create /nix/store/other ~ EROFS|EACCES
TRIES
  same "what the + command said" "create /nix/store/zz: EROFS
create /new: ok
write $config: EROFS" "$(said plus.service | grep -E '^(create|write)')"
}
config=$(roots plus.service | grep config)

# A drop-in that sorts after ours takes the closure away: the service does not start.
reset_after() {
  drop_in root-full-default.service zzz-user.conf '[Service]' 'BindReadOnlyPaths='
  guest systemctl start root-full-default.service
  until_state failed root-full-default.service
  same "status" 203 "$(guest systemctl show -P ExecMainStatus root-full-default.service)"
}

it "root with PrivateUsers=false reaches the host through /proc" host_users
it "/dev/shm is one for all" shared_memory
it "a + command can add to the root of its service, but not to the store" plus_writes
it "a drop-in that sorts later and resets the binds" reset_after
