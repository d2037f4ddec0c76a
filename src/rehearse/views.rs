//! A view of the whole store for each service of a control run: what it opens and executes through it is recorded, whether it is in its
//! closure or not.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::round::plain_name;
use crate::guest::Guest;
use crate::observe::{Touched, Watch};
use crate::service::UnitName;

/// The directory of the views in a guest.
const VIEWS: &str = "/run/confinix-views";
/// The directory in it that views have besides the store: an overlay needs two. In it is a copy of /bin/sh, which services see there, so that
/// calls of it are recorded too.
const BESIDES: &str = ".besides";
/// The directory of the copy, named like a store path.
const OF_SHELL: &str = "00000000000000000000000000000000-bin-sh";
/// How long a mount may take.
const LIMIT: Duration = Duration::from_secs(20);

/// What a unit with a view sets besides. While there is no view of the service, it starts without.
pub fn viewed(name: &UnitName, store: &Path) -> String {
    let (name, store) = (plain_name(name), store.display());
    format!(
        "[Service]\nBindPaths=-{VIEWS}/{name}:{store}\nBindReadOnlyPaths=-{VIEWS}/{name}/{OF_SHELL}/sh:/bin/sh\n"
    )
}

/// The view of one service, mounted in a guest.
pub struct View<'g> {
    guest: &'g Guest,
    link: PathBuf,
    mounted: String,
    watch: Watch,
}

/// Returns why no view can be recorded in this guest; `None` if one can.
pub fn obstacle(guest: &Guest, store: &Path) -> Result<Option<String>> {
    let of_shell = format!("{VIEWS}/{BESIDES}/{OF_SHELL}");
    fs::create_dir_all(within(guest, &of_shell))
        .context("cannot create a directory in the guest")?;
    guest.run(["cp", "--dereference", "--", "/bin/sh", &shell()], LIMIT)?;
    let name = UnitName::parse("confinix-obstacle.service")?;
    Ok(match View::open(guest, store, &name) {
        Ok(view) => {
            view.close()?;
            None
        }
        Err(error) => Some(format!("{error:#}")),
    })
}

impl<'g> View<'g> {
    /// Mounts the view of a service and begins to record.
    pub fn open(guest: &'g Guest, store: &Path, name: &UnitName) -> Result<Self> {
        let plain = plain_name(name);
        let mounted = format!("{VIEWS}/.{plain}");
        let place = within(guest, &mounted);
        fs::create_dir_all(&place).context("cannot create a directory in the guest")?;
        let options = format!("ro,lowerdir={VIEWS}/{BESIDES}:{}", store.display());
        let words = ["mount", "-t", "overlay", "-o", &options, "none", &mounted];
        if !guest.run(words, LIMIT)?.is_good() {
            bail!("an overlay can't be mounted over the store");
        }
        let link = within(guest, VIEWS).join(&plain);
        // The unit sees the view once it is whole.
        let opened = Watch::on(&place).and_then(|watch| {
            symlink(format!(".{plain}"), &link).context("cannot create a link in the guest")?;
            Ok(watch)
        });
        match opened {
            Ok(watch) => Ok(Self {
                guest,
                link,
                mounted,
                watch,
            }),
            Err(error) => {
                unmount(guest, &mounted)?;
                Err(error)
            }
        }
    }

    /// Ends the record and unmounts the view. Returns what was touched.
    pub fn close(self) -> Result<Touched> {
        fs::remove_file(&self.link).context("cannot remove a link in the guest")?;
        let touched = self.watch.finish();
        unmount(self.guest, &self.mounted)?;
        let mut touched = touched?;
        let is_called = touched.take(OF_SHELL) || touched.elsewhere;
        if within(self.guest, &shell()).exists() {
            touched.bin_sh = Some(is_called);
        }
        Ok(touched)
    }
}

/// The copy of /bin/sh in a guest.
fn shell() -> String {
    format!("{VIEWS}/{BESIDES}/{OF_SHELL}/sh")
}

/// A process that the service left behind may keep the view busy, so it is detached.
fn unmount(guest: &Guest, mounted: &str) -> Result<()> {
    guest.run(["umount", "--lazy", mounted], LIMIT)?;
    Ok(())
}

fn within(guest: &Guest, path: &str) -> PathBuf {
    guest.root().join(path.trim_start_matches('/'))
}
