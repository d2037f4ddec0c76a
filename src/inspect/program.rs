//! Whether a program will run inside a root: its interpreters, its loader, its libraries.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;

use anyhow::Result;

use super::{Elf, Environment, Found, Inside, Machine, read_elf};

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

/// What became of looking for a name in directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
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
    /// Its text, where it is a script for a shell.
    pub shell_script: Option<String>,
    /// Whether its first line says `-e`.
    pub errexit: bool,
    /// All of its text, where it is a script.
    pub text: Option<String>,
    /// The shell's own file, or the program's.
    pub file: Option<String>,
}

/// As many scripts as may interpret each other (`BINPRM` in Linux' `fs/exec.c`: five rewrites).
const MAX_INTERPRETERS: usize = 5;

/// How much of a first line the kernel reads (`BINPRM_BUF_SIZE`).
const FIRST_LINE: usize = 256;

/// Shells whose scripts are parsed.
pub(super) const SHELLS: [&str; 4] = ["sh", "bash", "dash", "ash"];

/// What is known of the files of a store already: most services load the same few libraries.
#[derive(Default)]
pub struct Known {
    libraries: Mutex<BTreeMap<String, Result<Elf, String>>>,
    loaders: Mutex<BTreeMap<String, Vec<String>>>,
}

/// The value of a key, made where it is not there yet; two threads may both make it.
fn remembered<T: Clone>(
    known: &Mutex<BTreeMap<String, T>>,
    key: &str,
    make: impl FnOnce() -> Result<Option<T>>,
) -> Result<Option<T>> {
    let found = known.lock().ok().and_then(|known| known.get(key).cloned());
    if found.is_some() {
        return Ok(found);
    }
    let made = make()?;
    if let (Ok(mut known), Some(made)) = (known.lock(), &made) {
        known.insert(key.to_owned(), made.clone());
    }
    Ok(made)
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
    pub fn find<D: AsRef<str>>(&self, name: &str, directories: &[D]) -> Result<Lookup> {
        let mut is_unknown = false;
        for directory in directories {
            let path = format!("{}/{name}", directory.as_ref().trim_end_matches('/'));
            match self.inside.look(&path)? {
                Found::File {
                    executable: true, ..
                } => return Ok(Lookup::Found(path)),
                Found::Unknown => is_unknown = true,
                Found::File { .. } | Found::Directory | Found::Missing => {}
            }
        }
        Ok(if is_unknown {
            Lookup::Unknown
        } else {
            Lookup::Missing
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
        let data = match self.inside.read(&file) {
            Ok(Some(data)) => data,
            Ok(None) => return Ok(()),
            Err(error) => {
                program.flaws.insert(unreadable(path, &error));
                return Ok(());
            }
        };
        if program.file.is_none() {
            program.file = Some(file.clone());
        }
        if data.starts_with(b"#!") {
            return self.script(path, &data, depth, program);
        }
        if data.starts_with(b"\x7fELF") {
            return self.elf(path, &file, &data, program);
        }
        program
            .flaws
            .insert(Flaw::UnknownFormat { path: path_owned });
        Ok(())
    }

    fn script(&self, path: &str, data: &[u8], depth: usize, program: &mut Program) -> Result<()> {
        let head = &data[2..data.len().min(FIRST_LINE)];
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let line = line.trim_matches([' ', '\t']);
        let (interpreter, argument) = match line.split_once([' ', '\t']) {
            Some((interpreter, argument)) => (interpreter, argument.trim_matches([' ', '\t'])),
            None => (line, ""),
        };
        if depth == 0 {
            program.text = Some(String::from_utf8_lossy(data).into_owned());
        }
        if interpreter.is_empty() {
            program.flaws.insert(Flaw::UnknownFormat {
                path: path.to_owned(),
            });
            return Ok(());
        }
        if depth >= MAX_INTERPRETERS {
            program.flaws.insert(Flaw::Circle {
                path: path.to_owned(),
            });
            return Ok(());
        }
        // Relative to the working directory, which is / nearly always.
        let at = if interpreter.starts_with('/') {
            interpreter.to_owned()
        } else {
            format!("/{interpreter}")
        };
        let mut below = Program::default();
        self.follow(&at, depth + 1, &mut below)?;
        let missing = Flaw::Missing { path: at.clone() };
        if below.flaws.remove(&missing) {
            below.flaws.insert(Flaw::Interpreter {
                path: path.to_owned(),
                interpreter: interpreter.to_owned(),
            });
        }
        let mut shell = interpreter
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        if shell == "env" && below.flaws.is_empty() {
            shell = self.env(path, argument, program)?.unwrap_or_default();
        }
        program.flaws.extend(below.flaws);
        if depth == 0 && SHELLS.contains(&shell.as_str()) {
            program.shell_script.clone_from(&program.text);
            program.errexit = argument.starts_with('-') && argument.contains('e');
            program.file = below.file;
        }
        Ok(())
    }

    /// What `env` will run, by the one argument that the kernel gives it.
    fn env(&self, path: &str, argument: &str, program: &mut Program) -> Result<Option<String>> {
        let name = match argument.strip_prefix("-S") {
            Some(line) => line
                .split_whitespace()
                .find(|word| !word.contains('=') && !word.starts_with('-')),
            None if argument.starts_with('-') || argument.contains('=') => None,
            None => Some(argument),
        };
        let (Some(name), Some(directories)) = (name, self.environment.path()) else {
            return Ok(None);
        };
        let found = if name.starts_with('/') {
            Lookup::Found(name.to_owned())
        } else {
            self.find(name, &directories)?
        };
        match found {
            Lookup::Found(file) => {
                program.flaws.extend(self.look(&file)?.flaws);
            }
            Lookup::Missing => {
                program.flaws.insert(Flaw::Env {
                    path: path.to_owned(),
                    program: name.to_owned(),
                });
            }
            Lookup::Unknown => {}
        }
        Ok(name.rsplit('/').next().map(str::to_owned))
    }

    fn elf(&self, path: &str, file: &str, data: &[u8], program: &mut Program) -> Result<()> {
        let elf = match read_elf(data) {
            Ok(elf) => elf,
            Err(error) => {
                program.flaws.insert(Flaw::Broken {
                    path: path.to_owned(),
                    reason: error.to_string(),
                });
                return Ok(());
            }
        };
        if elf.machine.runs_here() == Some(false) {
            program.flaws.insert(Flaw::Machine {
                path: path.to_owned(),
                machine: elf.machine.to_string(),
            });
        }
        let Some(loader) = elf.interpreter.clone() else {
            return Ok(());
        };
        let loader_file = match self.inside.look(&loader)? {
            Found::File {
                file,
                executable: true,
            } => file,
            Found::Unknown => return Ok(()),
            _ => {
                program.flaws.insert(Flaw::Loader {
                    path: path.to_owned(),
                    loader,
                });
                return Ok(());
            }
        };
        let defaults = match remembered(&self.known.loaders, &loader_file, || {
            self.loader_directories(&loader_file).map(Some)
        }) {
            Ok(defaults) => defaults.unwrap_or_default(),
            Err(error) => {
                program.flaws.insert(unreadable(&loader, &error));
                return Ok(());
            }
        };
        self.libraries(path, file, elf, &defaults, program)
    }

    /// The directories that a loader was built to look in.
    fn loader_directories(&self, loader: &str) -> Result<Vec<String>> {
        let mut directories: Vec<String> = [
            "/lib",
            "/usr/lib",
            "/lib64",
            "/usr/lib64",
            "/lib/x86_64-linux-gnu",
            "/usr/lib/x86_64-linux-gnu",
            "/lib/aarch64-linux-gnu",
        ]
        .map(str::to_owned)
        .to_vec();
        if let (Some((own, _)), Some(data)) = (loader.rsplit_once('/'), self.inside.read(loader)?) {
            // glibc has its own directory compiled in: in nixpkgs that of the store, in other distributions /lib.
            let own = own.as_bytes();
            if data.windows(own.len()).any(|window| window == own) {
                directories.extend(String::from_utf8(own.to_vec()));
            }
        }
        Ok(directories)
    }

    /// Follows the libraries as ld.so(8) does: breadth first, what is loaded once is there for all.
    fn libraries(
        &self,
        path: &str,
        file: &str,
        elf: Elf,
        defaults: &[String],
        program: &mut Program,
    ) -> Result<()> {
        let machine = elf.machine;
        // The loader is there already: libc needs it too.
        let loader = elf
            .interpreter
            .as_deref()
            .and_then(|loader| loader.rsplit('/').next());
        let mut loaded: BTreeSet<String> = loader.map(str::to_owned).into_iter().collect();
        let mut todo = VecDeque::from([Object {
            name: path.to_owned(),
            origin: directory(file),
            inherited: Vec::new(),
            elf,
        }]);
        let environment = self.environment.library_path();
        while let Some(object) = todo.pop_front() {
            let inherited = object.rpath();
            for library in &object.elf.needed {
                if loaded.contains(library) {
                    continue;
                }
                let directories = match &object.elf.runpath {
                    Some(runpath) => [&environment[..], &object.expand(runpath), defaults].concat(),
                    None => [&inherited[..], &environment, defaults].concat(),
                };
                let place = if library.contains('/') {
                    Place::at(self, library, machine)?
                } else {
                    self.library(library, &directories, machine)?
                };
                loaded.insert(library.clone());
                match place {
                    Place::Unknown => {}
                    Place::Unreadable(flaw) => {
                        program.flaws.insert(flaw);
                    }
                    Place::Missing => {
                        program.flaws.insert(Flaw::Library {
                            path: object.name.clone(),
                            library: library.clone(),
                        });
                    }
                    Place::OtherMachine(path, machine) => {
                        program.flaws.insert(Flaw::Machine {
                            path,
                            machine: machine.to_string(),
                        });
                    }
                    Place::Broken(path, reason) => {
                        program.flaws.insert(Flaw::Broken { path, reason });
                    }
                    Place::Found(path, file, elf) => {
                        loaded.extend(elf.soname.clone());
                        todo.push_back(Object {
                            name: path,
                            origin: directory(&file),
                            inherited: inherited.clone(),
                            elf: *elf,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    fn library(&self, name: &str, directories: &[String], machine: Machine) -> Result<Place> {
        let mut end = Place::Missing;
        for directory in directories {
            match Place::at(self, &format!("{directory}/{name}"), machine)? {
                Place::Missing => {}
                // The loader goes on with the next directory.
                other @ (Place::Unknown | Place::OtherMachine(..)) => end = other,
                found => return Ok(found),
            }
        }
        Ok(end)
    }
}

fn unreadable(path: &str, error: &anyhow::Error) -> Flaw {
    Flaw::Unreadable {
        path: path.to_owned(),
        reason: format!("{error:#}"),
    }
}

/// An object that is loaded.
struct Object {
    name: String,
    /// The directory of its file.
    origin: String,
    /// The `DT_RPATH` of what has loaded it.
    inherited: Vec<String>,
    elf: Elf,
}

impl Object {
    fn expand(&self, directories: &[String]) -> Vec<String> {
        directories
            .iter()
            .map(|directory| {
                let directory = directory
                    .replace("${ORIGIN}", "$ORIGIN")
                    .replace("$ORIGIN", &self.origin);
                directory.replace("${LIB}", "lib").replace("$LIB", "lib")
            })
            .collect()
    }

    /// `DT_RPATH` in force for it and what it loads.
    fn rpath(&self) -> Vec<String> {
        let own = if self.elf.runpath.is_none() {
            self.expand(&self.elf.rpath)
        } else {
            Vec::new()
        };
        [own, self.inherited.clone()].concat()
    }
}

enum Place {
    Found(String, String, Box<Elf>),
    Missing,
    OtherMachine(String, Machine),
    Broken(String, String),
    Unreadable(Flaw),
    Unknown,
}

impl Place {
    fn at(programs: &Programs, path: &str, machine: Machine) -> Result<Self> {
        let file = match programs.inside.look(path)? {
            Found::File { file, .. } => file,
            Found::Unknown => return Ok(Self::Unknown),
            Found::Missing | Found::Directory => return Ok(Self::Missing),
        };
        let elf = remembered(&programs.known.libraries, &file, || {
            let data = programs.inside.read(&file)?;
            Ok(data.map(|data| read_elf(&data).map_err(|error| error.to_string())))
        });
        Ok(match elf {
            Ok(Some(Ok(elf))) if elf.machine == machine => {
                Self::Found(path.to_owned(), file, Box::new(elf))
            }
            Ok(Some(Ok(elf))) => Self::OtherMachine(path.to_owned(), elf.machine),
            Ok(Some(Err(reason))) => Self::Broken(path.to_owned(), reason),
            Ok(None) => Self::Unknown,
            Err(error) => Self::Unreadable(unreadable(path, &error)),
        })
    }
}

fn directory(file: &str) -> String {
    file.rsplit_once('/')
        .map_or(String::new(), |(directory, _)| directory.to_owned())
}
