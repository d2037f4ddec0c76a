//! Finds the known word closest to a typo, and joins words for a sentence.

/// Returns the known word closest to this one; `None` if none is similar.
pub fn closest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Of a short word, one letter too many, too few or in the wrong place makes a great difference.
    let likeness = |known| match strsim::damerau_levenshtein(word, known) {
        0 | 1 if word.len() > 2 => 1.0,
        _ => strsim::jaro_winkler(word, known),
    };
    known
        .into_iter()
        .map(|known| (likeness(known), known))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, known)| known)
}

/// Joins words for a sentence: `a, b and c`.
pub fn enumerated(words: &[&str]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        words => words.concat(),
    }
}

/// The number of words in a list for people who mistyped one.
const MAX_LISTED: usize = 10;

/// Lists the first words for a sentence, and how many more there are: `a, b and 5 more`.
pub fn listed(words: &[&str]) -> String {
    match words.len().saturating_sub(MAX_LISTED) {
        0 => words.join(", "),
        more => format!("{} and {more} more", words[..MAX_LISTED].join(", ")),
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
        assert_eq!(closest("wbe", ["api", "web"]), Some("web"));
        assert_eq!(closest("db", ["d", "dba", "web"]), Some("dba"));
        let sentences = [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]].map(enumerated);
        assert_eq!(sentences, ["", "a", "a and b", "a, b and c"]);
        assert_eq!(listed(&["a", "b"]), "a, b");
        assert_eq!(
            listed(&["a"; 12]),
            "a, a, a, a, a, a, a, a, a, a and 2 more"
        );
    }
}
