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

/// One with these short options that take a value.
const fn of(values: &'static str) -> Wrapper {
    Wrapper {
        values,
        long: &[],
        operands: 0,
        leaves: "",
        by_shell: None,
        adds: false,
        changes_root: false,
    }
}

impl Wrapper {
    const fn long(self, long: &'static [&'static str]) -> Self {
        Self { long, ..self }
    }

    const fn after(self, operands: usize) -> Self {
        Self { operands, ..self }
    }

    const fn leaves(self, leaves: &'static str) -> Self {
        Self { leaves, ..self }
    }

    const fn by_shell(self, option: char) -> Self {
        Self {
            by_shell: Some(option),
            ..self
        }
    }

    const fn adding(self) -> Self {
        Self { adds: true, ..self }
    }

    const fn in_root(self) -> Self {
        Self {
            changes_root: true,
            ..self
        }
    }

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

/// Long options of setpriv that take a value.
const SETPRIV: &[&str] = &[
    "ambient-caps",
    "apparmor-profile",
    "bounding-set",
    "egid",
    "euid",
    "groups",
    "inh-caps",
    "pdeathsig",
    "regid",
    "reuid",
    "rgid",
    "ruid",
    "securebits",
    "selinux-label",
];

/// Long options of xargs that take a value.
const XARGS: &[&str] = &[
    "arg-file",
    "delimiter",
    "max-args",
    "max-chars",
    "max-lines",
    "max-procs",
    "process-slot-var",
];

/// The programs, by their names.
static WRAPPERS: &[(&str, Wrapper)] = &[
    ("catatonit", of("")),
    ("catchsegv", of("")),
    ("choom", of("n")),
    ("dbus-run-session", of("")),
    ("eatmydata", of("")),
    ("fakeroot", of("b")),
    ("nohup", of("")),
    ("pgrphack", of("")),
    ("setsid", of("")),
    ("systemd-inhibit", of("")),
    ("unbuffer", of("")),
    ("websocketd", of("")),
    ("timeout", of("ks").long(&["kill-after", "signal"]).after(1)),
    ("nice", of("n").long(&["adjustment"])),
    (
        "ionice",
        of("cn").long(&["class", "classdata"]).leaves("pPu"),
    ),
    ("chrt", of("TPD").after(1).leaves("pm")),
    ("taskset", of("").after(1).leaves("p")),
    ("stdbuf", of("ioe").long(&["error", "input", "output"])),
    ("setpriv", of("").long(SETPRIV)),
    ("prlimit", of("").leaves("p")),
    ("time", of("fo")),
    ("strace", of("abeEIoOpPsSuX")),
    ("ltrace", of("aAeFlnopsuwx")),
    ("tini", of("pe")),
    ("tini-static", of("pe")),
    ("docker-init", of("pe")),
    ("dumb-init", of("r")),
    ("gosu", of("").after(1)),
    ("su-exec", of("").after(1)),
    ("setuidgid", of("").after(1)),
    ("envuidgid", of("").after(1)),
    ("s6-setuidgid", of("").after(1)),
    ("s6-envuidgid", of("").after(1)),
    ("setlock", of("").after(1)),
    ("softlimit", of("acdfhlmoprst")),
    ("s6-softlimit", of("acdfhlmoprst")),
    ("chpst", of("uUbenldmopfcrtL").leaves("/")),
    ("xargs", of("aEdIinLPs").long(XARGS).adding()),
    ("chroot", of("").after(1).in_root()),
    (
        "unshare",
        of("SGw")
            .long(&["propagation", "setgid", "setuid", "wd"])
            .leaves("R"),
    ),
    ("sudo", of("ugCDhprRtTU")),
    ("doas", of("uC")),
    // Without -u, it does as su.
    ("runuser", of("ugG").long(&["group", "supp-group", "user"])),
    ("watch", of("n").long(&["interval"]).by_shell('\0')),
    ("capsh", of("").by_shell('c')),
    ("script", of("").by_shell('c')),
    ("daemonize", of("aceoplvu")),
    ("systemd-cat", of("tp")),
    ("numactl", of("NmMpCPiS")),
];

/// How this program does, if it is known.
pub(super) fn wrapper(name: &str) -> Option<Wrapper> {
    let mut all = WRAPPERS.iter();
    all.find(|(known, _)| *known == name)
        .map(|(_, wrapper)| *wrapper)
}
