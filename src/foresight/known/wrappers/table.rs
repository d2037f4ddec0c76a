//! The options of programs that start others, as data.

/// How a program takes the one that it starts among its arguments.
#[derive(Clone, Copy, Default)]
pub(super) struct Wrapper {
    /// Its short options that take a value.
    pub values: &'static str,
    /// Its long options that take the next word as their value.
    pub long: &'static [&'static str],
    /// How many operands come before the program.
    pub operands: usize,
    /// Its short options after which nothing is known of where it looks for the program.
    pub leaves: &'static str,
    /// The option whose value a shell runs in place of a program; `\0` if it runs all words.
    pub by_shell: Option<char>,
    /// Whether it adds arguments of its own.
    pub adds: bool,
    /// Whether the program is looked for below its first operand.
    pub changes_root: bool,
}

impl Wrapper {
    /// The arguments from the program on; `None` if that is not known.
    pub fn rest<'a>(&self, arguments: &'a [Option<String>]) -> Option<&'a [Option<String>]> {
        let mut rest = arguments;
        while let Some((first, more)) = rest.split_first() {
            let word = first.as_deref()?;
            if word == "--" {
                rest = more;
                break;
            }
            let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
                break;
            };
            if self
                .by_shell
                .is_some_and(|letter| option == letter.to_string())
            {
                break;
            }
            if option.contains(|letter| self.leaves.contains(letter)) && !option.starts_with('-') {
                return None;
            }
            let takes_next = match option.strip_prefix('-') {
                Some(long) => self.long.contains(&long),
                None => option
                    .find(|letter| self.values.contains(letter))
                    .is_some_and(|at| at + 1 == option.len()),
            };
            rest = if takes_next { more.get(1..)? } else { more };
        }
        let operands = rest.get(..self.operands)?;
        let is_elsewhere = |root: &Option<String>| root.as_deref() != Some("/");
        if self.changes_root && operands.iter().any(is_elsewhere) {
            return None;
        }
        rest.get(self.operands..)
    }
}

const PLAIN: Wrapper = Wrapper {
    values: "",
    long: &[],
    operands: 0,
    leaves: "",
    by_shell: None,
    adds: false,
    changes_root: false,
};

/// The programs, by their names.
static WRAPPERS: &[(&[&str], Wrapper)] = &[
    (
        &[
            "nohup",
            "setsid",
            "dbus-run-session",
            "catatonit",
            "eatmydata",
            "unbuffer",
            "catchsegv",
            "fakeroot",
            "pgrphack",
            "systemd-inhibit",
            "choom",
            "setarch",
        ],
        Wrapper {
            values: "bn",
            ..PLAIN
        },
    ),
    (
        &["timeout"],
        Wrapper {
            values: "ks",
            long: &["kill-after", "signal"],
            operands: 1,
            ..PLAIN
        },
    ),
    (
        &["nice"],
        Wrapper {
            values: "n",
            long: &["adjustment"],
            ..PLAIN
        },
    ),
    (
        &["ionice"],
        Wrapper {
            values: "cn",
            long: &["class", "classdata"],
            leaves: "pPu",
            ..PLAIN
        },
    ),
    (
        &["chrt"],
        Wrapper {
            values: "TPD",
            operands: 1,
            leaves: "pm",
            ..PLAIN
        },
    ),
    (
        &["taskset"],
        Wrapper {
            operands: 1,
            leaves: "p",
            ..PLAIN
        },
    ),
    (
        &["stdbuf"],
        Wrapper {
            values: "ioe",
            long: &["input", "output", "error"],
            ..PLAIN
        },
    ),
    (
        &["setpriv"],
        Wrapper {
            long: &[
                "ambient-caps",
                "inh-caps",
                "bounding-set",
                "ruid",
                "euid",
                "rgid",
                "egid",
                "reuid",
                "regid",
                "groups",
                "securebits",
                "pdeathsig",
                "selinux-label",
                "apparmor-profile",
            ],
            ..PLAIN
        },
    ),
    (
        &["prlimit"],
        Wrapper {
            leaves: "p",
            ..PLAIN
        },
    ),
    (
        &["time"],
        Wrapper {
            values: "fo",
            ..PLAIN
        },
    ),
    (
        &["strace"],
        Wrapper {
            values: "abeEIoOpPsSuX",
            ..PLAIN
        },
    ),
    (
        &["ltrace"],
        Wrapper {
            values: "aAeFlnopsuwx",
            ..PLAIN
        },
    ),
    (
        &["tini", "tini-static", "docker-init"],
        Wrapper {
            values: "pe",
            ..PLAIN
        },
    ),
    (
        &["dumb-init"],
        Wrapper {
            values: "r",
            ..PLAIN
        },
    ),
    (
        &[
            "setuidgid",
            "envuidgid",
            "s6-setuidgid",
            "s6-envuidgid",
            "gosu",
            "su-exec",
            "setlock",
        ],
        Wrapper {
            operands: 1,
            ..PLAIN
        },
    ),
    (
        &["softlimit", "s6-softlimit"],
        Wrapper {
            values: "acdfhlmoprst",
            ..PLAIN
        },
    ),
    (
        &["chpst"],
        Wrapper {
            values: "uUbenldmopfcrtL",
            leaves: "/",
            ..PLAIN
        },
    ),
    (
        &["xargs"],
        Wrapper {
            values: "aEdIinLPs",
            long: &[
                "arg-file",
                "delimiter",
                "max-args",
                "max-lines",
                "max-procs",
                "max-chars",
                "process-slot-var",
            ],
            adds: true,
            ..PLAIN
        },
    ),
    (
        &["chroot"],
        Wrapper {
            operands: 1,
            changes_root: true,
            ..PLAIN
        },
    ),
    (
        &["unshare"],
        Wrapper {
            values: "SGw",
            long: &["setuid", "setgid", "wd", "propagation"],
            leaves: "R",
            ..PLAIN
        },
    ),
    (
        &["sudo"],
        Wrapper {
            values: "ugCDhprRtTU",
            ..PLAIN
        },
    ),
    (
        &["doas"],
        Wrapper {
            values: "uC",
            ..PLAIN
        },
    ),
    // Without -u, the next word is the user.
    (
        &["runuser"],
        Wrapper {
            values: "ugG",
            long: &["user", "group", "supp-group"],
            ..PLAIN
        },
    ),
    (
        &["watch"],
        Wrapper {
            values: "n",
            long: &["interval"],
            by_shell: Some('\0'),
            ..PLAIN
        },
    ),
    (
        &["capsh", "script"],
        Wrapper {
            by_shell: Some('c'),
            ..PLAIN
        },
    ),
    (
        &["daemonize"],
        Wrapper {
            values: "aceoplvu",
            ..PLAIN
        },
    ),
    (
        &["systemd-cat"],
        Wrapper {
            values: "tp",
            ..PLAIN
        },
    ),
    (
        &["numactl"],
        Wrapper {
            values: "NmMpCPiS",
            ..PLAIN
        },
    ),
];

/// How this program does, if it is known.
pub(super) fn wrapper(name: &str) -> Option<Wrapper> {
    let mut all = WRAPPERS.iter();
    let found = all.find(|(names, _)| names.contains(&name));
    found.map(|(_, wrapper)| *wrapper)
}
