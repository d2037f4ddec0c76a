use std::fmt::Write;

use proptest::prelude::*;

use super::reading::{MAX_FAILURES, MAX_UNFINISHED};
use super::*;

/// What strace 6.1 writes of a Python script that tries what services do, as root and later as nobody, in /usr.
const RECORDED: &str = include_str!("recorded.log");

fn read(log: &str) -> Result<Failures> {
    Failures::read(log.as_bytes())
}

/// One line for each failure.
fn shown(failures: &Failures) -> String {
    let mut text = String::new();
    for failure in &failures.calls {
        let address = failure.address.as_ref().map(|address| match address {
            Address::Unix(path) => path.clone(),
            Address::Abstract(name) => format!("@{name}"),
            Address::Internet { host, port } => format!("{host} {port}"),
        });
        let about = [failure.path.clone(), address, failure.arguments.clone()];
        let about: Vec<_> = about.into_iter().flatten().collect();
        let (call, errno, intent) = (&failure.call, &failure.errno, failure.intent);
        let _ = writeln!(text, "{call}: {}: {errno} {intent:?}", about.join(" "));
    }
    text
}

#[test]
fn a_real_log_is_understood() -> Result<()> {
    let failures = read(RECORDED)?;
    assert_eq!((failures.not_understood, failures.incomplete), (0, false));
    assert_eq!(
        shown(&failures),
        "\
openat: /nope/aé \"q\"<x>: ENOENT Read
openat: /nope/\u{fffd}\u{fffd}: ENOENT Read
openat: /usr/x: ENOENT Create
openat: /nodir: ENOENT Directory
mkdir: /proc/x: ENOENT Create
rename: /a1: ENOENT Write
rename: /b1: ENOENT Create
access: relacc: ENOENT Execute
symlink: /proc/lnk: ENOENT Create
rename: relname: EXDEV Write
rename: /proc/\u{1}: EXDEV Create
prlimit64: 0, RLIMIT_NOFILE: EPERM Other
openat: /proc/99999999: ENOENT Directory
openat: /etc/y: ENOENT Write
access: /etc/nowrite: ENOENT Write
openat: /proc/nope2: ENOENT Create
openat: /etc/nope3/x: ENOENT Create
connect: /run/none.sock: ENOENT Other
connect: @abs: ECONNREFUSED Other
bind: /proc/b.sock: ENOENT Other
connect: 127.0.0.1 1: ECONNREFUSED Other
bind: 8.8.8.8 53: EADDRNOTAVAIL Other
bind: 2001:db8::1 80: EADDRNOTAVAIL Other
connect: ::1 2: ECONNREFUSED Other
socket: SOCK_STREAM|SOCK_CLOEXEC, 0: EAFNOSUPPORT Other
socket: AF_INET, SOCK_STREAM|SOCK_CLOEXEC: EPROTONOSUPPORT Other
chown: /proc/self/x: ENOENT Write
setuid: 0: EPERM Other
setgroups: 2, [1, 2]: EPERM Other
setresgid: 0, 1, 2: EPERM Other
chroot: /: EPERM Directory
execve: /nonexec: ENOENT Execute
fchown: /etc: EPERM Write
mount: /mnt: EPERM Other
umount2: /mnt: EPERM Other
unshare: CLONE_NEWNS: EPERM Other
prctl: PR_CAPBSET_DROP: EPERM Other
sethostname: 1: EPERM Other
setpriority: PRIO_PROCESS, 0, -5: EACCES Other
capset: : EFAULT Other
link: /etc/passwd: EPERM Read
link: /x: EPERM Create
utimensat: /etc/passwd: EACCES Write
truncate: /etc/passwd: EACCES Write
chmod: /etc/passwd: EPERM Write
unlink: /etc/passwd: EACCES Write
readlink: /nolink: ENOENT Read
mknodat: /x: EACCES Create
statfs: /nof: ENOENT Read
setxattr: /etc/passwd: EACCES Write
"
    );
    Ok(())
}

#[test]
fn repeated_failures_are_one_and_the_first_place_is_kept() -> Result<()> {
    let once = read(RECORDED)?;
    assert_eq!(read(&RECORDED.repeat(3))?, once);
    Ok(())
}

#[test]
fn calls_of_several_processes_are_joined() -> Result<()> {
    let log = "\
1 openat(AT_FDCWD</a>, \"b\", O_RDONLY|O_CLOEXEC <unfinished ...>
2 connect(3<socket:[9]>, {sa_family=AF_UNIX, sun_path=\"/s\"}, 110 <unfinished ...>
3 wait4(-1,  <unfinished ...>
1 <... openat resumed>)             = -1 ENOENT (No such file or directory)
3 <... wait4 resumed>NULL, 0, NULL) = 7
2 <... connect resumed>)            = -1 EACCES (Permission denied)
4 <... openat resumed>)             = -1 ENOENT (No such file or directory)
1 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---
1 +++ killed by SIGTERM +++
2 pause( <unfinished ...>
";
    let failures = read(log)?;
    // The beginning of the call of process 4 is not in the log.
    assert_eq!(failures.not_understood, 1);
    assert_eq!(
        shown(&failures),
        "openat: /a/b: ENOENT Read\nconnect: /s: EACCES Other\n"
    );
    Ok(())
}

#[test]
fn answers_are_no_failures() -> Result<()> {
    let log = "\
readlink(\"/etc\", 0x7ffe, 64) = -1 EINVAL (Invalid argument)
ioctl(1</dev/null>, TCGETS, 0x7ffd) = -1 ENOTTY (Inappropriate ioctl for device)
connect(4<socket:[1]>, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr(\"192.0.2.1\")}, 16) = -1 EINPROGRESS (Operation now in progress)
openat(AT_FDCWD</>, \"/etc/passwd\", O_RDONLY) = 3</etc/passwd>
ioctl(1</dev/snd/x>, SNDCTL_TMR_TIMEBASE or TCGETS, 0x7ffd) = -1 EACCES (Permission denied)
capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_CHOWN, permitted=1<<CAP_CHOWN, inheritable=0}) = -1 EPERM (Operation not permitted)
";
    let failures = read(log)?;
    assert_eq!(failures.not_understood, 0);
    let shown = shown(&failures);
    assert_eq!(
        shown,
        "ioctl: /dev/snd/x SNDCTL_TMR_TIMEBASE or TCGETS: EACCES Other\ncapset: : EPERM Other\n"
    );
    Ok(())
}

#[test]
fn only_what_the_control_does_not_have_is_beyond_it() -> Result<()> {
    let control = "\
open(\"/etc/a\", O_RDONLY) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD</>, \"/etc/b\", O_RDONLY) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD</>, \"/proc/17/stat\", O_RDONLY) = -1 ENOENT (No such file or directory)
setgid(33) = -1 EPERM (Operation not permitted)
";
    let confined = "\
openat(AT_FDCWD</>, \"/etc/a\", O_RDONLY) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD</>, \"/etc/b\", O_RDONLY) = -1 EACCES (Permission denied)
openat(AT_FDCWD</>, \"/proc/21/stat\", O_RDONLY) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD</>, \"/proc/stat\", O_RDONLY) = -1 ENOENT (No such file or directory)
setgid(33) = -1 EINVAL (Invalid argument)
setgid(34) = -1 EPERM (Operation not permitted)
";
    let beyond = read(confined)?.beyond(&read(control)?);
    assert_eq!(
        shown(&beyond),
        "\
openat: /etc/b: EACCES Read
openat: /proc/stat: ENOENT Read
setgid: 33: EINVAL Other
setgid: 34: EPERM Other
"
    );
    assert!(read(RECORDED)?.beyond(&read(RECORDED)?).calls.is_empty());
    Ok(())
}

#[test]
fn what_is_not_understood_is_counted() -> Result<()> {
    for line in [
        "",
        "7",
        "openat(",
        "open(\"/a) = -1 ENOENT (No such file or directory)",
        "open(\"/a\\) = -1 ENOENT",
        "open(\"/a\", O_RDONLY)",
        "open(\"/a\", O_RDONLY) = -1 \x1b[31m",
        "open(O_RDONLY]) = -1 ENOENT (No such file or directory)",
        "open() = -1 ENOENT (No such file or directory)",
        "O\x1b(\"/a\") = -1 ENOENT (No such file or directory)",
        "open(3</a = -1 ENOENT (No such file or directory)",
        "1 <... openat resumed",
    ] {
        let failures = read(&format!("{line}\n"))?;
        assert_eq!(failures.not_understood, 1, "{line}");
        assert!(failures.calls.is_empty(), "{line}");
    }
    // A log may end anywhere, and so may a line of it.
    for end in (0..RECORDED.len()).step_by(7) {
        read(&RECORDED[..end])?;
    }
    Failures::read(&b"open(\"\xff\") = -1 ENOENT (x)\n"[..])?;
    Ok(())
}

#[test]
fn a_path_that_is_cut_short_is_not_taken_for_another() -> Result<()> {
    let log = "open(\"/a\"..., O_RDONLY) = -1 ENAMETOOLONG (File name too long)\n";
    let failures = read(log)?;
    assert_eq!(shown(&failures), "open: O_RDONLY: ENAMETOOLONG Other\n");
    Ok(())
}

#[test]
fn long_lines_and_many_failures_are_bounded() -> Result<()> {
    let short = "open(\"/a\", O_RDONLY) = -1 ENOENT (x)\n";
    let long = format!(
        "open(\"/{}\", O_RDONLY) = -1 ENOENT (x)\n",
        "b".repeat(1 << 20)
    );
    let failures = read(&[&long, short, &long, short].concat())?;
    assert_eq!((failures.not_understood, failures.calls.len()), (2, 1));

    let many = (0..=MAX_FAILURES).map(|n| format!("chdir(\"/{n}\") = -1 ENOENT (x)\n"));
    let failures = read(&many.collect::<String>())?;
    assert_eq!(
        (failures.calls.len(), failures.incomplete),
        (MAX_FAILURES, true)
    );

    let begun = (0..=MAX_UNFINISHED).map(|n| format!("{n} pause( <unfinished ...>\n"));
    assert!(read(&begun.collect::<String>())?.incomplete);

    let endless = std::io::repeat(b'\n');
    assert!(Failures::read(endless.take(10 << 20))?.not_understood > 0);
    Ok(())
}

proptest! {
    /// Lines of the recorded log, with parts of them in other places, and with anything in between.
    #[test]
    fn any_log_is_read(
        parts in proptest::collection::vec((0..RECORDED.len(), 0..80_usize, any::<bool>(), "\\PC{0,3}"), 0..30),
    ) {
        let mut log = String::new();
        for (start, length, ends, text) in parts {
            log.extend(RECORDED.chars().skip(start).take(length));
            log.push_str(&text);
            if ends {
                log.push_str([" <unfinished ...>\n", ") = -1 EACCES (x)\n"][start % 2]);
            }
        }
        let failures = read(&log).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(failures.beyond(&failures).calls.is_empty());
        for failure in &failures.calls {
            prop_assert!(failure.errno.starts_with('E'), "{failure:?}");
            if let Some(path) = failure.path.as_deref().filter(|path| path.starts_with('/')) {
                prop_assert!(!path.split('/').any(|part| matches!(part, "." | "..")), "{path}");
            }
        }
    }
}
