//! Reasons why a program will not run.

use anyhow::Error;

/// A reason why a program will not run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// Nothing is at its path.
    Missing {
        /// The path.
        path: String,
    },
    /// A directory is at its path.
    IsDirectory {
        /// The path.
        path: String,
    },
    /// The file is not executable.
    NotExecutable {
        /// The path.
        path: String,
    },
    /// The kernel can't run a file of this format.
    UnknownFormat {
        /// The path.
        path: String,
    },
    /// The file is truncated or inconsistent.
    Broken {
        /// The path.
        path: String,
        /// What is wrong, as the end of a sentence.
        reason: String,
    },
    /// The file can't be read on this machine, so nothing more is known about it.
    Unreadable {
        /// The path.
        path: String,
        /// Why.
        reason: String,
    },
    /// The interpreter of a script does not exist.
    Interpreter {
        /// The script.
        path: String,
        /// The interpreter in its first line.
        interpreter: String,
    },
    /// The interpreters of a script are scripts themselves, without end.
    Circle {
        /// The script.
        path: String,
    },
    /// `env` can't find a program on `PATH`.
    Env {
        /// The script.
        path: String,
        /// The program.
        program: String,
    },
    /// The loader of an ELF file does not exist.
    Loader {
        /// The file.
        path: String,
        /// The loader.
        loader: String,
    },
    /// A library is not on the search path of the loader.
    Library {
        /// The file that needs it.
        path: String,
        /// Its name.
        library: String,
    },
    /// The program, or a library that it needs, is for another architecture.
    Machine {
        /// The file.
        path: String,
        /// The architecture that it is for.
        machine: String,
    },
}

impl Flaw {
    pub(super) fn unreadable(path: &str, error: &Error) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            reason: format!("{error:#}"),
        }
    }
}
