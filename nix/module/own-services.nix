# The services of NixOS that security.confinix.default leaves out, with the reason. A pattern may contain one `*`, and `!PATTERN` takes
# services out of those with a `*`; `name@` also is for the instances of a template. An exception of the configuration replaces one of
# these, and `confinement.enable = true` removes it.
[
  {
    reason = "part of systemd: manages the mounts, devices, users, logs or boot of the host";
    services = [
      "debug-shell"
      "emergency"
      "initrd-*"
      "kmod-static-nodes"
      "modprobe@"
      "quotaon*"
      "rescue"
      "systemd-*"
      "user-runtime-dir@"
      "user@"
    ];
  }
  {
    reason = "starts sessions or commands of users, who see the whole system";
    services = [
      "atd"
      "autovt@"
      "console-getty"
      "container-getty@"
      "cron"
      "display-manager"
      "fcron"
      "getty@"
      "greetd"
      "kmsconvt@"
      "serial-getty@"
      "sshd"
      "sshd@"
    ];
  }
  {
    reason = "builds with Nix, or reads or writes the whole store";
    services = [
      "cachix-agent"
      "cachix-watch-store-agent"
      "comin"
      "harmonia*"
      "hercules-ci-agent*"
      "hydra-*"
      "nix-daemon"
      "nix-daemon@"
      "nix-gc"
      "nix-optimise"
      "nix-serve"
      "nixos-rebuild-switch-to-configuration"
      "nixos-upgrade"
    ];
  }
  {
    reason = "activates services and grants rights for the whole host, by files that every package may add to";
    services = [
      "accounts-daemon"
      "dbus"
      "dbus-broker"
      "polkit"
    ];
  }
  {
    reason = "changes the host itself when the system is activated, boots, sleeps or shuts down";
    services = [
      "cpufreq"
      "generate-shutdown-ramfs"
      "growpart"
      "linger-users"
      "mount-pstore"
      "network-local-commands"
      "nixos-activation"
      "post-boot"
      "post-resume"
      "pre-shutdown"
      "pre-sleep"
      "prepare-kexec"
      "reload-systemd-vconsole-setup"
      "resolvconf"
      "save-hwclock"
      "sshd-keygen"
      "suid-sgid-wrappers"
      "update-users-groups"
      "userborn"
    ];
  }
  {
    reason = "configures the network interfaces or the packet filter of the host";
    services = [
      "*-netdev"
      "ModemManager"
      "NetworkManager*"
      "connman"
      "dhcpcd"
      "firewall"
      "hostapd"
      "iwd"
      "nat"
      "network-addresses-*"
      "network-link-*"
      "network-setup"
      "nftables"
      "ovs-vswitchd"
      "ovsdb"
      "wg-quick-*"
      "wireguard-*"
      "wpa_supplicant*"
    ];
  }
  {
    reason = "manages the disks, file systems or firmware of the host";
    services = [
      "autofs"
      "bcachefs-*"
      "btrfs-scrub-*"
      "dm-event"
      "fstrim"
      "fwupd*"
      "iscsi*"
      "lvm*"
      "mdmonitor"
      "mkfs-*"
      "mkswap-*"
      "multipathd"
      "nfs-*"
      "nfsdcld"
      "rpc-*"
      "smartd"
      "udisks2"
      "zfs-*"
      "zpool-*"
    ];
  }
  {
    reason = "runs containers or virtual machines, which have mounts, devices and store paths of their own";
    services = [
      "container@"
      "containerd"
      "crio"
      "docker*"
      "!docker-registry*"
      "incus*"
      "k3s"
      "kube-proxy"
      "kubelet"
      "libvirt*"
      "lxc*"
      "lxd"
      "lxd-agent"
      "lxd-preseed"
      "microvm*"
      "podman*"
      "virtlockd"
      "virtlogd"
      "virtqemud"
      "waydroid-container"
    ];
  }
  {
    reason = "manages devices of the host, its power or its kernel";
    services = [
      "acpid"
      "alsa-store"
      "apparmor"
      "audit"
      "audit-rules*"
      "auditd"
      "auto-cpufreq"
      "bluetooth"
      "bolt"
      "fancontrol"
      "irqbalance"
      "power-profiles-daemon"
      "powertop"
      "rngd"
      "rtkit-daemon"
      "thermald"
      "tlp*"
      "upower"
      "usbguard"
    ];
  }
  {
    reason = "answers for the users, groups and hosts of the system, with modules that it loads from there";
    services = [
      "nscd"
      "nslcd"
      "sssd"
    ];
  }
]
