//! Why a program will not run.

use anyhow::Error;

/// Why a program will not run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// There is nothing at its path.
    Missing {
        /// The path.
        path: String,
    },
    /// There is a directory at its path.
    IsDirectory {
        /// The path.
        path: String,
    },
    /// The file can't be executed.
    NotExecutable {
        /// The path.
        path: String,
    },
    /// The kernel knows no way to run the file.
    UnknownFormat {
        /// The path.
        path: String,
    },
    /// The file can't be read to its end, or contradicts itself.
    Broken {
        /// The path.
        path: String,
        /// What is wrong, in half a sentence.
        reason: String,
    },
    /// The file can't be read on this machine, so that nothing more is known of it.
    Unreadable {
        /// The path.
        path: String,
        /// Why.
        reason: String,
    },
    /// The interpreter that a script names is not there.
    Interpreter {
        /// The script.
        path: String,
        /// What its first line names.
        interpreter: String,
    },
    /// Interpreters name interpreters without end.
    Circle {
        /// The script.
        path: String,
    },
    /// `env` is to find a program that is nowhere on `PATH`.
    Env {
        /// The script.
        path: String,
        /// The program.
        program: String,
    },
    /// The loader that an ELF file names is not there.
    Loader {
        /// The file.
        path: String,
        /// The loader.
        loader: String,
    },
    /// A library is nowhere where the loader looks.
    Library {
        /// The file that needs it.
        path: String,
        /// Its name.
        library: String,
    },
    /// The program, or a library it needs, is for another machine.
    Machine {
        /// The file.
        path: String,
        /// What it is for.
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
