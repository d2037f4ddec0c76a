//! The time at which a bill of materials was made, if it is recorded.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, Result, bail};

use crate::date::Date;

/// A time in UTC, in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created(String);

impl FromStr for Created {
    type Err = Error;

    /// Parses a time such as `2026-12-31T23:59:59Z`.
    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.strip_suffix('Z').unwrap_or_default().split('T');
        let (Some(date), Some(time), None) = (parts.next(), parts.next(), parts.next()) else {
            bail!("{text:?} is not a time in UTC: write it as 2026-12-31T23:59:59Z");
        };
        Date::parse(date)?;
        let numbers: Vec<_> = time.split(':').collect();
        let is_number = |part: &&str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        let is_within = |(part, most): (&&str, u8)| {
            is_number(part) && part.parse::<u8>().is_ok_and(|number| number <= most)
        };
        if numbers.len() != 3 || !numbers.iter().zip([23, 59, 59]).all(is_within) {
            bail!("{text:?} is not a time in UTC: write it as 2026-12-31T23:59:59Z");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_are_times() {
        assert!("2026-12-31T23:59:59Z".parse::<Created>().is_ok());
        for text in [
            "2026-12-31",
            "2026-12-31T24:00:00Z",
            "2026-12-31T23:59Z",
            "2026-12-31T23:59:59+01:00",
            "2026-02-30T00:00:00Z",
            "2026-12-31T+1:00:00Z",
            "2026-12-31T00:00:00TZ",
            "",
        ] {
            assert!(text.parse::<Created>().is_err(), "{text}");
        }
    }
}
