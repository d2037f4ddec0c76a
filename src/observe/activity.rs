//! What a run did: what it created, what it connected to, and whom it became.

use std::collections::BTreeSet;

use super::failures::{Address, Intent, Line, Operands};

/// As many different names and addresses are kept of a run.
const MOST: usize = 100_000;

/// What a run did, from calls that succeeded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The files, directories and sockets that it may have created, by absolute path. A file that it opened to create it may have
    /// existed.
    pub created: BTreeSet<String>,
    /// The addresses that it connected to or sent to.
    pub connected: BTreeSet<Address>,
    /// The ids of users that it became or gave files to, but for root.
    pub users: BTreeSet<u32>,
    /// The ids of such groups.
    pub groups: BTreeSet<u32>,
    /// Whether something may be missing.
    pub incomplete: bool,
}

/// Calls that set who a process is or whom a file belongs to, with the numbers of the arguments that name users, and groups.
const IDENTITY: [(&str, &[usize], &[usize]); 11] = [
    ("setuid", &[0], &[]),
    ("setreuid", &[0, 1], &[]),
    ("setresuid", &[0, 1, 2], &[]),
    ("setgid", &[], &[0]),
    ("setregid", &[], &[0, 1]),
    ("setresgid", &[], &[0, 1, 2]),
    ("setgroups", &[], &[1]),
    ("chown", &[1], &[2]),
    ("lchown", &[1], &[2]),
    ("fchown", &[1], &[2]),
    ("fchownat", &[2], &[3]),
];

impl Activity {
    /// Adds what a call did.
    pub(super) fn add(&mut self, line: &Line, operands: &Operands) {
        if !line.has_begun() {
            return;
        }
        match operands {
            Operands::Paths(paths, _) => {
                for (path, intent) in paths {
                    if *intent == Intent::Create {
                        self.create(path);
                    }
                }
            }
            Operands::Address(Address::Unix(path)) if line.call == "bind" => self.create(path),
            Operands::Address(address) if line.call != "bind" => {
                self.incomplete |= !keep(&mut self.connected, address.clone());
            }
            Operands::Address(_) | Operands::Words(_) => {}
        }
        let call = line.call.trim_end_matches("32");
        if let Some((_, users, groups)) = IDENTITY.iter().find(|(name, ..)| *name == call) {
            for (numbers, into) in [(users, &mut self.users), (groups, &mut self.groups)] {
                let arguments = numbers.iter().filter_map(|at| line.arguments.get(*at));
                for id in arguments.flat_map(|argument| ids(argument)) {
                    self.incomplete |= !keep(into, id);
                }
            }
        }
    }

    /// Adds what another log of the same run has.
    pub(super) fn extend(&mut self, other: Self) {
        let all_kept = keep_all(&mut self.created, other.created)
            & keep_all(&mut self.connected, other.connected)
            & keep_all(&mut self.users, other.users)
            & keep_all(&mut self.groups, other.groups);
        self.incomplete |= other.incomplete || !all_kept;
    }

    fn create(&mut self, path: &str) {
        if path.starts_with('/') {
            self.incomplete |= !keep(&mut self.created, path.to_owned());
        }
    }
}

/// Keeps one more. Returns whether there was room.
fn keep<T: Ord>(kept: &mut BTreeSet<T>, one: T) -> bool {
    let has_room = kept.len() < MOST || kept.contains(&one);
    if has_room {
        kept.insert(one);
    }
    has_room
}

/// Keeps more. Returns whether there was room for all.
fn keep_all<T: Ord>(kept: &mut BTreeSet<T>, more: BTreeSet<T>) -> bool {
    more.into_iter()
        .fold(true, |all, one| keep(kept, one) & all)
}

/// The ids in an argument, `33` or `[33, 34]`, but for root's and for those that mean no change (-1).
fn ids(argument: &str) -> impl Iterator<Item = u32> {
    let list = argument.trim_start_matches('[').trim_end_matches(']');
    let ids = list.split(", ").filter_map(|id| id.parse().ok());
    ids.filter(|id| !matches!(*id, 0 | u32::MAX))
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::observe::Trace;

    const LOG: &str = "\
1 openat(AT_FDCWD</>, \"/var/lib/x/db\", O_RDWR|O_CREAT, 0644) = 3</var/lib/x/db>
1 openat(AT_FDCWD</>, \"/etc/passwd\", O_RDONLY) = 4</etc/passwd>
1 openat(AT_FDCWD</>, \"/etc/x\", O_WRONLY|O_CREAT, 0644) = -1 EROFS (Read-only file system)
1 mkdirat(5</run>, \"x\", 0755) = 0
1 rename(\"/run/x/new\", \"/run/x/pid\") = 0
1 bind(6<socket:[1]>, {sa_family=AF_UNIX, sun_path=\"/run/x/control\"}, 110) = 0
1 bind(7<socket:[2]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"0.0.0.0\")}, 16) = 0
1 connect(8<socket:[3]>, {sa_family=AF_UNIX, sun_path=\"/run/dbus/system_bus_socket\"}, 110) = 0
1 connect(8<socket:[4]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"192.0.2.1\")}, 16) = -1 EINPROGRESS (Operation now in progress)
1 connect(8<socket:[5]>, {sa_family=AF_UNIX, sun_path=\"/run/none\"}, 110) = -1 ENOENT (No such file or directory)
1 setgroups(3, [33, 0, 44]) = 0
1 setresgid(-1, 33, -1) = 0
1 setuid(0) = 0
1 setuid(33) = 0
1 setuid(34) = -1 EPERM (Operation not permitted)
1 chown(\"/var/lib/x\", 35, 4294967295) = 0
";

    #[test]
    fn logs_together_have_no_more_than_one_may_have() -> Result<()> {
        let log = |process: u32| -> Result<Trace> {
            let lines = (0..60_000).map(|number| {
                format!("1 openat(AT_FDCWD</>, \"/{process}/{number}\", O_WRONLY|O_CREAT, 0644) = -1 EROFS (Read-only file system)\n\
                         1 mkdir(\"/{process}/{number}\", 0755) = 0\n")
            });
            Trace::read(lines.collect::<String>().as_bytes())
        };
        let mut trace = log(1)?;
        trace.extend(log(1)?);
        assert!(!trace.activity.incomplete && !trace.failed.incomplete);
        trace.extend(log(2)?);
        assert!(trace.activity.incomplete && trace.failed.incomplete && trace.used.incomplete);
        assert_eq!(trace.activity.created.len(), MOST);
        assert_eq!(trace.failed.calls.len(), MOST);
        assert_eq!(trace.used.calls.len(), MOST);
        Ok(())
    }

    #[test]
    fn what_succeeded_is_what_a_run_did() -> Result<()> {
        let trace = Trace::read(LOG.as_bytes())?;
        let set = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let internet = Address::Internet {
            host: "192.0.2.1".to_owned(),
            port: 53,
        };
        let expected = Activity {
            created: set(&["/run/x", "/run/x/control", "/run/x/pid", "/var/lib/x/db"]),
            connected: [
                Address::Unix("/run/dbus/system_bus_socket".to_owned()),
                internet,
            ]
            .into(),
            users: [33, 35].into(),
            groups: [33, 44].into(),
            incomplete: false,
        };
        assert_eq!(trace.activity, expected);
        let failed: Vec<_> = trace.failed.calls.iter().map(ToString::to_string).collect();
        assert_eq!(
            failed,
            [
                "openat /etc/x: EROFS",
                "connect /run/none: ENOENT",
                "setuid 34: EPERM"
            ]
        );
        let used = trace.used.calls.iter();
        let used: Vec<_> = used.filter_map(|call| call.path.as_deref()).collect();
        assert_eq!(
            used,
            [
                "/var/lib/x/db",
                "/etc/passwd",
                "/run/x",
                "/run/x/new",
                "/run/x/pid",
                "/var/lib/x"
            ]
        );
        Ok(())
    }
}
