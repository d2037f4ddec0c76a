//! Sizes and numbers as people read and write them.

use anyhow::{Context, Result, bail};

/// A number with its noun.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Reads a number of bytes: `1500`, `500 MiB`, `1.5GiB`, `2 GB`.
pub fn parse_bytes(text: &str) -> Result<u64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim());
    let factor: u64 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => bail!(
            "{text:?} is not a size: {unit:?} is not a unit (expected B, KiB, MiB, GiB, TiB, kB, MB, GB, TB)"
        ),
    };
    let wrong = || format!("{text:?} is not a size: write it as \"500 MiB\"");
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok().with_context(wrong)?;
    let digits = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    let part = match fraction {
        "" => 0,
        fraction => {
            let scale = 10u64.checked_pow(digits).with_context(wrong)?;
            let value: u64 = fraction.parse().ok().with_context(wrong)?;
            u64::try_from(u128::from(value) * u128::from(factor) / u128::from(scale))?
        }
    };
    whole
        .checked_mul(factor)
        .and_then(|size| size.checked_add(part))
        .with_context(wrong)
}

/// Formats a size with the unit that keeps it below 1,024.
#[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if size < 1024 {
        return format!("{size} B");
    }
    let mut value = size as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, size) in [
            ("0", 0),
            ("1500", 1500),
            ("500 MiB", 500 << 20),
            ("1.5GiB", 3 << 29),
            ("2 GB", 2_000_000_000),
            (" 0.5 KiB ", 512),
        ] {
            assert_eq!(parse_bytes(text).ok(), Some(size), "{text}");
        }
        for text in [
            "",
            "MiB",
            "1 XB",
            "1..5",
            "-1",
            "1e3",
            "99999999999 TiB",
            "1.5.5 KiB",
            "1.99999999999999999999999 KiB",
        ] {
            assert!(parse_bytes(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        for (size, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_048_575, "1.0 MiB"),
            (5 << 30, "5.0 GiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }
}
