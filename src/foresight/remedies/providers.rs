//! Which packages of nixpkgs have a command.

/// Attributes of nixpkgs with commands of theirs that services miss most. Of several that have a command, the first is the usual one.
const PROVIDERS: &[(&str, &str)] = &[
    (
        "coreutils",
        "arch b2sum base32 base64 basename cat chgrp chmod chown chroot cksum comm cp csplit cut date dd df dir dircolors \
         dirname du echo env expand expr factor false fmt fold groups head hostid id install join link ln logname ls md5sum \
         mkdir mkfifo mknod mktemp mv nice nl nohup nproc numfmt od paste pathchk pr printenv printf ptx pwd readlink \
         realpath rm rmdir seq sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty \
         sum sync tac tail tee test timeout touch tr true truncate tsort tty uname unexpand uniq unlink users wc who whoami \
         yes [",
    ),
    ("acl", "getfacl setfacl"),
    ("bash", "bash sh"),
    ("bc", "bc dc"),
    ("bzip2", "bunzip2 bzcat bzip2"),
    ("curl", "curl"),
    ("dash", "dash"),
    ("dbus", "dbus-daemon dbus-send"),
    ("diffutils", "cmp diff diff3 sdiff"),
    ("docker", "docker"),
    ("dnsutils", "dig host nslookup"),
    ("e2fsprogs", "chattr lsattr mkfs.ext4"),
    ("file", "file"),
    ("findutils", "find xargs"),
    ("gawk", "awk gawk"),
    ("getent", "getent"),
    ("gettext", "envsubst gettext"),
    ("git", "git"),
    ("gnugrep", "egrep fgrep grep"),
    ("gnumake", "make"),
    ("gnupg", "gpg gpg-agent gpgv"),
    ("gnused", "sed"),
    ("gnutar", "tar"),
    ("gzip", "gunzip gzip zcat"),
    ("hostname", "hostname"),
    ("iproute2", "bridge ip ss tc"),
    ("iptables", "ip6tables iptables iptables-restore"),
    ("iputils", "ping"),
    ("jq", "jq"),
    ("kmod", "insmod lsmod modprobe rmmod"),
    ("lua", "lua"),
    ("nettools", "arp ifconfig netstat route"),
    ("nftables", "nft"),
    ("nodejs", "node npm npx"),
    ("openssh", "scp sftp ssh ssh-agent ssh-keygen sshd"),
    ("openssl", "openssl"),
    ("perl", "perl"),
    ("php", "php"),
    ("postgresql", "pg_dump pg_isready psql"),
    (
        "procps",
        "free kill pgrep pidof pkill ps sysctl top uptime vmstat w watch",
    ),
    ("psmisc", "fuser killall pstree"),
    ("python3", "python3 python"),
    ("redis", "redis-cli redis-server"),
    ("rsync", "rsync"),
    ("ruby", "ruby"),
    ("shadow", "chpasswd groupadd useradd usermod"),
    ("socat", "socat"),
    ("sqlite", "sqlite3"),
    ("sudo", "sudo"),
    (
        "systemd",
        "busctl journalctl loginctl systemctl systemd-cat systemd-creds systemd-notify systemd-run systemd-tmpfiles udevadm",
    ),
    ("unzip", "unzip"),
    (
        "util-linux",
        "blkid chrt flock getopt hexdump ionice kill logger losetup lsblk mkswap mount mountpoint nsenter prlimit rev \
         runuser script setpriv setsid su swapoff swapon taskset umount unshare uuidgen",
    ),
    ("wget", "wget"),
    ("which", "which"),
    ("xz", "unxz xz xzcat"),
    ("zip", "zip"),
    ("zstd", "unzstd zstd zstdcat"),
    // Not everywhere.
    ("coreutils", "kill uptime"),
];

/// The packages of nixpkgs that have this command, the usual one first.
pub fn providers(command: &str) -> impl Iterator<Item = &'static str> {
    PROVIDERS
        .iter()
        .filter(move |(_, commands)| commands.split_whitespace().any(|known| known == command))
        .map(|(attribute, _)| *attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_of_the_package_that_has_it() {
        let of = |command| providers(command).collect::<Vec<_>>();
        assert_eq!(of("ln"), ["coreutils"]);
        assert_eq!(of("kill"), ["procps", "util-linux", "coreutils"]);
        assert_eq!(of("node"), ["nodejs"]);
        assert!(of("web").is_empty());
    }
}
