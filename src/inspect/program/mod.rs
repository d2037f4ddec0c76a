//! Determines whether a program will run in a root: its interpreters, its loader, its libraries.

mod flaw;
mod interpreter;
mod known;
mod libraries;

use std::collections::BTreeSet;

use anyhow::Result;

pub use self::flaw::Flaw;
pub use self::known::Known;
use super::Environment;
use crate::root::{Found, Inside};

/// How much of a file the kernel reads to determine its format (`BINPRM_BUF_SIZE`), in bytes.
const FIRST_LINE: usize = 256;

/// The result of a search for a name in directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// It is at this path.
    Found(String),
    /// None of the directories has it.
    Missing,
    /// A directory that only the host knows may have it.
    Unknown,
}

/// A program, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Why it will not run. If there are none, nothing was found against it.
    pub flaws: BTreeSet<Flaw>,
    /// The whole text of a script.
    pub text: Option<String>,
    /// The interpreter of a script, if known.
    pub interpreter: Option<Interpreter>,
    /// The file that its path leads to.
    pub file: Option<String>,
    /// The command that made it, if it is a wrapper of another program; for [`super::read_wrapper`].
    pub wrapper: Option<String>,
}

/// The interpreter of a script, by its first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// Its name without the directory; for `env`, the name of the program that `env` runs.
    pub name: String,
    /// Its arguments before the path of the script.
    pub arguments: Vec<String>,
    /// The file of the program in the first line.
    pub file: Option<String>,
}

/// Inspects the programs of one service.
pub struct Programs<'a> {
    inside: &'a Inside<'a>,
    environment: &'a Environment,
    known: &'a Known,
}

impl<'a> Programs<'a> {
    /// Inspects programs in this root, with this environment.
    pub fn new(inside: &'a Inside<'a>, environment: &'a Environment, known: &'a Known) -> Self {
        Self {
            inside,
            environment,
            known,
        }
    }

    /// The same with another environment.
    pub fn within<'b>(&'b self, environment: &'b Environment) -> Programs<'b> {
        Programs {
            inside: self.inside,
            environment,
            known: self.known,
        }
    }

    /// Looks for an executable in directories, in their order.
    pub fn find<D: AsRef<str>>(&self, name: &str, directories: &[D]) -> Result<Located> {
        let mut is_unknown = false;
        for directory in directories {
            let path = format!("{}/{name}", directory.as_ref().trim_end_matches('/'));
            match self.inside.look(&path)? {
                Found::File {
                    executable: true, ..
                } => return Ok(Located::Found(path)),
                Found::Unknown => is_unknown = true,
                Found::File { .. } | Found::Directory | Found::Missing => {}
            }
        }
        Ok(if is_unknown {
            Located::Unknown
        } else {
            Located::Missing
        })
    }

    /// Inspects the program at an absolute path.
    pub fn look(&self, path: &str) -> Result<Program> {
        let mut program = Program::default();
        self.follow(path, 0, &mut program)?;
        Ok(program)
    }

    fn follow(&self, path: &str, depth: usize, program: &mut Program) -> Result<()> {
        let path_owned = path.to_owned();
        let file = match self.inside.look(path)? {
            Found::Unknown => return Ok(()),
            Found::Missing => {
                program.flaws.insert(Flaw::Missing { path: path_owned });
                return Ok(());
            }
            Found::Directory => {
                program.flaws.insert(Flaw::IsDirectory { path: path_owned });
                return Ok(());
            }
            Found::File {
                executable: false, ..
            } => {
                program
                    .flaws
                    .insert(Flaw::NotExecutable { path: path_owned });
                return Ok(());
            }
            Found::File { file, .. } => file,
        };
        // The beginning of the file shows its format. Read no more than needed, as the file may be larger than the memory.
        let opened = self.inside.open(&file).and_then(|document| {
            let head = document.as_ref().map(|document| document.head(FIRST_LINE));
            Ok(document.zip(head.transpose()?))
        });
        let (document, head) = match opened {
            Ok(Some(opened)) => opened,
            Ok(None) => return Ok(()),
            Err(error) => {
                program.flaws.insert(Flaw::unreadable(path, &error));
                return Ok(());
            }
        };
        if program.file.is_none() {
            program.file = Some(file.clone());
        }
        if let Some(line) = head.strip_prefix(b"#!") {
            return self.script(path, line, document, depth, program);
        }
        if head.starts_with(b"\x7fELF") {
            return self.elf(path, &file, &document, program);
        }
        program
            .flaws
            .insert(Flaw::UnknownFormat { path: path_owned });
        Ok(())
    }
}
