//! Finds the loader and the libraries of a binary, as described in ld.so(8).

use std::collections::{BTreeSet, VecDeque};

use anyhow::Result;

use super::known::remembered;
use super::{Flaw, Program, Programs};
use crate::document::Document;
use crate::inspect::wrapper::wrapper_command;
use crate::inspect::{Architecture, Elf, read_elf_of};
use crate::root::Found;

/// How much of a loader to search for its built-in directory, in bytes. The loaders of glibc and musl have less than 1 MiB.
const LOADER: usize = 8 << 20;

impl Programs<'_> {
    pub(super) fn elf(
        &self,
        path: &str,
        file: &str,
        document: &Document,
        program: &mut Program,
    ) -> Result<()> {
        let elf = match read_elf_of(document) {
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
        program.wrapper = wrapper_command(&elf, document);
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
                program.flaws.insert(Flaw::unreadable(&loader, &error));
                return Ok(());
            }
        };
        self.libraries(path, file, elf, &defaults, program)
    }

    /// Returns the default search path of a loader.
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
        if let (Some((own, _)), Some(file)) = (loader.rsplit_once('/'), self.inside.open(loader)?) {
            // glibc has its own directory built in: one in the store in nixpkgs, /lib in other distributions.
            let own = own.as_bytes();
            let data = file.head(LOADER)?;
            if data.windows(own.len()).any(|window| window == own) {
                directories.extend(String::from_utf8(own.to_vec()));
            }
        }
        Ok(directories)
    }

    /// Follows the libraries as ld.so(8) does: breadth first, and each only once.
    fn libraries(
        &self,
        path: &str,
        file: &str,
        elf: Elf,
        defaults: &[String],
        program: &mut Program,
    ) -> Result<()> {
        let machine = elf.machine;
        // The loader is already loaded, and libc needs it too.
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

    fn library(&self, name: &str, directories: &[String], machine: Architecture) -> Result<Place> {
        let mut end = Place::Missing;
        for directory in directories {
            match Place::at(self, &format!("{directory}/{name}"), machine)? {
                Place::Missing => {}
                // The loader tries the next directory.
                other @ (Place::Unknown | Place::OtherMachine(..)) => end = other,
                found => return Ok(found),
            }
        }
        Ok(end)
    }
}

/// A loaded object.
struct Object {
    name: String,
    /// The directory of its file.
    origin: String,
    /// The `DT_RPATH` of the objects that led to it.
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

    /// Returns the `DT_RPATH` that applies to it and to what it loads.
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
    OtherMachine(String, Architecture),
    Broken(String, String),
    Unreadable(Flaw),
    Unknown,
}

impl Place {
    fn at(programs: &Programs, path: &str, machine: Architecture) -> Result<Self> {
        let file = match programs.inside.look(path)? {
            Found::File { file, .. } => file,
            Found::Unknown => return Ok(Self::Unknown),
            Found::Missing | Found::Directory => return Ok(Self::Missing),
        };
        let elf = remembered(&programs.known.libraries, &file, || {
            let document = programs.inside.open(&file)?;
            Ok(document.map(|document| read_elf_of(&document).map_err(|error| error.to_string())))
        });
        Ok(match elf {
            Ok(Some(Ok(elf))) if elf.machine == machine => {
                Self::Found(path.to_owned(), file, Box::new(elf))
            }
            Ok(Some(Ok(elf))) => Self::OtherMachine(path.to_owned(), elf.machine),
            Ok(Some(Err(reason))) => Self::Broken(path.to_owned(), reason),
            Ok(None) => Self::Unknown,
            Err(error) => Self::Unreadable(Flaw::unreadable(path, &error)),
        })
    }
}

fn directory(file: &str) -> String {
    file.rsplit_once('/')
        .map_or(String::new(), |(directory, _)| directory.to_owned())
}
