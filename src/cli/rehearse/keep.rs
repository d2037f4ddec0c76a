//! `confinix rehearse --keep`: what the guests wrote, for people to look at

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::super::{Usage, file_name};
use crate::document::{Workshop, parent};
use crate::progress::Progress;
use crate::text::{shell_word, text};

/// A directory for what the guests wrote. It appears whole or not at all.
pub struct Keep {
    workshop: Workshop,
    /// Where it will be; `None` for a new one.
    place: Option<PathBuf>,
}

impl Keep {
    /// Prepares the directory, which must not exist yet. Without a name, it is a new one in the directory for temporary files, whose name is printed.
    pub fn new(place: &Path, progress: &Progress) -> Result<Self> {
        let is_named = !place.as_os_str().is_empty();
        let place = is_named.then(|| place.to_owned());
        if place.is_none() && progress.is_quiet() {
            bail!(Usage(
                "with --quiet, --keep has to name the directory, which would not be printed: --keep=DIR".into()
            ));
        }
        let workshop = match &place {
            None => Workshop::temporary()?,
            Some(place) => {
                if fs::symlink_metadata(place).is_ok() {
                    bail!(Usage(format!(
                        "{} already exists: remove it, or name another directory for --keep",
                        place.display()
                    )));
                }
                let parent = parent(file_name(place)?);
                Workshop::within(parent)
                    .with_context(|| format!("cannot create a directory in {}", parent.display()))?
            }
        };
        Ok(Self { workshop, place })
    }

    /// Where it is until it is complete.
    pub fn directory(&self) -> PathBuf {
        self.workshop.new_path()
    }

    /// Moves it to its place, and tells where that is, unless nothing was kept.
    pub fn settle(self, progress: &Progress) -> Result<()> {
        let kept = self.directory();
        if !kept.is_dir() {
            return Ok(());
        }
        let place = match self.place {
            Some(place) => place,
            None => tempfile::Builder::new()
                .prefix("confinix-rehearsal-")
                .tempdir()
                .context("cannot create a directory for what the guests wrote")?
                .keep(),
        };
        // It may have copies of secrets.
        fs::set_permissions(&kept, fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot protect {}", kept.display()))?;
        fs::rename(&kept, &place)
            .with_context(|| format!("cannot move what the guests wrote to {}", place.display()))?;
        tell(&place, progress);
        Ok(())
    }
}

fn tell(place: &Path, progress: &Progress) {
    let word = |path: &Path| shell_word(&path.to_string_lossy());
    let journal = word(&place.join("confined/journal"));
    progress.list(text!(
        "What the guests wrote, without confinement (control) and with it (confined), is in {}.\n  tree has the files, with the units in etc/systemd/system\n  journalctl --directory {} shows the journal\n  rm -r {} removes it\n",
        place.display(),
        journal,
        word(place)
    ));
}
