//! sqlite3, whose statements and commands name files.

use super::{Effect, Invocation, Knower, Use};

pub(super) struct Sqlite;

/// Words before the name of a file, and what is done to it.
const BEFORE: [(&str, Use); 10] = [
    (".import", Use::Reads),
    (".once", Use::Makes),
    (".open", Use::Makes),
    (".output", Use::Makes),
    (".read", Use::Reads),
    (".restore", Use::Reads),
    (".save", Use::Makes),
    ("attach", Use::Makes),
    ("backup", Use::Makes),
    ("into", Use::Makes),
];

impl Knower for Sqlite {
    fn knows(&self, name: &str) -> bool {
        name == "sqlite3"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let texts = invocation.arguments.iter().flatten();
        let texts = texts.filter(|text| text.contains(char::is_whitespace));
        texts.flat_map(|text| named(text)).collect()
    }
}

/// The files that a text names.
fn named(text: &str) -> Vec<Effect> {
    let mut how = None;
    let mut all = Vec::new();
    for word in text.split_whitespace() {
        let word = word.trim_end_matches(';').trim_matches(['\'', '"']);
        let key = word.to_ascii_lowercase();
        if let Some((_, found)) = BEFORE
            .iter()
            .find(|(name, _)| *name == key || key.strip_prefix('.') == Some(*name))
        {
            how = Some(*found);
        } else if word.starts_with('/') {
            all.extend(
                how.take()
                    .map(|how| Effect::file(word.to_owned(), how).perhaps()),
            );
        } else if !matches!(key.as_str(), "database" | "main" | "temp") {
            how = None;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn statements_name_files() {
        for (text, expected) in [
            (
                "attach database '/srv/a.db' as a; select 1;",
                Some(("/srv/a.db", Use::Makes)),
            ),
            (".backup main /srv/b.db", Some(("/srv/b.db", Use::Makes))),
            (".read '/etc/a.sql'", Some(("/etc/a.sql", Use::Reads))),
            (
                "VACUUM INTO \"/srv/b.db\";",
                Some(("/srv/b.db", Use::Makes)),
            ),
            ("insert into t values ('/srv')", None),
            ("select '/srv/a'", None),
        ] {
            let expected = expected.map(|(path, how)| file(path, how).perhaps());
            assert_eq!(named(text), Vec::from_iter(expected), "{text}");
        }
    }
}
