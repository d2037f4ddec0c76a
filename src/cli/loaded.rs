//! What the subcommands that look at a bundle take: the directory of one, or anything that one can be made from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rayon::prelude::*;

use super::Usage;
use super::source::SourceOptions;
use crate::bundle::{self, BUNDLE_FILE, Bundle};
use crate::config::Place;
use crate::document::{self, Kind};
use crate::progress::Progress;
use crate::service::UnitName;
use crate::store::{LocalFiles, StoreFiles};
use crate::text::shell_word;

/// A bundle, and how the user called it.
pub struct Loaded {
    /// As it stood on the command line.
    pub name: String,
    /// The file that says most about where its services come from, if there is one.
    pub file: Option<PathBuf>,
    pub bundle: Bundle,
    /// The files of its store, as far as this machine has them.
    pub files: Box<dyn StoreFiles>,
}

impl Loaded {
    /// What a target means: the bundle in that directory, or else the one that `options` make of it, in memory.
    pub fn one(target: Option<&str>, options: &SourceOptions, progress: &Progress) -> Result<Self> {
        refuse_idle(&[target], options)?;
        Self::load(target, options, progress)
    }

    /// What each of several targets means. Bundles are read side by side, evaluations one after the other.
    pub fn all(
        targets: &[Option<&str>],
        options: &SourceOptions,
        progress: &Progress,
    ) -> Result<Vec<Self>> {
        let load = |target| Self::load(target, options, progress);
        refuse_idle(targets, options)?;
        if are_bundles(targets) {
            let loaded: Vec<_> = targets.par_iter().copied().map(load).collect();
            return loaded.into_iter().collect();
        }
        targets.iter().copied().map(load).collect()
    }

    /// The same as [`Self::one`], where nothing is to be said of options.
    pub fn load(
        target: Option<&str>,
        options: &SourceOptions,
        progress: &Progress,
    ) -> Result<Self> {
        Self::load_by(bundle::read_sealed, target, options, progress)
    }

    /// The same as [`Self::one`], where the files of a bundle have to be what confinix writes too.
    pub fn verified(
        target: Option<&str>,
        options: &SourceOptions,
        progress: &Progress,
    ) -> Result<Self> {
        refuse_idle(&[target], options)?;
        Self::load_by(bundle::read_verified, target, options, progress)
    }

    fn load_by(
        read: fn(&Path) -> Result<Bundle>,
        target: Option<&str>,
        options: &SourceOptions,
        progress: &Progress,
    ) -> Result<Self> {
        if let Some(dir) = target.map(Path::new) {
            let file = dir.join(BUNDLE_FILE);
            if file.exists() {
                progress.step(&format!("reading {}", file.display()));
                let bundle = read(dir)?;
                return Ok(Self {
                    name: dir.display().to_string(),
                    file: Some(file),
                    files: Box::new(LocalFiles::new("/", &bundle.store_dir)),
                    bundle,
                });
            }
            if options.are_recorded() {
                bail!(Usage(format!(
                    "{} is not a bundle, and the services come from a file already: leave it out",
                    dir.display()
                )));
            }
            if dir.is_file() {
                bail!(Usage(format!(
                    "{} is a file: {}",
                    dir.display(),
                    what_a_file_is_for(dir)
                )));
            }
            // What has a slash is no name in a registry of flakes.
            let is_path = target.is_some_and(|name| {
                name.starts_with(['/', '.']) && !name.contains(['#', '?']) && name != "."
            });
            if is_path && !dir.exists() && !options.are_enough() {
                bail!(
                    "there is no directory {}: name a bundle, or a flake",
                    dir.display()
                );
            }
            if dir.is_dir() && fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none()) {
                bail!(
                    "{} is neither a bundle nor a flake: it is empty",
                    dir.display()
                );
            }
        }
        let described = match (target, options.file()) {
            (Some(target), _) => target.to_owned(),
            (None, Some(file)) => file.display().to_string(),
            (None, None) => "the services".to_owned(),
        };
        let made = options.make(target, progress);
        let planned = match target {
            // What looks like a name may be a directory that was meant.
            Some(name) if !options.are_enough() && !name.contains(['#', ':', '?']) => made
                .with_context(|| {
                    // Nix looks for a flake in the directories above too.
                    let hint = if Path::new(name).join("default.nix").is_file() {
                        format!(
                            " (its default.nix is evaluated by --file {})",
                            shell_word(name)
                        )
                    } else {
                        String::new()
                    };
                    if Path::new(name).exists() {
                        format!("{name} has no bundle.json, so it was taken for a flake{hint}")
                    } else {
                        format!(
                            "there is no directory {name}, so it was taken for the name of a flake"
                        )
                    }
                })?,
            None if !options.are_enough() => {
                made.context("no target was named, so the flake in this directory was taken")?
            }
            Some(_) | None => made?,
        };
        Ok(Self {
            files: options.local_files(&planned.bundle.store_dir),
            bundle: planned.bundle,
            file: options
                .file()
                .filter(|file| *file != Path::new("-"))
                .map(Path::to_owned),
            name: described,
        })
    }
}

impl Loaded {
    /// Where its services are written down: in a JSON file the key, in any other file its beginning.
    pub fn places(&self) -> BTreeMap<UnitName, Place> {
        let names = self.bundle.services.keys();
        let Some(path) = &self.file else {
            return names
                .map(|name| (name.clone(), Place::start("flake.nix")))
                .collect();
        };
        let file: Arc<str> = path.display().to_string().into();
        let mut places: BTreeMap<_, _> = names
            .map(|name| (name.clone(), Place::start(&file)))
            .collect();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            // A pipe was read already.
            let text = document::text(path, Kind::Bundle).unwrap_or_default();
            let mut unseen: BTreeSet<_> = places.keys().cloned().collect();
            // Large files have long lists before and between the keys: lines are counted once.
            let (mut line, mut line_start, mut counted) = (1, 0, 0);
            for (end, _) in text.match_indices(".service\":") {
                let start = text[..end].rfind('"').map_or(end, |quote| quote + 1);
                let Ok(name) = UnitName::parse(&text[start..end + ".service".len()]) else {
                    continue;
                };
                if !unseen.remove(&name) {
                    continue;
                }
                for (newline, _) in text[counted..start].match_indices('\n') {
                    line += 1;
                    line_start = counted + newline + 1;
                }
                counted = start;
                places.insert(
                    name,
                    Place {
                        file: file.clone(),
                        line,
                        column: text[line_start..start].chars().count(),
                    },
                );
            }
        }
        places
    }
}

fn are_bundles(targets: &[Option<&str>]) -> bool {
    let mut targets = targets.iter().copied();
    targets.all(|target| target.is_some_and(|dir| Path::new(dir).join(BUNDLE_FILE).exists()))
}

/// Refuses options that would change nothing, since nothing is made.
pub fn refuse_idle(targets: &[Option<&str>], options: &SourceOptions) -> Result<()> {
    let Some(option) = options.of_making().filter(|_| are_bundles(targets)) else {
        return Ok(());
    };
    let names: Vec<_> = targets.iter().flatten().copied().collect();
    bail!(Usage(format!(
        "{option} has no effect on the existing bundle{} {}: drop one of the two",
        if names.len() == 1 { "" } else { "s" },
        names.join(" and "),
    )))
}

/// How a file is named that stands where a target does.
fn what_a_file_is_for(file: &Path) -> String {
    let name = shell_word(&file.to_string_lossy());
    if file.file_name().is_some_and(|name| name == BUNDLE_FILE) {
        return "name the directory that it is in".to_owned();
    }
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => {
            format!("name a bundle's directory, or read services with --services {name}")
        }
        _ => format!("name a bundle's directory, or evaluate it with --file {name}"),
    }
}

/// The service that a word of the command line names, with or without `.service`.
pub fn service_name(name: &str) -> Result<UnitName> {
    let full = if name.ends_with(".service") {
        name.to_owned()
    } else {
        format!("{name}.service")
    };
    UnitName::parse(&full).context("could not look for the service")
}

/// The service that `name` means in the bundle called so, with or without `.service`.
pub fn find_service(bundle: &Bundle, called: &str, name: &str) -> Result<UnitName> {
    let unit = service_name(name)?;
    if !bundle.services.contains_key(&unit) {
        let names: Vec<_> = bundle.services.keys().map(UnitName::stem).collect();
        bail!("{called} has no {unit}; there are {}", names.join(", "));
    }
    Ok(unit)
}
