//! Loads a bundle: from its directory, or from anything that a bundle can be made of.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};

use super::fleet::host_of;
use super::{Request, Unclear};
use crate::bundle::{self, BUNDLE_FILE, Bundle};
use crate::nix;
use crate::progress::Progress;
use crate::service::{HostName, Selection, UnitName};
use crate::store::{LocalFiles, NoFiles, StoreDir, StoreFiles};
use crate::text::shell_word;

/// A bundle, and the name of its target.
pub struct Loaded {
    /// The target, as the user named it.
    pub name: String,
    /// Its host; `None` if the target is no fleet.
    pub host: Option<HostName>,
    /// Its host as its services tell it, which are of one host whatever the target is called.
    pub told_host: Option<HostName>,
    /// The most specific file that its services come from, if there is one.
    pub file: Option<PathBuf>,
    /// The bundle.
    pub bundle: Bundle,
    /// The files of its store that this machine has.
    pub files: Arc<dyn StoreFiles>,
    /// The request that makes the bundle; `None` if the target is the bundle.
    pub made_by: Option<Box<Request>>,
}

/// What a target is.
pub(super) enum At {
    /// An existing bundle.
    Bundle(Loaded),
    /// What a bundle is made of.
    Request(Toward),
}

/// A request, made for a target.
pub(super) struct Toward {
    /// The request.
    pub request: Request,
    /// The target, as the user named it.
    pub name: String,
    /// What an error says first: what the target was taken for, if it may be a mistake.
    pub taken_for: Option<String>,
}

impl Toward {
    /// Adds to an error what the target was taken for.
    pub fn explained(&self, error: anyhow::Error) -> anyhow::Error {
        match &self.taken_for {
            Some(taken_for) => error.context(taken_for.clone()),
            None => error,
        }
    }
}

/// Whether the target is a bundle's directory. One that can't be read is for the reader to report.
pub fn is_bundle_at(target: &str) -> bool {
    let file = Path::new(target).join(BUNDLE_FILE);
    match file.try_exists() {
        Ok(exists) => exists,
        Err(error) => error.kind() == ErrorKind::PermissionDenied,
    }
}

impl Loaded {
    /// The bundle with its host; `None` if the target is no fleet.
    pub fn of_host(&self) -> Option<(&HostName, &Bundle)> {
        Some((self.host.as_ref()?, &self.bundle))
    }

    /// Its host, or the one that the target or its services name although it is no fleet; `None` if it may be the name of something else.
    pub fn named_host(&self) -> Option<HostName> {
        let of_target = || host_of(&self.name).filter(|_| !is_bundle_at(&self.name));
        let host = self.host.clone().or_else(of_target);
        host.or_else(|| self.told_host.clone())
    }

    /// The bundle of services that its configuration excepts from confinement, as if it did not; `None` if they are not known, because the
    /// bundle existed.
    pub fn of_excepted(&self, names: &[UnitName], progress: &Progress) -> Result<Option<Bundle>> {
        let Some(request) = &self.made_by else {
            return Ok(None);
        };
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let request = Request {
            selection: Selection::new(&names)?,
            all: false,
            ..Request::clone(request)
        };
        Ok(Some(request.make(progress)?.bundle))
    }
}

impl Request {
    /// The bundle of a target: the one in that directory, of which only the selected services are kept, or else the one that this
    /// request makes of it, in memory. `None` if the request needs no target.
    pub fn load(&self, target: Option<&str>, progress: &Progress) -> Result<Loaded> {
        self.load_by(bundle::read_sealed, target, progress)
    }

    /// The same, but also verifies the files of a bundle.
    pub fn load_verified(&self, target: Option<&str>, progress: &Progress) -> Result<Loaded> {
        self.load_by(bundle::read_verified, target, progress)
    }

    /// The selected services of a bundle.
    fn selected(&self, mut loaded: Loaded) -> Result<Loaded> {
        if !self.selection.is_empty() {
            let selected = self.selection.of(loaded.bundle.services.keys())?;
            loaded.bundle.retain(&selected);
        }
        Ok(loaded)
    }

    fn load_by(
        &self,
        read: fn(&Path) -> Result<Bundle>,
        target: Option<&str>,
        progress: &Progress,
    ) -> Result<Loaded> {
        match self.at(read, target, progress)? {
            At::Bundle(loaded) => self.selected(loaded),
            At::Request(toward) => {
                let made = toward.request.made(toward.name.clone(), progress);
                made.map_err(|error| toward.explained(error))
            }
        }
    }

    /// What messages call the target, if none is named.
    pub fn told(&self) -> String {
        match self.source.file() {
            Some(file) => file.display().to_string(),
            None => "the services".to_owned(),
        }
    }

    /// What a target is. `read` reads a bundle.
    pub(super) fn at(
        &self,
        read: fn(&Path) -> Result<Bundle>,
        target: Option<&str>,
        progress: &Progress,
    ) -> Result<At> {
        let Some(target) = target else {
            let name = self.told();
            let told = "no target was given, so confinix used the flake in this directory";
            return Ok(At::Request(Toward {
                request: self.clone(),
                name,
                taken_for: (!self.source.is_enough()).then(|| told.to_owned()),
            }));
        };
        if is_bundle_at(target) {
            let dir = Path::new(target);
            let file = dir.join(BUNDLE_FILE);
            progress.step(&format!("reading {}", file.display()));
            let bundle = read(dir)?;
            return Ok(At::Bundle(Loaded {
                name: target.to_owned(),
                host: None,
                told_host: None,
                file: Some(file),
                files: Arc::new(LocalFiles::new("/", &bundle.store_dir)),
                bundle,
                made_by: None,
            }));
        }
        if self.source.is_recorded() {
            bail!(Unclear(format!(
                "{target} is not a bundle, and another option already names the services: leave the target out"
            )));
        }
        self.refuse_directory(target)?;
        // What looks like a name may be a mistyped directory.
        let is_clear = self.source.is_enough() || target.contains(['#', ':', '?']);
        Ok(At::Request(Toward {
            request: Self {
                source: self.source.clone().at(target),
                ..self.clone()
            },
            name: target.to_owned(),
            taken_for: (!is_clear).then(|| taken_for_a_flake(target)),
        }))
    }

    /// Refuses a directory that can be neither a bundle nor a flake.
    fn refuse_directory(&self, target: &str) -> Result<()> {
        let dir = Path::new(target);
        // A name in a flake registry has no slash.
        let is_path =
            target.starts_with(['/', '.']) && !target.contains(['#', '?']) && target != ".";
        if is_path && !dir.exists() && !self.source.is_enough() {
            bail!("no directory {target}: name a bundle, or a flake");
        }
        if dir.is_dir() && fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none()) {
            bail!("{target} is neither a bundle nor a flake: it is empty");
        }
        Ok(())
    }

    fn made(&self, name: String, progress: &Progress) -> Result<Loaded> {
        let planned = self.make(progress)?;
        Ok(Loaded {
            files: self.local_files(&planned.bundle.store_dir).into(),
            bundle: planned.bundle,
            file: self.file_of_services(),
            host: None,
            told_host: planned.host,
            name,
            made_by: Some(Box::new(self.clone())),
        })
    }

    /// The file that the services come from, if they don't come from standard input.
    pub(super) fn file_of_services(&self) -> Option<PathBuf> {
        let file = self.source.file().filter(|file| *file != Path::new("-"));
        file.map(Path::to_owned)
    }

    /// The files of the store at `dir` that the services were made from, if they are on this machine.
    pub(super) fn local_files(&self, dir: &StoreDir) -> Box<dyn StoreFiles> {
        if self.graph.is_some() {
            return Box::new(NoFiles);
        }
        nix::local_files(&self.nix, dir)
    }
}

/// What a name that is no bundle was taken for.
pub fn taken_for_a_flake(name: &str) -> String {
    if !Path::new(name).exists() {
        let hint = if name.contains('/') {
            ""
        } else {
            " (the name of a service follows the target)"
        };
        return format!("no directory {name}, so confinix treated it as the name of a flake{hint}");
    }
    // Nix searches for a flake in the directories above too.
    let hint = if Path::new(name).join("default.nix").is_file() {
        format!(
            " (its default.nix is evaluated by --file {})",
            shell_word(name)
        )
    } else {
        String::new()
    };
    format!("{name} has no bundle.json, so confinix treated it as a flake{hint}")
}
