# root, static user, DynamicUser × chroot-only, full-apivfs × PrivateTmp
boot

confined() {
  local user=$1 mode=$2 tmp=$3 unit=$1-$2-$3.service has_tmp=no exe config denied=EROFS
  exe=$(probe_path)
  config=$(roots "$unit" | grep config)
  [ "$user" = root ] || denied='EROFS|EACCES'
  # DynamicUser= implies PrivateTmp=, whose directories are hidden if the unit did not set it
  case $mode-$tmp in
    *-tmp | full-default) has_tmp=yes ;;
  esac
  start "$unit"

  inside "$unit" <<TRIES
    list /nix/store     = $(closure "$unit")
    list /nix           = store/
    exec $exe read $config ~ see /nix/store
    create /new         = EROFS
    mkdir /nix/new      = EROFS
    create /nix/store/n ~ ^($denied)$
    write $config       ~ ^($denied)$
    chmod 777 $config   ~ ^(EROFS|EPERM)$
    remove $exe         ~ ^($denied)$
    read /etc/passwd    = ENOENT
    list /etc           =
    list /usr           =
    list /run/confinement = ENOENT
    exec /bin/sh        = ENOENT
TRIES

  if [ $has_tmp = yes ]; then
    guest touch /tmp/of-the-host
    inside "$unit" <<TRIES
      list /              = dev/ etc/ nix/ proc/ root/ run/ sys/ tmp/ usr/ var/
      list /var           = tmp/
      list /tmp           =
      create /tmp/new     = ok
      create /var/tmp/new = ok
      read /tmp/new       =
TRIES
    guest test ! -e /tmp/new || fail "/tmp/new appeared on the host"
  else
    inside "$unit" <<TRIES
      list /              = dev/ etc/ nix/ proc/ root/ run/ sys/ usr/ var/
      list /var           =
      create /tmp/new     = ENOENT
TRIES
  fi

  if [ "$mode" = full ]; then
    # PrivateDevices= removes CAP_MKNOD (bit 27) from the bounding set
    inside "$unit" <<TRIES
      write /dev/null                 = ok
      read /proc/self/comm            = probe
      list /proc/1/root               = EACCES
      write /proc/sys/net/ipv4/ip_forward ~ ^($denied)$
      list /sys/class/net             = lo
      read /proc/self/status          ~ CapBnd:..[0-9a-f]{9}[0-7]
      mkdir /sys/fs/cgroup/new        = EROFS
TRIES
  else
    inside "$unit" <<TRIES
      list /dev  =
      list /proc =
      list /sys  =
TRIES
  fi
  stop "$unit"
}

# An unconfined service can do everything that is denied above.
unconfined() {
  local config
  config=$(roots bare.service | grep config)
  start bare.service
  inside bare.service <<TRIES
    list /nix/store ~ -shipped/
    read /etc/passwd ~ root
    create /new = ok
    remove /new = ok
    exec /bin/sh = 
    list /tmp ~ of-the-host
    list /proc/1/root ~ nix/
    read /proc/self/status ~ CapBnd:..[0-9a-f]{9}[89a-f]
    write /proc/sys/net/ipv4/ip_forward = ok
    write $config = $([ "$strategy" = inherit ] && echo EROFS || echo ok)
    mkdir /sys/fs/cgroup/new = ok
    remove /sys/fs/cgroup/new = ok
TRIES
}

for user in root static dynamic; do
  for mode in chroot full; do
    for tmp in default tmp notmp; do
      it "$user, $mode, PrivateTmp $tmp" confined $user $mode $tmp
    done
  done
done
it "the same tries, not confined" unconfined
