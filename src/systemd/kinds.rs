//! How systemd reads each setting of a service (`load-fragment-gperf.gperf.in`).

/// How systemd reads the value of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Environment=`
    Environment,
    /// `PassEnvironment=`
    PassEnvironment,
    /// `UnsetEnvironment=`
    UnsetEnvironment,
    /// Words `NAME[:LINK[:FLAGS]]`, relative to a directory of the system.
    ExecDirectory,
    /// Words `[-]SOURCE[:TARGET[:OPTIONS]]`.
    Bind,
    /// Words `PATH[:OPTIONS]`.
    TemporaryFileSystem,
    /// Words `[-][+]PATH`.
    Paths,
    /// Absolute paths between colons.
    SearchPath,
    /// A path, `~`, and a `-` before it.
    WorkingDirectory,
    /// The whole value is a path; a `-` before it says that it may be missing.
    OptionalPath,
    /// The whole value is a path.
    Path,
    /// The same, but systemd refuses the unit if it is invalid.
    NeededPath,
    /// A name or number; systemd refuses the unit if it is invalid.
    Account,
    /// A boolean.
    Boolean,
    /// The same, but systemd refuses the unit if it is invalid.
    NeededBoolean,
    /// A boolean, or empty for neither.
    Tristate,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, or a boolean.
    ChoiceOrBoolean(&'static [&'static str]),
    /// Text with specifiers.
    Text,
}

impl Kind {
    /// The kind of a setting; `None` if confinix keeps its value unchanged.
    pub(super) fn of(setting: &str) -> Option<Self> {
        Some(match setting {
            "Environment" => Self::Environment,
            "PassEnvironment" => Self::PassEnvironment,
            "UnsetEnvironment" => Self::UnsetEnvironment,
            "RuntimeDirectory"
            | "StateDirectory"
            | "CacheDirectory"
            | "LogsDirectory"
            | "ConfigurationDirectory" => Self::ExecDirectory,
            "BindPaths" | "BindReadOnlyPaths" => Self::Bind,
            "TemporaryFileSystem" => Self::TemporaryFileSystem,
            "ReadWritePaths"
            | "ReadOnlyPaths"
            | "InaccessiblePaths"
            | "ExecPaths"
            | "NoExecPaths"
            | "ReadWriteDirectories"
            | "ReadOnlyDirectories"
            | "InaccessibleDirectories"
            | "ExtensionDirectories" => Self::Paths,
            "ExecSearchPath" => Self::SearchPath,
            "WorkingDirectory" => Self::WorkingDirectory,
            "EnvironmentFile" => Self::OptionalPath,
            "TTYPath"
            | "NetworkNamespacePath"
            | "IPCNamespacePath"
            | "RootMStack"
            | "UserNamespacePath"
            | "USBFunctionDescriptors"
            | "USBFunctionStrings" => Self::Path,
            "RootDirectory" | "RootImage" | "RootVerity" => Self::NeededPath,
            "User" | "Group" => Self::Account,
            "DynamicUser" => Self::NeededBoolean,
            "PrivateMounts"
            | "MountAPIVFS"
            | "BindLogSockets"
            | "SetLoginEnvironment"
            | "MemoryKSM" => Self::Tristate,
            "PrivateTmp" => Self::ChoiceOrBoolean(&["connected", "disconnected"]),
            "PrivateUsers" => Self::ChoiceOrBoolean(&["self", "identity", "full", "managed"]),
            "ProtectSystem" => Self::ChoiceOrBoolean(&["full", "strict"]),
            "ProtectHome" => Self::ChoiceOrBoolean(&["read-only", "tmpfs"]),
            "ProtectControlGroups" => Self::ChoiceOrBoolean(&["private", "strict"]),
            "ProtectProc" => Self::Choice(&["default", "noaccess", "invisible", "ptraceable"]),
            "ProcSubset" => Self::Choice(&["all", "pid"]),
            "Type" => Self::Choice(&[
                "simple",
                "exec",
                "forking",
                "oneshot",
                "dbus",
                "notify",
                "notify-reload",
                "idle",
            ]),
            "ExitType" => Self::Choice(&["main", "cgroup"]),
            "Restart" => Self::Choice(&[
                "no",
                "on-success",
                "on-failure",
                "on-abnormal",
                "on-watchdog",
                "on-abort",
                "always",
            ]),
            "KillMode" => Self::Choice(&["control-group", "process", "mixed", "none"]),
            "NotifyAccess" => Self::Choice(&["none", "main", "exec", "all"]),
            "SyslogIdentifier"
            | "UtmpIdentifier"
            | "BusName"
            | "PIDFile"
            | "Slice"
            | "Sockets"
            | "LoadCredential"
            | "LoadCredentialEncrypted"
            | "ImportCredential"
            | "MountImages"
            | "ExtensionImages"
            | "RootHash"
            | "RootHashSignature"
            | "StandardInput"
            | "StandardOutput"
            | "StandardError"
            | "LogNamespace"
            | "SupplementaryGroups"
            | "OpenFile"
            | "AppArmorProfile"
            | "SELinuxContext"
            | "SmackProcessLabel"
            | "PAMName" => Self::Text,
            name if BOOLEANS.contains(&name) => Self::Boolean,
            _ => return None,
        })
    }
}

/// Settings that are plain booleans in every version.
const BOOLEANS: [&str; 27] = [
    "CPUSchedulingResetOnFork",
    "CoredumpReceive",
    "GuessMainPID",
    "IOAccounting",
    "IPAccounting",
    "IgnoreSIGPIPE",
    "LockPersonality",
    "MemoryAccounting",
    "MemoryDenyWriteExecute",
    "NoNewPrivileges",
    "NonBlocking",
    "PermissionsStartOnly",
    "PrivateDevices",
    "PrivateIPC",
    "PrivateNetwork",
    "ProtectClock",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "RemainAfterExit",
    "RemoveIPC",
    "RestrictRealtime",
    "RestrictSUIDSGID",
    "RootDirectoryStartOnly",
    "RootEphemeral",
    "SendSIGHUP",
    "SendSIGKILL",
];
