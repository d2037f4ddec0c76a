//! Texts that are too long for people.

/// Returns the beginning of a text, of at most so many characters, and the number of those that are left out.
pub fn shortened(text: &str, most: usize) -> (&str, usize) {
    let end = (text.len() > most).then(|| text.char_indices().nth(most));
    match end.flatten() {
        Some((end, _)) => (&text[..end], text[end..].chars().count()),
        None => (text, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(shortened("äöü", 3), ("äöü", 0));
        assert_eq!(shortened("äöü", 2), ("äö", 1));
        assert_eq!(shortened("", 0), ("", 0));
    }
}
