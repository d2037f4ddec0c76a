# What confinement does not isolate: the reasons for findings. A case here fails if its reason no longer exists.
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

# A + command runs as root without ReadOnlyPaths=: it can add to the root that the other commands see, but not to their store.
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

# A drop-in that sorts after ours removes the closure: the service does not start.
reset_after() {
  drop_in root-full-default.service zzz-user.conf '[Service]' 'BindReadOnlyPaths='
  guest systemctl start root-full-default.service
  until_state failed root-full-default.service
  same "status" 203 "$(guest systemctl show -P ExecMainStatus root-full-default.service)"
}

# again UNIT: restarts it, however often it was started before
again() {
  guest systemctl reset-failed "$1" 2>/dev/null || true
  guest systemctl restart "$1" || fail "systemctl restart $1: $(journal | tail -n 20)"
}

# remounts UNIT ANSWER: whether the service can take the read-only flag off a path of its closure, and then write to the host's file
remounts() {
  local path=$config
  [ "$strategy" != image ] || path=/nix/store
  inside "$1" <<TRIES
    write $config ~ EROFS|EACCES
    remount $path $2
    write $config $3
TRIES
}

# With CAP_SYS_ADMIN over the host and mount(2), a service can make its own bind mounts writable; behind them are the host's files.
# A view has no writable layer.
can_remount() {
  local unit=$1 writes='= ok'
  [ "$strategy" != image ] || writes='= EROFS'
  [ $# = 1 ] || drop_in "$unit" zzz-user.conf '[Service]' "${@:2}"
  again "$unit"
  remounts "$unit" '= ok' "$writes"
}

cannot_remount() {
  local unit=$1
  [ $# = 1 ] || drop_in "$unit" zzz-user.conf '[Service]' "${@:2}"
  again "$unit"
  remounts "$unit" '= EPERM' '~ EROFS|EACCES'
}

# /bin/sh is a bind mount of the store with every strategy.
remounts_shell() {
  drop_in sh-present.service zzz-user.conf '[Service]' PrivateUsers=no
  again sh-present.service
  inside sh-present.service <<TRIES
    chmod 555 /bin/sh = EROFS
    remount /bin/sh = ok
    chmod 555 /bin/sh = ok
TRIES
}

# Another process of the same user has a different root. If both have the same user namespace, this service can access it.
reads_root_of() {
  local unit=static-full-default.service answer=$1
  drop_in bare.service user.conf '[Service]' User=daemon
  again bare.service
  drop_in "$unit" zzz-user.conf '[Service]' "${@:2}"
  again "$unit"
  inside "$unit" <<TRIES
    read /proc/$(main_pid bare.service)/root/etc/passwd $answer
TRIES
}

it "root with PrivateUsers=false reaches the host through /proc" host_users
it "root with PrivateUsers=false makes its binds writable, but not a view" can_remount host-users.service
it "nor is /bin/sh read-only to it" remounts_shell
it "so does root in mode chroot-only" can_remount root-chroot-default.service
it "NoNewPrivileges= changes nothing of that" can_remount host-users.service NoNewPrivileges=yes
it "nor do RestrictNamespaces= and ProtectSystem=" can_remount host-users.service RestrictNamespaces=yes ProtectSystem=strict
it "a user with the capabilities for it can too" can_remount host-users.service User=daemon 'AmbientCapabilities=CAP_SYS_ADMIN CAP_DAC_OVERRIDE'
it "a user without can not" cannot_remount host-users.service User=daemon
it "nor a dynamic user" cannot_remount host-users.service DynamicUser=yes
it "PrivateUsers=yes helps" cannot_remount host-users.service PrivateUsers=yes
it "SystemCallFilter=~@mount helps" cannot_remount host-users.service SystemCallFilter=~@mount SystemCallErrorNumber=EPERM
it "SystemCallFilter=@system-service helps" cannot_remount host-users.service SystemCallFilter=@system-service SystemCallErrorNumber=EPERM
it "CapabilityBoundingSet=~CAP_SYS_ADMIN helps" cannot_remount host-users.service CapabilityBoundingSet=~CAP_SYS_ADMIN
it "a list of capabilities without it helps" cannot_remount host-users.service 'CapabilityBoundingSet=CAP_CHOWN CAP_NET_BIND_SERVICE'
it "with PrivateUsers=no, a user reads the root of its other processes" reads_root_of '~ root:' PrivateUsers=no
it "ProtectProc= and ProcSubset= change nothing of that" reads_root_of '~ root:' PrivateUsers=no ProtectProc=invisible ProcSubset=pid
it "PrivateUsers=yes keeps it out" reads_root_of '~ EACCES|EPERM' PrivateUsers=yes
if [ "$(systemd_version)" -ge 257 ]; then
  it "PrivatePIDs=yes keeps it out" reads_root_of '= ENOENT' PrivateUsers=no PrivatePIDs=yes
else
  skip "PrivatePIDs=yes keeps it out" "it came with systemd 257"
fi

it "/dev/shm is one for all" shared_memory
it "a + command can add to the root of its service, but not to the store" plus_writes
it "a drop-in that sorts later and resets the binds" reset_after
