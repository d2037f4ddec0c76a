//! Words of which only the beginning is known: `/var/backups/web-$(date).gz`. The directory that they are in is needed all the same.

use brush_parser::word::{Parameter, ParameterExpr, WordPieceWithSource};

use super::state::{Failure, Words};
use super::visit::Visit;
use crate::inspect::{OF_DATA, is_of_host};

/// What is kept of the words that have been expanded.
#[derive(Default)]
pub(super) struct Expanded {
    /// How many bytes they have.
    pub bytes: usize,
    /// Whether a word of the command begins with `$HOME`, of which the value is not known.
    pub is_of_home: bool,
    /// Where the known beginning of the word ends that is expanded, if not all of it is known.
    pub end: Option<usize>,
    /// The known beginning of the last word, if not all of it is known.
    pub beginning: Option<String>,
    /// The directories in which arguments of the current command name something.
    pub directories: Vec<String>,
}

/// Programs whose arguments are often no files, or that do without them.
const CARELESS: [&str; 18] = [
    "awk", "basename", "curl", "dirname", "echo", "egrep", "expr", "gawk", "grep", "logger",
    "printf", "readlink", "realpath", "rm", "rmdir", "sed", "test", "wget",
];

/// Where services of the host have what they read; elsewhere they write.
const READ: [&str; 2] = ["/etc/", "/usr/"];

impl Visit<'_> {
    /// The text of the pieces, and whether all of it is known.
    pub(super) fn flattened(&mut self, pieces: &[WordPieceWithSource]) -> (String, bool) {
        let mut text = String::new();
        self.expanded.end = None;
        let is_known = self.flat(pieces, &mut text);
        self.expanded.bytes += text.len();
        let end = self.expanded.end.filter(|_| !is_known);
        let beginning = end.and_then(|end| text.get(..end));
        self.expanded.beginning = beginning.map(str::to_owned);
        (text, is_known)
    }

    /// The known beginning of what a variable expands to.
    pub(super) fn beginning_of(&self, expression: &ParameterExpr) -> &str {
        match expression {
            ParameterExpr::Parameter {
                parameter: Parameter::Named(name),
                indirect: false,
            } => self.state.beginning(name),
            _ => "",
        }
    }

    /// The words that the shell makes of an argument.
    pub(super) fn argument(&mut self, value: &str) -> Words {
        self.expanded.beginning = None;
        let words = self.words(value);
        if words.as_slice() == [None] {
            let dir = self.begun();
            self.expanded.directories.extend(dir);
        }
        words
    }

    /// The directory of the host in which the last word is, if not all of it is known.
    pub(super) fn begun(&mut self) -> Option<String> {
        let beginning = self.expanded.beginning.take()?;
        let (dir, _) = beginning.rsplit_once('/')?;
        let is_of_host = is_of_host(&beginning, &[&OF_DATA]);
        is_of_host.then(|| dir.to_owned())
    }

    /// A program gets arguments that name something in directories: it most likely fails without these.
    pub(super) fn in_directories(&mut self, word: &str) {
        let directories = std::mem::take(&mut self.expanded.directories);
        let name = word.rsplit('/').next().unwrap_or_default();
        if self.failure != Failure::Matters || CARELESS.contains(&name) {
            return;
        }
        for dir in directories {
            if self.world.test("-d", &dir) != Some(false) {
                continue;
            }
            let is_made = !READ.iter().any(|top| format!("{dir}/").starts_with(top));
            let path = if is_made { format!("{dir}/…") } else { dir };
            self.opened(path, is_made, false);
        }
    }
}
