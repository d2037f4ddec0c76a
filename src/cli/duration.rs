//! Lengths of time on the command line.

use std::time::Duration;

use anyhow::{Context, Result};

use super::Usage;

/// Reads a length of time: seconds, with an optional `s`, minutes with an `m`, or hours with an `h`.
pub fn duration(text: &str) -> Result<Duration> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) if text.ends_with('m') => (number, 60),
        Some(number) if text.ends_with('h') => (number, 3600),
        Some(number) => (number, 1),
        None => (text, 1),
    };
    let number = number.parse::<u64>().ok();
    let seconds = number.and_then(|number| number.checked_mul(unit));
    seconds.map(Duration::from_secs).with_context(|| {
        Usage(format!(
            "{text:?} is not a length of time: write seconds (10s), minutes (2m) or hours (1h)"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() -> Result<()> {
        for (text, seconds) in [
            ("10", 10),
            ("10s", 10),
            ("2m", 120),
            ("1h", 3600),
            ("0s", 0),
        ] {
            assert_eq!(duration(text)?, Duration::from_secs(seconds), "{text}");
        }
        for text in ["", "s", "1d", "-1s", "1.5h", "18446744073709551615h", "1hm"] {
            assert!(duration(text).is_err(), "{text}");
        }
        Ok(())
    }
}
