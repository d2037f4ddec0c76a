//! Redirections and the files that they open.

use brush_parser::ParserOptions;
use brush_parser::ast::{
    IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, SubshellCommand, Word,
};

use super::Opened;
use super::visit::Visit;
use crate::inspect::{OF_DATA, is_of_host};

impl Visit<'_> {
    pub(super) fn redirect(&mut self, redirect: &IoRedirect, is_decisive: bool) {
        match redirect {
            IoRedirect::File(_, _, IoFileRedirectTarget::ProcessSubstitution(_, shell)) => {
                self.process_substitution(shell, is_decisive);
            }
            IoRedirect::File(_, kind, IoFileRedirectTarget::Filename(word)) => {
                let is_made = !matches!(kind, IoFileRedirectKind::Read);
                self.open(word, is_made, is_decisive);
            }
            IoRedirect::OutputAndError(word, _) => self.open(word, true, is_decisive),
            IoRedirect::HereString(_, word) => {
                self.word(&word.value);
            }
            IoRedirect::HereDocument(_, document) if document.requires_expansion => {
                if let Ok(pieces) = brush_parser::word::parse_heredoc(
                    &document.doc.value,
                    &ParserOptions::default(),
                ) {
                    self.substitutions(&pieces);
                }
            }
            _ => {}
        }
    }

    /// bash passes `<(…)` as a file in /dev/fd.
    pub(super) fn process_substitution(&mut self, shell: &SubshellCommand, is_decisive: bool) {
        self.opened("/dev/fd/63".to_owned(), false, is_decisive);
        self.maybe(|visit| {
            visit.list(&shell.list, false);
        });
    }

    fn open(&mut self, word: &Word, is_made: bool, is_decisive: bool) {
        // bash handles these paths itself.
        let is_file =
            |path: &String| !path.starts_with("/dev/tcp/") && !path.starts_with("/dev/udp/");
        let Some(path) = self.word(&word.value) else {
            if let Some(dir) = self.begun() {
                let path = if is_made { format!("{dir}/…") } else { dir };
                self.opened(path, is_made, is_decisive);
            }
            return;
        };
        if let Some(address) = path.strip_prefix("/dev/tcp/") {
            let host = address.split('/').next().unwrap_or_default();
            self.script.hosts.insert((self.line, host.to_owned()));
        }
        let path = self.state.absolute(&path);
        if let Some(path) = path.filter(is_file) {
            self.opened(path, is_made, is_decisive);
        }
    }

    /// Whether a command of the current line opens a file that only the host may have.
    pub(super) fn opens_of_host(&self) -> bool {
        let mut opened = self.found.opened.iter();
        opened.any(|it| it.line == self.line && is_of_host(&it.path, &[&OF_DATA]))
    }

    pub(super) fn opened(&mut self, path: String, is_made: bool, is_certain: bool) {
        self.found.opened.insert(Opened {
            path,
            is_made,
            is_certain,
            line: self.line,
        });
    }
}
