//! `confinix status`

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use super::format::{Printing, print_as};
use super::loaded::service_name;
use super::{Outcome, Usage, file_name};
use crate::bundle::read_sealed;
use crate::document::write_whole;
use crate::output::prometheus;
use crate::progress::Progress;
use crate::status::{Status as Found, bundle_of_this_system, bundle_of_users, status};
use crate::text::count;

/// Compare the running system with a bundle: units, drop-ins, and what each process of a service really sees
///
/// Asks systemd for the files of each unit, and the kernel for the mounts of its processes. Finds services that still run with an older
/// closure or without confinement, drop-ins that were edited or overridden, mounts that were added, removed or made writable, deleted files
/// in use, and views and drop-ins that are left over. Changes nothing. Without root, it reports what it can't see. A bundle for user
/// managers is compared with the manager of the user who runs confinix.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix status                           the bundle that is installed on this system
  confinix status confinix-bundle
  confinix status --prometheus /var/lib/node_exporter/confinix.prom
Exits 1 if something differs.")]
pub struct Status {
    /// The bundle [default: the installed one: that of `confinix install`, or the one that the drop-ins link to]
    #[arg(value_name = "BUNDLE")]
    dir: Option<PathBuf>,
    /// Compare what `confinix install --user` installed with your own service manager
    #[arg(long, conflicts_with = "dir")]
    user: bool,
    #[command(flatten)]
    printing: Printing<Found>,
    /// Also write the numbers of differences to this file, for the textfile collector of Prometheus's node_exporter
    #[arg(long, value_name = "FILE")]
    prometheus: Option<PathBuf>,
}

impl Status {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let dir = match &self.dir {
            Some(dir) if is_service(dir) => {
                let name = dir.display();
                bail!(Usage(format!(
                    "{name} is not a bundle: no such directory; `systemctl status {name}` shows one service, `confinix status` compares all of the installed bundle"
                )))
            }
            Some(dir) => dir.clone(),
            None if self.user => bundle_of_users()?,
            None => bundle_of_this_system()?,
        };
        progress.step(&format!("reading {}", dir.display()));
        let bundle = read_sealed(&dir)?;
        progress.step(&format!(
            "comparing {}",
            count(bundle.services.len(), "service")
        ));
        let found = status(&bundle)?;
        progress.done();
        if let Some(file) = &self.prometheus {
            write_whole(file_name(file)?, prometheus(&found))?;
        }
        print_as(self.printing.format(), &found)?;
        Ok(if found.differences().next().is_some() {
            Outcome::No
        } else {
            Outcome::Yes
        })
    }
}

/// Whether what was given for a bundle is probably the name of a service.
fn is_service(given: &Path) -> bool {
    given.components().count() == 1
        && !given.exists()
        && service_name(&given.to_string_lossy()).is_ok()
}
