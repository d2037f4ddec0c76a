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

            /// Its text in policies, baselines and reports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $text),*
                }
            }

            /// The default level of its findings.
            pub const fn level(self) -> Level {
                match self {
                    $(Self::$code => Level::$level),*
                }
            }

            /// The question to which its findings belong.
            pub const fn question(self) -> Question {
                match self {
                    $(Self::$code => Question::$question),*
                }
            }

            /// A one-line summary of what its findings report.
            pub const fn summary(self) -> &'static str {
                match self {
                    $(Self::$code => $summary),*
                }
            }
        }
    };
}

codes! {
    BindSourceMissing, "bind-source-missing", Deny, Starts, "the unit binds a store file that does not exist";
    BusMissing, "bus-missing", Deny, Starts, "the service acquires a name on the system bus, but its root lacks the bus's socket";
    ClosureTooLarge, "closure-too-large", Deny, Allowed, "a closure has more paths, bytes or mounts than the policy allows";
    ClosureWritable, "closure-writable", Deny, Allowed, "the unit makes part of the closure writable or covers it";
    CommandMissing, "command-missing", Deny, Starts, "a command does not exist in the service's root or can't be executed";
    DeniedExecutable, "denied-executable", Deny, Allowed, "the closure contains an executable that the policy denies";
    DeniedPackage, "denied-package", Deny, Allowed, "the closure contains a package that the policy denies";
    EnvironmentFileMissing, "environment-file-missing", Deny, Starts, "the environment file is a store file that can't be read";
    ExceptionExpiresSoon, "exception-expires-soon", Warn, Allowed, "an exception of the policy expires within two weeks";
    ExpiredException, "expired-exception", Warn, Allowed, "an exception of the policy has expired";
    ExposureAboveLimit, "exposure-above-limit", Deny, Allowed, "the exposure level of a unit is above the limit of the policy or --exposure";
    FileMissing, "file-missing", Deny, Runs, "a command reads a file that the service's root lacks, or creates one in a read-only place";
    HostFileNamed, "host-file-named", Warn, Starts, "an argument or a configuration names a file of the host that the service's root lacks";
    HostStoreReadable, "host-store-readable", Warn, Allowed, "the service can read the host's store through /proc/PID/root of other processes";
    HostStoreWritable, "host-store-writable", Warn, Allowed, "the service can make the store paths that it sees writable, for the whole host";
    InterpreterMissing, "interpreter-missing", Deny, Starts, "the service's root lacks the interpreter or loader of a program";
    InterpreterPresent, "interpreter-present", Warn, Allowed, "the closure contains an interpreter of a programming language";
    LibraryMissing, "library-missing", Deny, Starts, "a library is not on the library search path of a program";
    NotAProgram, "not-a-program", Deny, Starts, "a command is a file that the kernel can't execute";
    NotInspected, "not-inspected", Warn, Starts, "the store's files are not on this machine, so nothing was checked";
    NotRehearsed, "not-rehearsed", Deny, Allowed, "a service has to be rehearsed, and no record fits it";
    PackageNotAllowed, "package-not-allowed", Deny, Allowed, "the closure contains a package that no `only` list allows";
    PathOutsideClosure, "path-outside-closure", Warn, Starts, "something names a store path that the service does not see";
    PrivateUsers, "private-users", Deny, Starts, "the service needs users or capabilities that its user namespace lacks";
    ProcMissing, "proc-missing", Deny, Starts, "PrivateUsers= needs a /proc in the service's root to which systemd can write";
    RehearsalFailed, "rehearsal-failed", Deny, Starts, "the service was rehearsed, and does not work as it does without confinement";
    RequiredPackageMissing, "required-package-missing", Deny, Allowed, "the closure lacks a package that the policy requires";
    SandboxPathMissing, "sandbox-path-missing", Deny, Starts, "the unit restricts or permits access to a path that the service's root lacks";
    ScriptCommandMissing, "script-command-missing", Deny, Runs, "a script calls a command that nothing in the service's root provides";
    ScriptNotUnderstood, "script-not-understood", Warn, Starts, "a script could not be parsed";
    SettingDefeatsConfinement, "setting-defeats-confinement", Warn, Allowed, "the unit disables a setting of mode full-apivfs";
    ShellPresent, "shell-present", Warn, Allowed, "the closure contains a shell";
    StaleRecord, "stale-record", Warn, Allowed, "hide-unobserved has expired, or no record matches the closure";
    SurfaceTooLarge, "surface-too-large", Deny, Allowed, "a closure has more executables or interpreters than the policy allows";
    SystemdTooOld, "systemd-too-old", Warn, Starts, "the unit needs a newer systemd than some hosts have";
    UndeclaredService, "undeclared-service", Warn, Allowed, "a package ships a service that the configuration does not declare, so it is not confined";
    UnknownPolicyKey, "unknown-policy-key", Deny, Allowed, "the policy has an unknown key";
    UnneededException, "unneeded-exception", Warn, Allowed, "a service is excepted from confinement, and need not be";
    UnusedBaselineEntry, "unused-baseline-entry", Warn, Allowed, "the baseline accepts a finding that no longer occurs";
    UnusedPolicyEntry, "unused-policy-entry", Warn, Allowed, "an exception or a service name in the policy matches nothing";
    UserUnknown, "user-unknown", Deny, Runs, "a command looks up a user or group that the service's root does not list";
    ViewRefused, "view-refused", Deny, Starts, "the service sets strategy image, but the target can't mount a view";
    WholeStoreBound, "whole-store-bound", Deny, Allowed, "the unit binds the whole store, or a directory above it, into the service's root";
    WorkingDirectoryMissing, "working-directory-missing", Deny, Starts, "the service's root lacks the working directory";
    WrongArchitecture, "wrong-architecture", Warn, Starts, "a program is built for another architecture";
}
