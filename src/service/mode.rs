//! The modes of confinement, which determine the API file systems of a service.

use serde::{Deserialize, Serialize};

/// `confinement.mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
pub enum Mode {
    /// Private /dev, /proc, /sys, /tmp and users.
    FullApivfs,
    /// A root directory and nothing more.
    ChrootOnly,
}

impl Mode {
    /// Returns the name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::FullApivfs => "full-apivfs",
            Self::ChrootOnly => "chroot-only",
        }
    }
}

impl TryFrom<String> for Mode {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let known = [Self::FullApivfs, Self::ChrootOnly];
        let named = known.into_iter().find(|mode| mode.name() == text);
        named.ok_or_else(|| {
            format!("{text:?} is not a mode of confinement: expected full-apivfs or chroot-only")
        })
    }
}
