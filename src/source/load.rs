//! Loads a bundle: from its directory, or from anything that a bundle can be made of.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;

use super::{Request, Unclear};
use crate::bundle::{self, BUNDLE_FILE, Bundle};
use crate::nix;
use crate::progress::Progress;
use crate::store::{LocalFiles, NoFiles, StoreDir, StoreFiles};
use crate::text::shell_word;

/// A bundle, and the name of its target.
pub struct Loaded {
    /// The target, as the user named it.
    pub name: String,
    /// The most specific file that its services come from, if there is one.
    pub file: Option<PathBuf>,
    /// The bundle.
    pub bundle: Bundle,
    /// The files of its store that this machine has.
    pub files: Box<dyn StoreFiles>,
}

/// Whether the target is a bundle's directory.
pub fn is_bundle_at(target: &str) -> bool {
    Path::new(target).join(BUNDLE_FILE).exists()
}

impl Request {
    /// The bundle of a target: the one in that directory, or else the one that this request makes of it, in memory. `None` if
    /// the request needs no target.
    pub fn load(&self, target: Option<&str>, progress: &Progress) -> Result<Loaded> {
        self.load_by(bundle::read_sealed, target, progress)
    }

    /// The same, but also verifies the files of a bundle.
    pub fn load_verified(&self, target: Option<&str>, progress: &Progress) -> Result<Loaded> {
        self.load_by(bundle::read_verified, target, progress)
    }

    /// The bundles of several targets. Bundles are read in parallel, evaluations run one after the other.
    pub fn load_all(&self, targets: &[Option<&str>], progress: &Progress) -> Result<Vec<Loaded>> {
        let load = |target| self.load(target, progress);
        let mut given = targets.iter();
        if given.all(|target| target.is_some_and(is_bundle_at)) {
            let loaded: Vec<_> = targets.par_iter().copied().map(load).collect();
            return loaded.into_iter().collect();
        }
        targets.iter().copied().map(load).collect()
    }

    fn load_by(
        &self,
        read: fn(&Path) -> Result<Bundle>,
        target: Option<&str>,
        progress: &Progress,
    ) -> Result<Loaded> {
        let Some(target) = target else {
            let name = match self.source.file() {
                Some(file) => file.display().to_string(),
                None => "the services".to_owned(),
            };
            return self.made(name, progress).map_err(|error| {
                if self.source.is_enough() {
                    error
                } else {
                    error.context(
                        "no target was given, so confinix used the flake in this directory",
                    )
                }
            });
        };
        if is_bundle_at(target) {
            let dir = Path::new(target);
            let file = dir.join(BUNDLE_FILE);
            progress.step(&format!("reading {}", file.display()));
            let bundle = read(dir)?;
            return Ok(Loaded {
                name: target.to_owned(),
                file: Some(file),
                files: Box::new(LocalFiles::new("/", &bundle.store_dir)),
                bundle,
            });
        }
        if self.source.is_recorded() {
            bail!(Unclear(format!(
                "{target} is not a bundle, and another option already names the services: leave the target out"
            )));
        }
        self.refuse_directory(target)?;
        let request = Self {
            source: self.source.clone().at(target),
            ..self.clone()
        };
        let made = request.made(target.to_owned(), progress);
        // What looks like a name may be a mistyped directory.
        if self.source.is_enough() || target.contains(['#', ':', '?']) {
            return made;
        }
        made.with_context(|| taken_for_a_flake(target))
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
            files: self.local_files(&planned.bundle.store_dir),
            bundle: planned.bundle,
            file: self
                .source
                .file()
                .filter(|file| *file != Path::new("-"))
                .map(Path::to_owned),
            name,
        })
    }

    /// The files of the store at `dir` that the services were made from, if they are on this machine.
    fn local_files(&self, dir: &StoreDir) -> Box<dyn StoreFiles> {
        if self.graph.is_some() {
            return Box::new(NoFiles);
        }
        nix::local_files(&self.nix, dir)
    }
}

/// What a name that is no bundle was taken for.
pub fn taken_for_a_flake(name: &str) -> String {
    if !Path::new(name).exists() {
        return format!("no directory {name}, so confinix treated it as the name of a flake");
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
