//! What the subcommands that look at a bundle take: the directory of one, or anything that one can be made from.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Usage;
use super::source::SourceOptions;
use crate::bundle::{BUNDLE_FILE, Bundle, read_sealed};
use crate::progress::Progress;
use crate::service::UnitName;

/// A bundle, and how the user called it.
pub struct Target {
    /// As it stood on the command line.
    pub name: String,
    pub bundle: Bundle,
}

impl Target {
    /// The bundle in the directory `target`, or else the one that `options` make of it, in memory.
    pub fn load(
        target: Option<&str>,
        options: &SourceOptions,
        progress: &Progress,
    ) -> Result<Self> {
        if let Some(dir) = target.map(Path::new) {
            let file = dir.join(BUNDLE_FILE);
            if file.exists() {
                progress.step(&format!("reading {}", file.display()));
                return Ok(Self {
                    name: dir.display().to_string(),
                    bundle: read_sealed(dir)?,
                });
            }
            if options.are_recorded() {
                bail!(Usage(format!(
                    "{} is not a bundle, and the services come from a file already: leave it out",
                    dir.display()
                )));
            }
            if dir.is_dir()
                && std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none())
            {
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
        Ok(Self {
            bundle: options.make(target, progress)?.bundle,
            name: described,
        })
    }
}

/// The service that `name` means in the bundle called so, with or without `.service`.
pub fn find_service(bundle: &Bundle, called: &str, name: &str) -> Result<UnitName> {
    let full = if name.ends_with(".service") {
        name.to_owned()
    } else {
        format!("{name}.service")
    };
    let unit = UnitName::parse(&full).context("could not look for the service")?;
    if !bundle.services.contains_key(&unit) {
        let names: Vec<_> = bundle.services.keys().map(UnitName::stem).collect();
        bail!("{called} has no {unit}; there are {}", names.join(", "));
    }
    Ok(unit)
}
