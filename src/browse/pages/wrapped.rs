//! Lines that fit the screen.

use crate::browse::data::Answer;
use crate::browse::listing::Listing;
use crate::browse::place::width as width_of;
use crate::browse::row::Row;
use crate::text::{Terminal, Text};

/// Lines of text, each wrapped at spaces to a width. What follows in a line keeps its indentation. A word that is longer is broken.
pub fn wrapped(text: &str, width: usize) -> Vec<Text<Terminal>> {
    let lines = text
        .lines()
        .flat_map(|line| wrapped_line(line, width.max(1)));
    lines.map(|line| Text::lines(&line)).collect()
}

/// An answer, or lines that say why there is none.
pub fn known<'a, T>(answer: &'a Answer<T>, waiting: &str, width: usize) -> Result<&'a T, Listing> {
    let excuse = || answer.excuse(waiting).unwrap_or_default();
    answer.known().ok_or_else(|| {
        let lines = wrapped(&excuse(), width).into_iter();
        Listing::lines(lines.map(Row::line).collect())
    })
}

fn wrapped_line(line: &str, width: usize) -> Vec<String> {
    let text = line.trim_start_matches(' ');
    let indent = &line[..line.len() - text.len()];
    // Half of the screen is for the text.
    let indent = &indent[..indent.len().min(width / 2)];
    let mut lines = vec![indent.to_owned()];
    let mut is_first = true;
    for word in text.split(' ') {
        let mut word = word;
        let blank = usize::from(!is_first);
        let last = lines.last().map_or(0, |line| width_of(line));
        if !is_first && last + blank + width_of(word) > width {
            lines.push(indent.to_owned());
        } else if !is_first && let Some(last) = lines.last_mut() {
            last.push(' ');
        }
        is_first = false;
        while width_of(word) + lines.last().map_or(0, |line| width_of(line)) > width {
            let room = width - lines.last().map_or(0, |line| width_of(line));
            let end = end_of(word, room);
            if let Some(last) = lines.last_mut() {
                last.push_str(&word[..end]);
            }
            word = &word[end..];
            lines.push(indent.to_owned());
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(word);
        }
    }
    lines
}

/// Where the part of a word ends that fits so many columns; at least one character.
fn end_of(word: &str, room: usize) -> usize {
    let mut end = 0;
    for (at, c) in word.char_indices() {
        let next = at + c.len_utf8();
        if end > 0 && width_of(&word[..next]) > room {
            break;
        }
        end = next;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: usize) -> Vec<String> {
        let lines = wrapped(text, width);
        lines.iter().map(|line| line.as_str().to_owned()).collect()
    }

    #[test]
    fn lines_are_wrapped_at_spaces_and_keep_their_indentation() {
        assert_eq!(lines("a bc d\n\n  e f", 4), ["a bc", "d", "", "  e", "  f"]);
        assert_eq!(lines("abcdefg h", 3), ["abc", "def", "g h"]);
        assert_eq!(lines("日本語", 4), ["日本", "語"]);
        assert_eq!(lines("日本", 1), ["日", "本", ""].map(str::to_owned));
        assert_eq!(lines("\u{1b}[2J", 80), [r"\u{1b}[2J"]);
    }
}
