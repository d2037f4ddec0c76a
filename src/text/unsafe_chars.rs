//! Characters that no output may contain literally.

/// Returns whether a character can change the look or the effect of the text around it: controls (C0, DEL, C1), line and paragraph
/// separators, direction marks, and zero-width characters (<https://www.unicode.org/reports/tr36/>, <https://trojansource.codes>).
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::is_unsafe;

    #[test]
    fn ordinary_text_of_any_language_is_safe() {
        let text = "aZ0 ~äéßñ Ω Ж 日本語 한국어 עברית العربية 🙂 ½ → “x” e\u{301}\u{fffd}";
        assert!(!text.chars().any(is_unsafe));
        for c in [
            '\0',
            '\n',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{200d}',
            '\u{2028}',
            '\u{202e}',
            '\u{2066}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert!(is_unsafe(c), "{c:?}");
        }
    }
}
