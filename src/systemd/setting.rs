//! The names of settings of a service.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use anyhow::{Error, Result, bail};

use crate::service::ExecSetting;
use crate::text::closest;

macro_rules! settings {
    ($($setting:ident)*) => {
        /// A setting that confinix reads, sets or makes findings about, by its name in systemd.exec(5) and its like.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Setting {
            $(
                #[doc = concat!("`", stringify!($setting), "=`")]
                $setting,
            )*
        }

        impl Setting {
            /// Every one of them, by name.
            pub const ALL: &[Self] = &[$(Self::$setting),*];

            /// Returns its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$setting => stringify!($setting)),*
                }
            }
        }
    };
}

settings! {
    AmbientCapabilities
    BindPaths
    BindReadOnlyPaths
    CacheDirectory
    CapabilityBoundingSet
    ConfigurationDirectory
    DynamicUser
    Environment
    EnvironmentFile
    ExecCondition
    ExecPaths
    ExecReload
    ExecReloadPost
    ExecSearchPath
    ExecStart
    ExecStartPost
    ExecStartPre
    ExecStop
    ExecStopPost
    IPAddressDeny
    InaccessiblePaths
    KeyringMode
    LockPersonality
    LogsDirectory
    MemoryDenyWriteExecute
    MountAPIVFS
    NoExecPaths
    NoNewPrivileges
    PIDFile
    PrivateBPF
    PrivateDevices
    PrivateMounts
    PrivateNetwork
    PrivatePIDs
    PrivateTmp
    PrivateUsers
    ProcSubset
    ProtectClock
    ProtectControlGroups
    ProtectHome
    ProtectHostname
    ProtectKernelLogs
    ProtectKernelModules
    ProtectKernelTunables
    ProtectProc
    ProtectSystem
    ReadOnlyPaths
    ReadWritePaths
    RemoveIPC
    RestrictAddressFamilies
    RestrictNamespaces
    RestrictRealtime
    RestrictSUIDSGID
    RuntimeDirectory
    StateDirectory
    SystemCallArchitectures
    SystemCallFilter
    TemporaryFileSystem
    UMask
    User
    WorkingDirectory
}

impl Deref for Setting {
    type Target = str;

    fn deref(&self) -> &str {
        self.name()
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<ExecSetting> for Setting {
    fn from(setting: ExecSetting) -> Self {
        match setting {
            ExecSetting::ExecCondition => Self::ExecCondition,
            ExecSetting::ExecStartPre => Self::ExecStartPre,
            ExecSetting::ExecStart => Self::ExecStart,
            ExecSetting::ExecStartPost => Self::ExecStartPost,
            ExecSetting::ExecReload => Self::ExecReload,
            ExecSetting::ExecReloadPost => Self::ExecReloadPost,
            ExecSetting::ExecStop => Self::ExecStop,
            ExecSetting::ExecStopPost => Self::ExecStopPost,
        }
    }
}

impl FromStr for Setting {
    type Err = Error;

    /// Returns the setting with this name; the error names the most similar one.
    fn from_str(text: &str) -> Result<Self> {
        if let Some(setting) = Self::ALL.iter().find(|setting| setting.name() == text) {
            return Ok(*setting);
        }
        match closest(text, Self::ALL.iter().map(|setting| setting.name())) {
            Some(closest) => {
                bail!("no finding is about a setting {text:?}; did you mean {closest:?}?")
            }
            None => bail!("no finding is about a setting {text:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_in_order_and_read_by_name() -> Result<()> {
        assert!(Setting::ALL.is_sorted_by_key(|setting| setting.name()));
        for setting in Setting::ALL {
            assert_eq!(setting.name().parse::<Setting>()?, *setting);
        }
        for setting in ExecSetting::ALL {
            assert_eq!(Setting::from(setting).name(), setting.name());
        }
        let error = "PrivatUsers".parse::<Setting>().err();
        let told = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(told.ends_with("did you mean \"PrivateUsers\"?"), "{told}");
        Ok(())
    }
}
