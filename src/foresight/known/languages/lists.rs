//! Lists that a source keeps in variables: `CMD = ["ps", "-e"]; subprocess.run(CMD)`.

use std::collections::BTreeMap;

use super::calls::{Call, is_of};
use super::table::Spoken;
use crate::inspect::{Piece, Token};

/// Variables that are assigned once, each with the pieces of its list.
pub(super) struct Lists<'a>(BTreeMap<&'a str, Option<&'a [Piece]>>);

/// No list has more pieces.
const MOST: usize = 100;

impl<'a> Lists<'a> {
    pub fn of(pieces: &'a [Piece]) -> Self {
        let mut lists = BTreeMap::new();
        for (at, window) in pieces.windows(3).enumerate() {
            let [variable, equals, open] = window else {
                continue;
            };
            let Token::Name(name) = &variable.token else {
                continue;
            };
            if equals.token != Token::Mark('=') {
                continue;
            }
            let list = pieces[at + 2..].iter().take(MOST);
            let length = list
                .clone()
                .position(|piece| piece.token == Token::Mark(']'));
            let list = length.filter(|_| open.token == Token::Mark('['));
            let list = list.map(|length| &pieces[at + 2..][..=length]);
            // One that is assigned again may have another value.
            lists
                .entry(name.as_str())
                .and_modify(|list| *list = None)
                .or_insert(list);
        }
        Self(lists)
    }

    /// The same call, with the list that the variable has which is its first argument, if it starts a program.
    pub fn given<'c>(&self, spoken: &Spoken, call: &Call<'c>) -> Option<Call<'c>>
    where
        'a: 'c,
    {
        let [
            Piece {
                token: Token::Name(name),
                ..
            },
            rest @ ..,
        ] = call.arguments
        else {
            return None;
        };
        let is_alone = rest
            .first()
            .is_none_or(|next| next.token == Token::Mark(','));
        let list = self.0.get(name.as_str()).copied().flatten();
        let list = list.filter(|_| is_alone && is_of(spoken.starts, call.name));
        list.map(|arguments| Call { arguments, ..*call })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn a_program_may_be_started_by_a_list_in_a_variable() -> Result<(), String> {
        for (text, expected) in [
            (
                "cmd = ['ps', '-e']\nsubprocess.run(cmd, check=True)",
                "ps -e",
            ),
            ("cmd = ['ps']\ncmd = ['top']\nsubprocess.run(cmd)", ""),
            ("cmd = ['ps']\nsubprocess.run(cmd + rest)", ""),
            ("cmd = ['ps']\nprint(cmd)", ""),
        ] {
            assert_eq!(read("python3", text)?, expected, "{text}");
        }
        Ok(())
    }
}
