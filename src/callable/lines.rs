//! Which lines of a text are comments.

/// A line, as far as it has been read.
pub(super) struct Line {
    /// Whether only spaces have come since its beginning.
    is_empty: bool,
    is_comment: bool,
    /// Whether the last word was in a comment.
    pub was_comment: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            is_empty: true,
            is_comment: false,
            was_comment: false,
        }
    }
}

impl Line {
    /// Goes on past a word, if there is one, and the byte behind it.
    pub fn pass(&mut self, has_word: bool, after: u8) {
        self.is_empty &= !has_word;
        self.was_comment = self.is_comment;
        match after {
            b'\n' => (self.is_empty, self.is_comment) = (true, false),
            b' ' | b'\t' => {}
            _ => {
                self.is_comment |= self.is_empty && after == b'#';
                self.is_empty = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_goes_to_the_end_of_its_line() {
        let mut line = Line::default();
        let passed = [
            (false, b'#'),
            (true, b' '),
            (true, b'\n'),
            (true, b'#'),
            (true, b'\n'),
        ];
        let told = passed.map(|(has_word, after)| {
            line.pass(has_word, after);
            line.was_comment
        });
        assert_eq!(told, [false, true, true, false, false]);
    }
}
