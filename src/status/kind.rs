//! The kinds of differences.

use serde::Serialize;

/// A kind of difference between the running system and a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// systemd has no such unit.
    UnitMissing,
    /// The unit is masked.
    UnitMasked,
    /// The name is an alias of another unit.
    UnitRenamed,
    /// systemd does not load the unit.
    UnitRefused,
    /// Files of the unit have changed since systemd read them.
    ReloadNeeded,
    /// systemd does not read the drop-in of the bundle.
    DropInMissing,
    /// The drop-in that systemd reads is not that of the bundle.
    DropInChanged,
    /// Another file of the unit sets something that the bundle does not plan.
    SettingChanged,
    /// The unit has other commands than the bundle.
    CommandChanged,
    /// A process has the host's root.
    Unconfined,
    /// A process has another closure in its store.
    ClosureChanged,
    /// A process has a mount that is not planned.
    MountAdded,
    /// A process lacks a mount.
    MountMissing,
    /// A mount shows something else.
    MountChanged,
    /// A mount is writable that is planned read-only.
    MountWritable,
    /// A process uses something that has been deleted.
    PathDeleted,
    /// Services need the views of the bundle, and they are not mounted.
    ViewMissing,
    /// systemd does not find a unit of the bundle's views, or their image.
    ViewUnitMissing,
    /// A unit of the views, or their image, is not that of the bundle.
    ViewUnitChanged,
    /// Views are mounted that no service needs.
    ViewLeftOver,
    /// A drop-in of confinix is installed for a unit that the bundle does not have.
    DropInLeftOver,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 21] = [
        Self::UnitMissing,
        Self::UnitMasked,
        Self::UnitRenamed,
        Self::UnitRefused,
        Self::ReloadNeeded,
        Self::DropInMissing,
        Self::DropInChanged,
        Self::SettingChanged,
        Self::CommandChanged,
        Self::Unconfined,
        Self::ClosureChanged,
        Self::MountAdded,
        Self::MountMissing,
        Self::MountChanged,
        Self::MountWritable,
        Self::PathDeleted,
        Self::ViewMissing,
        Self::ViewUnitMissing,
        Self::ViewUnitChanged,
        Self::ViewLeftOver,
        Self::DropInLeftOver,
    ];

    /// Its name in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnitMissing => "unit-missing",
            Self::UnitMasked => "unit-masked",
            Self::UnitRenamed => "unit-renamed",
            Self::UnitRefused => "unit-refused",
            Self::ReloadNeeded => "reload-needed",
            Self::DropInMissing => "drop-in-missing",
            Self::DropInChanged => "drop-in-changed",
            Self::SettingChanged => "setting-changed",
            Self::CommandChanged => "command-changed",
            Self::Unconfined => "unconfined",
            Self::ClosureChanged => "closure-changed",
            Self::MountAdded => "mount-added",
            Self::MountMissing => "mount-missing",
            Self::MountChanged => "mount-changed",
            Self::MountWritable => "mount-writable",
            Self::PathDeleted => "path-deleted",
            Self::ViewMissing => "view-missing",
            Self::ViewUnitMissing => "view-unit-missing",
            Self::ViewUnitChanged => "view-unit-changed",
            Self::ViewLeftOver => "view-left-over",
            Self::DropInLeftOver => "drop-in-left-over",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_json() -> anyhow::Result<()> {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind)?, kind.name());
        }
        Ok(())
    }
}
