//! Reads the path lists of a unit: the inverse of [`super::path_word`].

use super::words::{InvalidWord, WHITE_SPACE};
use super::{Setting, simplified};
use crate::service::Settings;
use crate::store::{StoreDir, below};

/// An entry of `BindPaths=` or `BindReadOnlyPaths=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// The entry as it is in the unit.
    pub word: String,
    /// The source, on the host.
    pub source: String,
    /// The target, in the service's root.
    pub target: String,
}

impl Bind {
    /// Whether the service starts if the source does not exist.
    pub fn is_optional(&self) -> bool {
        self.word.trim_start_matches(['"', '\'']).starts_with('-')
    }

    /// Whether it shows the whole store at `dir`, or a directory above it.
    pub fn shows(&self, dir: &StoreDir) -> bool {
        below(dir.as_str(), &self.source).is_some()
    }
}

/// The entries of one value, with `%%` unescaped. Omits those that systemd skips with a warning.
pub fn binds(value: &str) -> Vec<Bind> {
    let is_path = |path: &str| path.starts_with('/') && !path.split('/').any(|part| part == "..");
    let entries = BindEntries::new(value, &is_path).filter_map(Result::ok);
    entries
        .filter_map(|entry| {
            let source = entry.source.strip_prefix('-').unwrap_or(&entry.source);
            let target = entry.target.as_deref().unwrap_or(source);
            let is_known = matches!(
                entry.options.as_deref(),
                None | Some("" | "rbind" | "norbind")
            );
            let is_fit = is_known && is_path(source) && is_path(target);
            is_fit.then(|| Bind {
                source: simplified(&source.replace("%%", "%")),
                target: simplified(&target.replace("%%", "%")),
                word: entry.word.to_owned(),
            })
        })
        .collect()
}

/// An entry, unquoted and unescaped, with its specifiers.
pub(super) struct BindEntry<'a> {
    /// The whole entry.
    pub word: &'a str,
    /// The source, with its `-`.
    pub source: String,
    /// The text after the first colon.
    pub target: Option<String>,
    /// The text after the second colon.
    pub options: Option<String>,
}

/// The characters that end a part.
const ENDS: [char; 5] = [':', ' ', '\t', '\n', '\r'];

/// The entries of a value as systemd up to 257 splits them (`config_parse_bind_paths`): each part ends at an unquoted colon or
/// white space. An invalid part ends the list. Text after an invalid path begins a new entry.
pub(super) struct BindEntries<'a> {
    rest: Option<&'a str>,
    is_path: &'a dyn Fn(&str) -> bool,
}

impl<'a> BindEntries<'a> {
    /// The entries of a value; `is_path` decides what systemd accepts as a path.
    pub(super) fn new(value: &'a str, is_path: &'a dyn Fn(&str) -> bool) -> Self {
        Self {
            rest: Some(value),
            is_path,
        }
    }

    /// The next part, and the character that ended it.
    fn part(&mut self, ends: &[char]) -> Result<Option<(String, Option<char>)>, InvalidWord> {
        let Some(rest) = self.rest.take() else {
            return Ok(None);
        };
        let mut part = String::new();
        let mut quote = None;
        let mut chars = rest.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => part.push(chars.next().ok_or(InvalidWord)?),
                c if quote == Some(c) => quote = None,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                c if quote.is_none() && ends.contains(&c) => {
                    self.rest = Some(chars.as_str());
                    return Ok(Some((part, Some(c))));
                }
                c => part.push(c),
            }
        }
        match quote {
            None => Ok(Some((part, None))),
            Some(_) => Err(InvalidWord),
        }
    }

    fn entry(&mut self) -> Result<Option<BindEntry<'a>>, InvalidWord> {
        let value = self.rest.unwrap_or_default();
        let Some((source, mut end)) = self.part(&ENDS)? else {
            return Ok(None);
        };
        let (mut target, mut options) = (None, None);
        let is_source = (self.is_path)(source.strip_prefix('-').unwrap_or(&source));
        if end == Some(':')
            && is_source
            && let Some((part, its_end)) = self.part(&ENDS)?
        {
            end = its_end.filter(|_| (self.is_path)(&part));
            target = Some(part);
            if end == Some(':') {
                // White space before it is skipped.
                self.rest = self.rest.map(|rest| rest.trim_start_matches(WHITE_SPACE));
                let part = self.part(&WHITE_SPACE)?;
                options = Some(part.map_or_else(String::new, |(part, _)| part));
            }
        }
        let length = value.len() - self.rest.unwrap_or_default().len();
        Ok(Some(BindEntry {
            word: value[..length].trim_matches(WHITE_SPACE),
            source,
            target,
            options,
        }))
    }
}

impl<'a> Iterator for BindEntries<'a> {
    type Item = Result<BindEntry<'a>, InvalidWord>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = self.entry().transpose()?;
            // Repeated white space separates nothing.
            if !matches!(&entry, Ok(entry) if entry.word.is_empty()) {
                return Some(entry);
            }
        }
    }
}

/// The binds of a unit in force, with the setting of each. An empty assignment to either setting resets both, but the order of
/// the two is not known here, so each setting is read separately.
pub fn all_binds(settings: &Settings) -> impl Iterator<Item = (Setting, Bind)> {
    [Setting::BindPaths, Setting::BindReadOnlyPaths]
        .into_iter()
        .flat_map(|setting| {
            let values = settings.list(&setting).iter();
            values.flat_map(move |value| binds(value).into_iter().map(move |bind| (setting, bind)))
        })
}

/// The binds of a unit that show its service the whole store at `dir`, at any path, with the setting of each.
pub fn store_binds(settings: &Settings, dir: &StoreDir) -> Vec<(Setting, Bind)> {
    all_binds(settings)
        .filter(|(_, bind)| bind.shows(dir))
        .collect()
}

/// The words of a list as they are in the unit, to repeat them: separated by unquoted white space, with quotes and backslashes
/// kept. [`super::unquoted`] and [`super::Words`] give their meaning.
pub fn raw_words(value: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match quote {
            _ if c == '\\' => {
                word.push(c);
                word.extend(chars.next());
            }
            Some(open) => {
                word.push(c);
                if c == open {
                    quote = None;
                }
            }
            None if c.is_ascii_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            None => {
                if matches!(c, '"' | '\'') {
                    quote = Some(c);
                }
                word.push(c);
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::systemd::path_word;

    #[test]
    fn binds_of_the_store_and_of_what_is_above_it_show_the_store() -> anyhow::Result<()> {
        let dir = StoreDir::parse("/nix/store")?;
        let shows = |value: &str| {
            let settings = Settings::from_iter([("BindReadOnlyPaths", value)]);
            !store_binds(&settings, &dir).is_empty()
        };
        for value in ["/srv -/nix/store", "\"/nix//\":/mnt:norbind", "/"] {
            assert!(shows(value), "{value}");
        }
        for value in ["/nix/var /nixos /nix/store/x", "/srv:/nix/store"] {
            assert!(!shows(value), "{value}");
        }
        Ok(())
    }

    #[test]
    fn entries_are_read_as_systemd_reads_them() {
        let read = |value: &str| -> Vec<(String, String)> {
            binds(value)
                .into_iter()
                .map(|bind| (bind.source, bind.target))
                .collect()
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            read(r#"/a -/b:/c:norbind "/d e":/f /g\:h /i//./ "#),
            [
                pair("/a", "/a"),
                pair("/b", "/c"),
                pair("/d e", "/f"),
                pair("/g:h", "/g:h"),
                pair("/i", "/i"),
            ]
        );
        assert_eq!(read("relative /a:b"), []);
        assert_eq!(read("/"), [pair("/", "/")]);
        assert_eq!(read(""), []);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(path in "/[ -~é]{1,40}") {
            // systemd ignores an entry whose path contains `..`.
            prop_assume!(path.split('/').all(|part| part != ".."));
            let word = path_word(&path).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let read = binds(&format!("/x {word}:{word} /y"));
            prop_assert_eq!(read.len(), 3);
            prop_assert_eq!(&read[1].source, &simplified(&path));
            prop_assert_eq!(&read[1].target, &simplified(&path));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,40}") {
            let _ = binds(&text);
        }
    }

    #[test]
    fn a_word_keeps_its_quotes() {
        assert_eq!(raw_words(r#"a "b c" d\ e"#), ["a", r#""b c""#, r"d\ e"]);
    }
}
