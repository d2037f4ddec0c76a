//! Calendar dates.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Error, Result, bail};
use serde::{Deserialize, Serialize};

/// A date of the Gregorian calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Parses a date such as `2026-12-31`.
    pub fn parse(text: &str) -> Result<Self> {
        let number = |range: std::ops::Range<usize>| {
            text.get(range)
                .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|part| part.parse::<u16>().ok())
        };
        let is_date =
            text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        let (true, Some(year), Some(month), Some(day)) =
            (is_date, number(0..4), number(5..7), number(8..10))
        else {
            bail!("{text:?} is not a date: write it as 2026-12-31");
        };
        match Self::new(year, month, day) {
            Some(date) => Ok(date),
            None => bail!("{text:?} is not a date: the calendar has no such day"),
        }
    }

    /// Returns this day of this month (from 1) of this year; `None` if it does not exist.
    pub fn new(year: u16, month: u16, day: u16) -> Option<Self> {
        let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self {
            year,
            month: u8::try_from(month).ok()?,
            day: u8::try_from(day).ok()?,
        })
    }

    /// Returns the date of the system's clock.
    pub fn today() -> Result<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Self::of_day(i64::try_from(since.as_secs() / 86_400)?)
    }

    /// Returns the date `day` days after 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
    fn of_day(day: i64) -> Result<Self> {
        let shifted = day + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = (shifted_month + 2) % 12 + 1;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Ok(Self {
            year: u16::try_from(year)?,
            month: u8::try_from(month)?,
            day: u8::try_from(day)?,
        })
    }

    /// Returns the number of days since 1970-01-01 (`days_from_civil`).
    fn day_number(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let of_year = (153 * ((i64::from(self.month) + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
    }

    /// Returns the number of days since `earlier`.
    pub fn days_after(self, earlier: Self) -> i64 {
        self.day_number() - earlier.day_number()
    }
}

impl TryFrom<String> for Date {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_days_of_the_calendar() {
        for text in ["2026-01-31", "2024-02-29", "2000-02-29"] {
            assert!(Date::parse(text).is_ok_and(|date| date.to_string() == text));
        }
        for text in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "26-01-01",
            "2026-1-1",
            "2026-01-01T00:00",
            "2026/01/01",
            "tomorrow",
            "+026-01-01",
            "",
        ] {
            assert!(Date::parse(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn days_are_counted() -> Result<()> {
        assert_eq!(Date::of_day(0)?.to_string(), "1970-01-01");
        assert_eq!(Date::of_day(20_454)?.to_string(), "2026-01-01");
        let date = Date::parse;
        assert_eq!(date("2024-03-01")?.days_after(date("2024-02-28")?), 2);
        Ok(())
    }

    proptest! {
        #[test]
        fn a_day_and_its_number_belong_together(day in 0i64..1_000_000) {
            let date = Date::of_day(day).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(date.day_number(), day);
        }
    }
}
