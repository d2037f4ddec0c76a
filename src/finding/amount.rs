//! Amounts in findings.

use std::fmt;

use crate::systemd::ExposureLevel;
use crate::text::bytes;

/// How much of something was found. Baselines and JSON contain the number; text for people adds the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// A count.
    Count(u64),
    /// A size in bytes.
    Bytes(u64),
    /// An exposure level.
    Exposure(ExposureLevel),
}

impl Amount {
    /// The number: things, bytes or tenths of a level.
    pub fn number(self) -> u64 {
        match self {
            Self::Count(number) | Self::Bytes(number) => number,
            Self::Exposure(level) => level.tenths(),
        }
    }

    /// Another number in the same unit.
    #[must_use]
    pub fn with_number(self, number: u64) -> Self {
        match self {
            Self::Count(_) => Self::Count(number),
            Self::Bytes(_) => Self::Bytes(number),
            Self::Exposure(_) => Self::Exposure(ExposureLevel::from_tenths(number)),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(number) => write!(f, "{number}"),
            Self::Bytes(number) => f.write_str(&bytes(*number)),
            Self::Exposure(level) => write!(f, "{level}"),
        }
    }
}
