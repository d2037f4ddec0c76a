//! Whether a program will run inside a root: its interpreters, its loader, its libraries.

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

/// How much of a file the kernel looks at to know what it is (`BINPRM_BUF_SIZE`), in bytes.
const FIRST_LINE: usize = 256;

/// What became of looking for a name in directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// It is here.
    Found(String),
    /// It is in none of them.
    Missing,
    /// It may be in one that only the host can tell of.
    Unknown,
}

/// A program that will run, as far as can be told.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Why it will not run after all.
    pub flaws: BTreeSet<Flaw>,
    /// All of its text, where it is a script.
    pub text: Option<String>,
    /// What runs it, where it is a script and that is known.
    pub interpreter: Option<Interpreter>,
    /// Its own file.
    pub file: Option<String>,
}

/// What the first line of a script has run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// Its name, without the directory; that of what `env` finds, where the line asks for that.
    pub name: String,
    /// Its arguments before the script.
    pub arguments: Vec<String>,
    /// The file of the program that the line names.
    pub file: Option<String>,
}

/// Looks at the programs of one service.
pub struct Programs<'a> {
    inside: &'a Inside<'a>,
    environment: &'a Environment,
    known: &'a Known,
}

impl<'a> Programs<'a> {
    /// In this root, with this environment.
    pub fn new(inside: &'a Inside<'a>, environment: &'a Environment, known: &'a Known) -> Self {
        Self {
            inside,
            environment,
            known,
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

    /// What is to be said of the program at an absolute path.
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
        // What it is its beginning tells, and no more is read than is needed: it may be larger than any memory.
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
