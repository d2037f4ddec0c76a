//! Which package has a command.

/// Packages of nixpkgs by the commands that scripts miss most.
const PROVIDERS: &[(&str, &[&str])] = &[
    (
        "coreutils",
        &[
            "basename",
            "cat",
            "chgrp",
            "chmod",
            "chown",
            "cp",
            "cut",
            "date",
            "dd",
            "df",
            "dirname",
            "du",
            "env",
            "expr",
            "head",
            "id",
            "install",
            "ln",
            "ls",
            "mkdir",
            "mkfifo",
            "mktemp",
            "mv",
            "nohup",
            "od",
            "readlink",
            "realpath",
            "rm",
            "rmdir",
            "seq",
            "sha256sum",
            "sleep",
            "sort",
            "split",
            "stat",
            "sync",
            "tail",
            "tee",
            "timeout",
            "touch",
            "tr",
            "truncate",
            "uname",
            "uniq",
            "wc",
            "whoami",
            "yes",
        ],
    ),
    ("curl", &["curl"]),
    ("diffutils", &["cmp", "diff"]),
    ("findutils", &["find", "xargs"]),
    ("gawk", &["awk", "gawk"]),
    ("gnugrep", &["egrep", "fgrep", "grep"]),
    ("gnused", &["sed"]),
    ("gnutar", &["tar"]),
    ("gzip", &["gunzip", "gzip", "zcat"]),
    ("iproute2", &["ip", "ss"]),
    ("jq", &["jq"]),
    ("openssl", &["openssl"]),
    ("procps", &["pgrep", "pkill", "ps"]),
    (
        "systemd",
        &[
            "journalctl",
            "systemctl",
            "systemd-notify",
            "systemd-tmpfiles",
        ],
    ),
    ("util-linux", &["flock", "mount", "setpriv", "umount"]),
];

/// The package of nixpkgs that has this command, if it is one that scripts often miss.
pub fn provider(command: &str) -> Option<&'static str> {
    PROVIDERS
        .iter()
        .find(|(_, commands)| commands.contains(&command))
        .map(|(package, _)| *package)
}
