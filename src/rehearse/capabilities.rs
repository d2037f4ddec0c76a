//! Capabilities that calls need (capabilities(7)).

use crate::observe::{Address, Failure};

/// Calls with the capability that a process lacks if they are refused.
const OF_CALLS: [(&str, &[&str]); 18] = [
    (
        "CAP_SETUID",
        &["setuid", "setreuid", "setresuid", "setfsuid"],
    ),
    (
        "CAP_SETGID",
        &["setgid", "setregid", "setresgid", "setfsgid", "setgroups"],
    ),
    ("CAP_CHOWN", &["chown", "lchown", "fchown", "fchownat"]),
    ("CAP_FOWNER", &["chmod", "fchmod", "fchmodat", "fchmodat2"]),
    ("CAP_SETPCAP", &["capset", "prctl"]),
    ("CAP_MKNOD", &["mknod", "mknodat"]),
    ("CAP_SYS_CHROOT", &["chroot"]),
    (
        "CAP_SYS_ADMIN",
        &[
            "mount",
            "umount",
            "umount2",
            "pivot_root",
            "unshare",
            "setns",
            "sethostname",
            "setdomainname",
            "swapon",
            "swapoff",
        ],
    ),
    (
        "CAP_SYS_NICE",
        &[
            "setpriority",
            "ioprio_set",
            "sched_setscheduler",
            "sched_setparam",
            "sched_setattr",
        ],
    ),
    ("CAP_SYS_RESOURCE", &["setrlimit", "prlimit64"]),
    ("CAP_IPC_LOCK", &["mlock", "mlock2", "mlockall"]),
    (
        "CAP_SYS_TIME",
        &["clock_settime", "settimeofday", "clock_adjtime", "adjtimex"],
    ),
    ("CAP_SYS_PACCT", &["acct"]),
    ("CAP_BPF", &["bpf"]),
    ("CAP_PERFMON", &["perf_event_open"]),
    ("CAP_NET_ADMIN", &["setsockopt"]),
    ("CAP_NET_RAW", &["socket"]),
    ("CAP_NET_BIND_SERVICE", &["bind"]),
];

/// Whether confinement refused a call, other than because a file is not there or can't be changed.
pub fn is_refused(failure: &Failure) -> bool {
    match &*failure.errno {
        "EPERM" | "EACCES" => true,
        // The kernel's answer for a user or group that a user namespace does not have.
        "EINVAL" => matches!(
            capability(failure),
            Some("CAP_SETUID" | "CAP_SETGID" | "CAP_CHOWN")
        ),
        _ => false,
    }
}

/// The capability that a refused call needs; `None` if it is not known.
pub fn capability(failure: &Failure) -> Option<&'static str> {
    let call = failure.call.trim_end_matches("32");
    let (capability, _) = OF_CALLS.iter().find(|(_, calls)| calls.contains(&call))?;
    let is_low =
        |address: &Address| matches!(address, Address::Internet { port, .. } if *port < 1024);
    let needs = match *capability {
        "CAP_NET_BIND_SERVICE" => failure.address.as_ref().is_some_and(is_low),
        // A file that does not permit it needs no capability.
        "CAP_FOWNER" | "CAP_CHOWN" | "CAP_MKNOD" => failure.errno != "EACCES",
        _ => true,
    };
    needs.then_some(*capability)
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::observe::Failures;

    #[test]
    fn refused_calls_tell_the_capability() -> Result<()> {
        let log = "\
setgroups(1, [33]) = -1 EPERM (Operation not permitted)
setgid(33) = -1 EINVAL (Invalid argument)
chown(\"/x\", 33, 33) = -1 EINVAL (Invalid argument)
bind(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"0.0.0.0\")}, 16) = -1 EACCES (Permission denied)
bind(3<socket:[1]>, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 110) = -1 EACCES (Permission denied)
openat(AT_FDCWD</>, \"/etc/shadow\", O_RDONLY) = -1 EACCES (Permission denied)
openat(AT_FDCWD</>, \"/etc/x\", O_RDONLY) = -1 ENOENT (No such file or directory)
prctl(PR_SET_X) = -1 EINVAL (Invalid argument)
";
        let failures = Failures::read(log.as_bytes())?;
        let refused = failures.calls.iter().filter(|failure| is_refused(failure));
        let told: Vec<_> = refused
            .map(|failure| (failure.call.as_str(), capability(failure)))
            .collect();
        assert_eq!(
            told,
            [
                ("setgroups", Some("CAP_SETGID")),
                ("setgid", Some("CAP_SETGID")),
                ("chown", Some("CAP_CHOWN")),
                ("bind", Some("CAP_NET_BIND_SERVICE")),
                ("bind", None),
                ("openat", None),
            ]
        );
        Ok(())
    }
}
