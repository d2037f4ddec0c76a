//! Words that are known: the one that was meant by a typing error, and all of them in a sentence.

/// The known word that comes closest to this one; `None` if none is like it.
pub fn closest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, known)| known)
}

/// Words as a sentence has them: `a, b and c`.
pub fn enumerated(words: &[&str]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        words => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_understood() {
        let known = ["enable", "strategy"];
        assert_eq!(closest("enabel", known), Some("enable"));
        assert_eq!(closest("x", known), None);
        let sentences = [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]].map(enumerated);
        assert_eq!(sentences, ["", "a", "a and b", "a, b and c"]);
    }
}
