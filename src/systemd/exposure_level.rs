//! systemd's exposure levels.

use std::fmt;
use std::str::FromStr;

use anyhow::Result;

/// systemd's exposure level, from 0.0 (sandboxed) to 10.0, with one decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExposureLevel(u64);

impl ExposureLevel {
    /// The level of this many tenths.
    pub fn from_tenths(tenths: u64) -> Self {
        Self(tenths)
    }

    /// Its tenths.
    pub fn tenths(self) -> u64 {
        self.0
    }
}

impl FromStr for ExposureLevel {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            anyhow::anyhow!(
                "{text:?} is not an exposure level: write a number from 0.0 to 10.0, with one decimal at most"
            )
        };
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let decimals = decimals.trim_end_matches('0');
        if !is_number(whole) || !is_number(decimals) || whole.is_empty() || decimals.len() > 1 {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let tenth = decimals.bytes().next().map_or(0, |byte| byte - b'0');
        let tenths = whole.saturating_mul(10).saturating_add(tenth.into());
        if tenths > 100 {
            return Err(wrong());
        }
        Ok(Self(tenths))
    }
}

impl fmt::Display for ExposureLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_one_decimal() -> Result<()> {
        for (text, shown) in [
            ("0", "0.0"),
            ("5", "5.0"),
            ("9.2", "9.2"),
            ("10.0", "10.0"),
            ("4.50", "4.5"),
        ] {
            assert_eq!(text.parse::<ExposureLevel>()?.to_string(), shown);
        }
        for text in [
            "", ".", ".5", "-1", "+1", "10.1", "11", "5.25", "nan", "inf", "1e1", "5,0", " 5",
        ] {
            assert!(
                text.parse::<ExposureLevel>().is_err(),
                "{text:?} was accepted"
            );
        }
        Ok(())
    }
}
