//! The words and the store paths in the bytes of a file.
//!
//! A name counts where a text has it as a whole word, as the last part of a path, or where a word is put together at run time: `git-%s`,
//! `"$prefix"-helper`. In an ELF file it also counts at the end of a string: linkers store `sort` as the end of `qsort`. Some compilers
//! put strings next to each other without an end; in their programs, a name counts anywhere.

use std::collections::BTreeSet;

use super::code::is_text_option;
use super::lines::Line;
use super::mentions::{Mention, mentions};
use super::names::{NameId, Names};
use super::search::SHELL;

/// The longest run of words and slashes that is looked at as one, in bytes (`PATH_MAX`).
const LONGEST: usize = 4096;

/// The longest name of a file, in bytes (`NAME_MAX`).
const LONGEST_NAME: usize = 255;

/// The shortest text that begins or ends a name that is put together.
const SHORTEST_START: usize = 2;
const SHORTEST_END: usize = 3;

/// Names of programs that are also words of another meaning, mostly of options: as a string of its own, such a word means none.
const ORDINARY: [&[u8]; 4] = [b"at", b"expect", b"login", b"screen"];

/// Where the standard library of Rust has been compiled.
const OF_RUST: &[u8] = b"/rustc/";

/// What a file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The names of executables.
    pub names: BTreeSet<NameId>,
    /// Those where a string or a command begins or ends: what a program without a shell can pass on.
    pub passed: BTreeSet<NameId>,
    /// Those that are a whole string somewhere, or a whole path, and not in a comment.
    pub exact: BTreeSet<NameId>,
    /// Store paths.
    pub paths: BTreeSet<Mention>,
    /// Whether one of the strings of a program is /bin/sh.
    pub bin_sh: bool,
}

/// How the strings of a file are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strings {
    /// As text.
    Text,
    /// With a zero byte at the end of each.
    Ended,
    /// Next to each other.
    Joined,
}

/// Whether a byte is part of a word.
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'@')
}

/// Finds what bytes name that arrive in pieces.
pub(super) struct Finder<'a> {
    names: &'a Names,
    strings: Strings,
    run: Vec<u8>,
    before: u8,
    /// The byte before the run that is not a space.
    solid: u8,
    line: Line,
    /// The last bytes, in which a name may begin.
    tail: Vec<u8>,
    /// Whether there is a path of a source file that the compiler of Rust leaves in programs.
    is_of_rust: bool,
    /// The shell, if only the end of a longer word is its name, and whether there is an option with which it runs a text.
    as_end: Option<NameId>,
    has_text_option: bool,
    said: Said,
}

impl<'a> Finder<'a> {
    pub fn new(names: &'a Names, strings: Strings) -> Self {
        Self {
            names,
            strings,
            run: Vec::new(),
            before: 0,
            solid: 0,
            line: Line::default(),
            tail: Vec::new(),
            is_of_rust: false,
            as_end: None,
            has_text_option: false,
            said: Said::default(),
        }
    }

    /// Adds the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        let is_joined = self.strings == Strings::Joined;
        if is_joined || self.names.has_odd() {
            self.tail.extend_from_slice(bytes);
            if is_joined {
                let mut found = BTreeSet::new();
                self.names.anywhere(&self.tail, &mut found);
                self.said.passed.extend(&found);
                self.said.names.extend(found);
            } else {
                self.names.odd(&self.tail, &mut self.said.names);
            }
            let done = self.tail.len().saturating_sub(LONGEST_NAME);
            self.tail.drain(..done);
        }
        for byte in bytes {
            if is_word_byte(*byte) || *byte == b'/' {
                if self.run.len() == LONGEST {
                    self.end(*byte);
                }
                self.run.push(*byte);
            } else {
                self.end(*byte);
            }
        }
    }

    /// What all the bytes name, and whether they are of a program in Rust.
    pub fn finish(mut self) -> (Said, bool) {
        self.end(0);
        if self.has_text_option {
            self.said.names.extend(self.as_end);
            self.said.passed.extend(self.as_end);
        }
        (self.said, self.is_of_rust)
    }

    /// Ends a run of words and slashes before this byte.
    fn end(&mut self, after: u8) {
        self.line.pass(!self.run.is_empty(), after);
        if !self.run.is_empty() {
            let run = std::mem::take(&mut self.run);
            self.said.paths.extend(mentions(&run, self.names));
            let is_string = self.strings == Strings::Ended && (self.before, after) == (0, 0);
            self.said.bin_sh |= is_string && run == b"/bin/sh";
            self.is_of_rust |= run.windows(OF_RUST.len()).any(|part| part == OF_RUST);
            let start = run.iter().rposition(|byte| *byte == b'/');
            let before = start.map_or(self.before, |_| b'/');
            self.word(&run[start.map_or(0, |at| at + 1)..], before, after);
            self.solid = run.last().copied().unwrap_or_default();
            self.run = run;
            self.run.clear();
        }
        self.before = after;
        self.solid = if after == b' ' { self.solid } else { after };
    }

    /// The names that a word between these bytes may stand for.
    fn word(&mut self, word: &[u8], before: u8, after: u8) {
        let names = self.names;
        let mut found = BTreeSet::new();
        let bare = trimmed(word);
        found.extend(names.find(bare));
        if let Some(whole) = names.find(word) {
            found.insert(whole);
            let is_exact = match self.strings {
                Strings::Text => {
                    !self.line.was_comment && is_quote(before) && (is_quote(after) || after == b' ')
                }
                Strings::Ended if before == 0 => after == 0 && !ORDINARY.contains(&word),
                Strings::Ended => before == b'/' && after == 0,
                Strings::Joined => false,
            };
            if is_exact {
                self.said.exact.insert(whole);
            }
        }
        if before == b'\\' {
            // `\nsort` in the source of a program.
            found.extend(word.get(1..).and_then(|word| names.find(trimmed(word))));
        }
        if after == 0 && self.strings != Strings::Text {
            let (shell, longer): (Vec<_>, Vec<_>) = (1..word.len())
                .map(|from| &word[from..])
                .partition(|end| *end == SHELL.as_bytes());
            found.extend(longer.into_iter().filter_map(|end| names.find(end)));
            // Many words end so (`flush`).
            let shell = shell.into_iter().find_map(|end| names.find(end));
            self.as_end = self.as_end.or(shell);
            self.has_text_option |= before == 0 && is_text_option(word);
        }
        let is_open = matches!(after, b'$' | b'%' | b'{' | b'`') && word.len() >= SHORTEST_START;
        let is_start = word.last().is_some_and(|last| b"-_.".contains(last));
        if (is_open || is_start && word.len() > SHORTEST_START)
            && let Ok(start) = str::from_utf8(word)
        {
            found.extend(names.beginning(start));
        }
        let end = match before {
            // A conversion of printf(3).
            b'%' => behind(word, |byte| !byte.is_ascii_alphabetic(), 1),
            // The name of a variable.
            b'$' => behind(word, |byte| byte.is_ascii_alphanumeric() || byte == b'_', 0),
            b'}' | b')' | b'`' => word,
            _ if matches!(word, [b'-' | b'_' | b'.', second, ..] if *second != b'-') => word,
            _ => &[],
        };
        if end.len() >= SHORTEST_END {
            found.extend(names.ending(end));
        }
        let is_first = match before {
            b' ' => begins_command(self.solid),
            b'/' | b'=' | b':' | b',' | b'"' | b'\'' | b'!' | b'%' | b'$' => true,
            before => begins_command(before),
        };
        if after == 0 || is_open || is_start || is_first {
            self.said.passed.extend(&found);
        }
        self.said.names.extend(found);
    }
}

/// Whether a command begins after this byte.
fn begins_command(byte: u8) -> bool {
    matches!(
        byte,
        0 | b'\n' | b'\t' | b';' | b'|' | b'&' | b'(' | b'{' | b'`'
    )
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'/' | 0)
}

/// A word without the full stop of a sentence, and without the dashes of an option.
fn trimmed(word: &[u8]) -> &[u8] {
    let end = word.iter().rposition(|byte| *byte != b'.');
    let word = &word[..end.map_or(0, |end| end + 1)];
    let start = word.iter().position(|byte| *byte != b'-');
    &word[start.unwrap_or(word.len())..]
}

/// What is behind the first bytes of this kind, and `more`.
fn behind(word: &[u8], is_of: impl Fn(u8) -> bool, more: usize) -> &[u8] {
    let at = word.iter().position(|byte| !is_of(*byte));
    word.get(at.unwrap_or(word.len()) + more..).unwrap_or(&[])
}

/// What a text names.
pub(super) fn of_text(text: &[u8], names: &Names) -> Said {
    let mut finder = Finder::new(names, Strings::Text);
    finder.add(text);
    finder.finish().0
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    fn found(bytes: &[u8], strings: Strings) -> Result<Vec<String>> {
        let names = ["git", "git-add", "id", "mkfs.ext4", "sort", "x-helper"];
        let names = Names::new(names.map(str::to_owned).into(), [])?;
        let mut finder = Finder::new(&names, strings);
        for piece in bytes.chunks(3) {
            finder.add(piece);
        }
        let (said, _) = finder.finish();
        Ok(said
            .names
            .iter()
            .map(|id| names.name(*id).to_owned())
            .collect())
    }

    #[test]
    fn a_name_counts_as_a_word_or_the_end_of_a_path() -> Result<()> {
        for (text, expected) in [
            ("a | sort -u", &["sort"][..]),
            ("then sort.", &["sort"]),
            ("/bin/sort", &["sort"]),
            ("\"\\nsort\"", &["sort"]),
            ("qsort sorted sort/x", &[]),
            ("exec git-$1", &["git-add"]),
            ("\"git-\" + name", &["git-add"]),
            ("mkfs.%s", &["mkfs.ext4"]),
            ("$prefix-helper ${x}-helper %s-helper", &["x-helper"]),
        ] {
            assert_eq!(found(text.as_bytes(), Strings::Text)?, expected, "{text}");
        }
        Ok(())
    }

    #[test]
    fn strings_of_programs_share_their_ends_or_have_none() -> Result<()> {
        assert_eq!(found(b"qsort\0x", Strings::Ended)?, ["sort"]);
        assert_eq!(found(b"qsort x\0", Strings::Ended)?, [""; 0]);
        assert_eq!(found(b"sort\0", Strings::Joined)?, ["sort"]);
        Ok(())
    }
}
