//! System calls and their arguments (section 2 of the manual).

use super::Intent;

/// One path of a call: the numbers of the arguments with the directory that it is relative to, and with the path itself. Without the
/// second, the first is an open file that the call is about.
pub(super) struct Operand {
    pub directory: Option<usize>,
    pub path: Option<usize>,
    pub purpose: Purpose,
}

#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Is(Intent),
    /// The argument with this number has the flags of open(2).
    Opens(usize),
    /// The argument with this number has the mode of access(2).
    Checks(usize),
}

use Intent::{Create, Directory, Execute, Other, Read, Write};
use Purpose::{Checks, Is, Opens};

const fn at(path: usize, purpose: Purpose) -> Operand {
    Operand {
        directory: None,
        path: Some(path),
        purpose,
    }
}

const fn below(directory: usize, path: usize, purpose: Purpose) -> Operand {
    Operand {
        directory: Some(directory),
        path: Some(path),
        purpose,
    }
}

const fn file(directory: usize, purpose: Purpose) -> Operand {
    Operand {
        directory: Some(directory),
        path: None,
        purpose,
    }
}

/// Calls with paths: their names, the first of which stands for all, and the paths.
pub(super) const WITH_PATHS: &[(&[&str], &[Operand])] = &[
    (&["open"], &[at(0, Opens(1))]),
    (&["openat", "openat2"], &[below(0, 1, Opens(2))]),
    (&["creat"], &[at(0, Is(Create))]),
    (&["access"], &[at(0, Checks(1))]),
    (&["faccessat", "faccessat2"], &[below(0, 1, Checks(2))]),
    (
        &["stat", "lstat", "stat64", "lstat64", "oldstat"],
        &[at(0, Is(Read))],
    ),
    (
        &["newfstatat", "fstatat64", "statx"],
        &[below(0, 1, Is(Read))],
    ),
    (&["statfs", "statfs64"], &[at(0, Is(Read))]),
    (&["readlink"], &[at(0, Is(Read))]),
    (
        &["readlinkat", "name_to_handle_at"],
        &[below(0, 1, Is(Read))],
    ),
    (
        &["getxattr", "lgetxattr", "listxattr", "llistxattr"],
        &[at(0, Is(Read))],
    ),
    (&["inotify_add_watch"], &[at(1, Is(Read))]),
    (&["execve"], &[at(0, Is(Execute))]),
    (&["execveat"], &[below(0, 1, Is(Execute))]),
    (&["uselib"], &[at(0, Is(Execute))]),
    (&["mkdir", "mknod"], &[at(0, Is(Create))]),
    (&["mkdirat", "mknodat"], &[below(0, 1, Is(Create))]),
    (&["symlink"], &[at(1, Is(Create))]),
    (&["symlinkat"], &[below(1, 2, Is(Create))]),
    (&["link"], &[at(0, Is(Read)), at(1, Is(Create))]),
    (
        &["linkat"],
        &[below(0, 1, Is(Read)), below(2, 3, Is(Create))],
    ),
    (&["rename"], &[at(0, Is(Write)), at(1, Is(Create))]),
    (
        &["renameat", "renameat2"],
        &[below(0, 1, Is(Write)), below(2, 3, Is(Create))],
    ),
    (
        &["unlink", "rmdir", "truncate", "truncate64"],
        &[at(0, Is(Write))],
    ),
    (&["unlinkat"], &[below(0, 1, Is(Write))]),
    (&["chmod", "utime", "utimes"], &[at(0, Is(Write))]),
    (
        &["fchmodat", "fchmodat2", "utimensat", "futimesat"],
        &[below(0, 1, Is(Write))],
    ),
    (&["fchmod"], &[file(0, Is(Write))]),
    (
        &["chown", "lchown", "chown32", "lchown32"],
        &[at(0, Is(Write))],
    ),
    (&["fchownat"], &[below(0, 1, Is(Write))]),
    (&["fchown", "fchown32"], &[file(0, Is(Write))]),
    (
        &["setxattr", "lsetxattr", "removexattr", "lremovexattr"],
        &[at(0, Is(Write))],
    ),
    (&["chdir", "chroot"], &[at(0, Is(Directory))]),
    (&["fchdir"], &[file(0, Is(Directory))]),
    (&["mount"], &[at(1, Is(Other))]),
    (
        &[
            "umount",
            "umount2",
            "pivot_root",
            "swapon",
            "swapoff",
            "acct",
        ],
        &[at(0, Is(Other))],
    ),
    (&["ioctl"], &[file(0, Is(Other))]),
];

/// Calls with an address, and the number of that argument.
pub(super) const WITH_ADDRESS: &[(&str, usize)] = &[("bind", 1), ("connect", 1), ("sendto", 4)];

/// Names of calls that do the same. The first stands for all.
const FAMILIES: &[&[&str]] = &[
    &["open", "openat", "openat2", "creat"],
    &["access", "faccessat", "faccessat2"],
    &[
        "stat",
        "lstat",
        "stat64",
        "lstat64",
        "newfstatat",
        "fstatat64",
        "statx",
    ],
    &["statfs", "statfs64"],
    &["readlink", "readlinkat"],
    &["execve", "execveat"],
    &["mkdir", "mkdirat"],
    &["mknod", "mknodat"],
    &["symlink", "symlinkat"],
    &["link", "linkat"],
    &["rename", "renameat", "renameat2"],
    &["unlink", "unlinkat", "rmdir"],
    &["truncate", "truncate64"],
    &["utime", "utimes", "utimensat", "futimesat"],
    &["chmod", "fchmodat", "fchmodat2", "fchmod"],
    &[
        "chown", "lchown", "fchownat", "fchown", "chown32", "lchown32", "fchown32",
    ],
    &["chdir", "fchdir"],
    &["clone", "clone3"],
    &["setrlimit", "prlimit64"],
];

/// Returns the name that stands for all calls that do the same.
pub(super) fn family(call: &str) -> &str {
    let family = FAMILIES.iter().find(|family| family.contains(&call));
    family.map_or(call, |family| family[0])
}

/// Whether an error is no failure but the answer that the program asked for, or only says that the call goes on.
pub(super) fn is_answer(call: &str, errno: &str) -> bool {
    match errno {
        "EINTR" | "EINPROGRESS" | "EALREADY" => true,
        // "Is this a terminal?"
        "ENOTTY" => call == "ioctl",
        // "Is this a symlink?"
        "EINVAL" => family(call) == "readlink",
        "ENODATA" => call.contains("xattr"),
        _ => false,
    }
}
