//! Nix's log in JSON as the text that nix prints otherwise.

use std::io::{BufRead, BufReader, Read, Result};
use std::time::Instant;

use super::activities::{Activities, PREFIX};
use crate::progress::Line;

/// The most of a line that is read at once, in bytes. The rest of a longer one counts as text.
const MAX_LINE: u64 = 1 << 20;

/// Reads nix's log in JSON, shows what nix does, and passes on what it would print in its usual format.
pub struct PlainLog<R> {
    log: BufReader<R>,
    line: Line,
    /// What the line showed before, and shows again when nix does nothing that can be named.
    before: String,
    /// Whether the line names what nix does.
    is_named: bool,
    start: Instant,
    activities: Activities,
    /// Text that is not passed on yet.
    text: Vec<u8>,
    /// How much of it is.
    passed: usize,
}

impl<R: Read> PlainLog<R> {
    /// Reads this log, and shows what nix does in this line.
    pub fn new(log: R, line: Line) -> Self {
        Self {
            log: BufReader::new(log),
            before: line.shown(),
            is_named: false,
            line,
            start: Instant::now(),
            activities: Activities::default(),
            text: Vec::new(),
            passed: 0,
        }
    }

    /// Reads a line. Returns whether there was one.
    fn advance(&mut self) -> Result<bool> {
        self.text.clear();
        self.passed = 0;
        let mut line = Vec::new();
        self.log
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(false);
        }
        let text = String::from_utf8_lossy(&line);
        let elapsed = self.start.elapsed();
        match text.strip_prefix(PREFIX) {
            Some(json) => {
                if let Some(said) = self.activities.read(json, elapsed) {
                    self.text = said.into_bytes();
                    self.text.push(b'\n');
                }
                let sentence = self.activities.sentence(elapsed);
                if let Some(sentence) = &sentence {
                    self.line.show(sentence);
                } else if self.is_named {
                    self.line.show(&self.before);
                }
                self.is_named = sentence.is_some();
            }
            None => self.text = line,
        }
        Ok(true)
    }
}

impl<R: Read> Read for PlainLog<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.passed == self.text.len() {
            if !self.advance()? {
                return Ok(0);
            }
        }
        let read = (&self.text[self.passed..]).read(buffer)?;
        self.passed += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(log: &[u8]) -> String {
        let mut bytes = Vec::new();
        let mut log = PlainLog::new(log, Line::hidden());
        assert!(log.read_to_end(&mut bytes).is_ok());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn what_nix_says_comes_out_and_the_rest_is_shown() {
        let log = "warning: a\n@nix {\"action\":\"msg\",\"msg\":\"error: b\\n  c\"}\n\
                   @nix {\"action\":\"start\",\"id\":1,\"type\":105,\"fields\":[\"x\"]}\n@nix nonsense\nerror: d";
        assert_eq!(plain(log.as_bytes()), "warning: a\nerror: b\n  c\nerror: d");
    }

    #[test]
    fn the_line_shows_again_what_it_did_when_nothing_is_named() {
        let line = Line::hidden();
        line.show("evaluating a.nix");
        let start = "@nix {\"action\":\"start\",\"id\":1,\"type\":105,\"fields\":[\"x\"]}\n";
        let stop = "@nix {\"action\":\"stop\",\"id\":1}\n";
        for (log, shown) in [
            ("@nix {}\n".to_owned(), "evaluating a.nix"),
            (start.to_owned(), "building x"),
            (format!("{start}{stop}"), "evaluating a.nix"),
        ] {
            line.show("evaluating a.nix");
            let mut read = PlainLog::new(log.as_bytes(), line.clone());
            assert!(read.read_to_end(&mut Vec::new()).is_ok());
            assert_eq!(line.shown(), shown, "{log}");
        }
    }

    #[test]
    fn a_line_without_end_is_read_in_parts() {
        let log = format!("@nix {}", "x".repeat(3 << 20));
        assert_eq!(plain(log.as_bytes()).len(), 2 * (1 << 20) + 5);
    }

    proptest! {
        #[test]
        fn any_log_is_read_to_its_end(lines in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..80),
                r#"@nix \{"action":"(start|stop|result|msg)","id":[0-9]{1,20},"type":10[0-9],"fields":\[("[^"\\\\]*",?|[0-9]{1,20},?){0,3}\]\}"#
                    .prop_map(String::into_bytes),
            ],
            0..20,
        )) {
            plain(&lines.join(&b'\n'));
        }
    }
}
