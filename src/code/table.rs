//! Every code.

use serde::{Deserialize, Serialize};

use super::{Level, Question};

macro_rules! codes {
    ($($code:ident, $text:literal, $level:ident, $question:ident, $summary:literal;)*) => {
        /// The code of a finding, which never changes. Codes are in the order of their texts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(
                #[doc = $summary]
                #[serde(rename = $text)]
                $code,
            )*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// Its text, as policies, baselines and reports have it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $text),*
                }
            }

            /// The level of its findings, unless the policy or the command line set another one.
            pub const fn level(self) -> Level {
                match self {
                    $(Self::$code => Level::$level),*
                }
            }

            /// The question that its findings answer.
            pub const fn question(self) -> Question {
                match self {
                    $(Self::$code => Question::$question),*
                }
            }

            /// What is found under it, in a line.
            pub const fn summary(self) -> &'static str {
                match self {
                    $(Self::$code => $summary),*
                }
            }
        }
    };
}

codes! {
    BindSourceMissing, "bind-source-missing", Deny, Starts, "the unit binds a file of the store that does not exist";
    BusMissing, "bus-missing", Deny, Starts, "the service is to take a name on the system bus, whose socket is not inside";
    ClosureTooLarge, "closure-too-large", Deny, Allowed, "a closure has more paths, bytes or mounts than the policy allows";
    ClosureWritable, "closure-writable", Deny, Allowed, "the unit makes a part of the closure writable, or puts something else in its place";
    CommandMissing, "command-missing", Deny, Starts, "a command does not exist inside, or can't be executed";
    DeniedPackage, "denied-package", Deny, Allowed, "a package is in the closure that the policy denies";
    EnvironmentFileMissing, "environment-file-missing", Deny, Starts, "the unit takes its environment from a file of the store that can not be read";
    ExceptionExpiresSoon, "exception-expires-soon", Warn, Allowed, "an exception of the policy counts for two more weeks at most";
    ExpiredException, "expired-exception", Warn, Allowed, "an exception of the policy has expired";
    ExposureAboveLimit, "exposure-above-limit", Deny, Allowed, "systemd's exposure level of a unit is higher than the policy or --exposure allows";
    FileMissing, "file-missing", Deny, Runs, "a command reads a file that is not inside, or makes one where nothing can be written";
    HostFileNamed, "host-file-named", Warn, Starts, "an argument names a file of the host that is not inside";
    HostStoreReadable, "host-store-readable", Warn, Allowed, "the service can read the host's store through /proc/PID/root of other processes";
    HostStoreWritable, "host-store-writable", Warn, Allowed, "the service can make the store paths that it sees writable, for the whole host";
    InterpreterMissing, "interpreter-missing", Deny, Starts, "a program's interpreter or loader does not exist inside";
    InterpreterPresent, "interpreter-present", Warn, Allowed, "an interpreter of a programming language is in the closure";
    LibraryMissing, "library-missing", Deny, Starts, "a library that a program needs is nowhere where its loader looks";
    NotAProgram, "not-a-program", Deny, Starts, "a command is a file that the kernel can't execute";
    NotInspected, "not-inspected", Warn, Starts, "the files of the store can't be looked at, so nothing is foreseen";
    PackageNotAllowed, "package-not-allowed", Deny, Allowed, "a package is in the closure that no `only` list has";
    PathOutsideClosure, "path-outside-closure", Warn, Starts, "a store path is named that the service does not see";
    PrivateUsers, "private-users", Deny, Starts, "the service needs users or capabilities that its own user namespace does not have";
    ProcMissing, "proc-missing", Deny, Starts, "users of its own need a /proc inside that systemd can write to";
    RequiredPackageMissing, "required-package-missing", Deny, Allowed, "a package is not in the closure that the policy requires";
    SandboxPathMissing, "sandbox-path-missing", Deny, Starts, "the unit changes the access to a path inside that is not there";
    ScriptCommandMissing, "script-command-missing", Deny, Runs, "a script calls a command that nothing inside provides";
    ScriptNotUnderstood, "script-not-understood", Warn, Starts, "a script could not be read to its end";
    SettingDefeatsConfinement, "setting-defeats-confinement", Warn, Allowed, "the unit switches off what mode full-apivfs stands for";
    ShellPresent, "shell-present", Warn, Allowed, "a shell is in the closure";
    SystemdTooOld, "systemd-too-old", Warn, Starts, "the unit needs a newer systemd than some hosts have";
    UnknownPolicyKey, "unknown-policy-key", Deny, Allowed, "the policy has a key that means nothing";
    UnusedBaselineEntry, "unused-baseline-entry", Warn, Allowed, "the baseline accepts something that is no longer found";
    UnusedPolicyEntry, "unused-policy-entry", Warn, Allowed, "the policy has an exception or a service's name that matches nothing";
    UserUnknown, "user-unknown", Deny, Runs, "a command looks up a user or a group that the root has no list of";
    ViewRefused, "view-refused", Deny, Starts, "the strategy image was asked for, and the target can't have a view";
    WholeStoreBound, "whole-store-bound", Deny, Allowed, "the unit binds the whole store, or a directory above it, into the service's root";
    WorkingDirectoryMissing, "working-directory-missing", Deny, Starts, "the working directory does not exist inside";
    WrongArchitecture, "wrong-architecture", Warn, Starts, "a program is built for another machine than this one";
}
