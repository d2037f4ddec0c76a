//! Times for people.

/// Days from 1970-01-01 to the first day of the proleptic Gregorian year 0, counted from March.
const DAYS_BEFORE_1970: u64 = 719_468;
/// Days in 400 years.
const ERA: u64 = 146_097;

/// A time in seconds since 1970, as `2026-11-27 01:02:03 UTC`.
pub fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86400 + DAYS_BEFORE_1970, seconds % 86400);
    // Years begin in March, so that the leap day is the last of a year.
    let (era, day) = (days / ERA, days % ERA);
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{date:02} {:02}:{:02}:{:02} UTC",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_date() {
        // `date -u -d @NUMBER`
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_799, "2000-02-29 23:59:59 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_795_739_607, "2026-11-27 00:33:27 UTC"),
            (4_107_542_399, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(utc(seconds), text);
        }
    }
}
