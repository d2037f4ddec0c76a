//! Lists that a source keeps in variables: `CMD = ["ps", "-e"]; subprocess.run(CMD)`.

use std::collections::BTreeMap;

use super::assignments::assignments;
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
        for assignment in assignments(pieces) {
            let behind = assignment.behind;
            let is_list = behind[0].token == Token::Mark('[') && !assignment.is_change;
            let mut list = behind.iter().take(MOST).filter(|_| is_list);
            let end = list.position(|piece| piece.token == Token::Mark(']'));
            let list = end.map(|end| &behind[..=end]);
            // One that is assigned again may have another value.
            lists
                .entry(assignment.variable)
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
