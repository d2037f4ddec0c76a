//! Perl.

use super::{NONE, Spoken};
use crate::inspect::Language;

pub(super) const PERL: Spoken = Spoken {
    language: Language::Perl,
    interpreters: &["perl"],
    text: &["e", "E", "ne", "pe", "le", "nle", "we", "wle"],
    starts: &["system", "exec"],
    splits: true,
    opens: &[
        "open",
        "sysopen",
        "opendir",
        "slurp",
        "read_file",
        "do",
        "chdir",
        "LoadFile",
        "retrieve",
        "lock_retrieve",
        "readlink",
        "require",
    ],
    makes: &[
        "make_path",
        "mkdir",
        "mkpath",
        "write_file",
        "store",
        "nstore",
        "lock_store",
        "DumpFile",
        "mkfifo",
        "symlink",
        "link",
    ],
    copies: &["copy", "move", "cp", "mv", "rename"],
    // Of File::Which and IPC::Cmd.
    asks: &["which", "can_run"],
    own_user: &["getpwuid", "getlogin"],
    user: &["getpwnam"],
    group: &["getgrnam"],
    is_bare: true,
    ..NONE
};
