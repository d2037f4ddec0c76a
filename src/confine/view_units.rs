//! The units that set up a view on the host.

use std::fmt::Write;

use anyhow::{Result, ensure};

use crate::store::{Entry, StoreDir};
use crate::view;

/// The view of one closure on the host, and its files in a bundle. All names derive from the id of the closure.
pub struct ViewUnits<'a> {
    dir: &'a StoreDir,
    id: &'a str,
    /// The mount unit of the view.
    pub unit: String,
    /// Where the host has the image.
    pub meta: String,
    /// Where the host has the view.
    pub place: String,
    /// The directory of the view that shows the closure.
    pub directory: String,
}

const UNITS: &str = "lib/systemd/system";

/// A view stays mounted as long as services need it, however often they start, and NixOS's switch-to-configuration must not
/// touch it: stopping the view of an old system would stop all services that still use it. It is not ordered with other file
/// systems, so that early services can have a view.
const LIFE: &str = "\
StopWhenUnneeded=yes
StartLimitIntervalSec=0
X-StopOnRemoval=false
DefaultDependencies=no
Conflicts=umount.target
Before=umount.target
";

/// mount(8) puts an image on a loop device if the kernel or an older util-linux needs one, and systemd makes the mount depend
/// on the device in the table of mounts. A view that is stopped and started at once would then wait 90 s for a device that is
/// gone. systemd skips that dependency for bind mounts: mounts with the option `bind`, in the unit or in util-linux's
/// /run/mount/utab. There, systemd splits options at every comma; util-linux does not split within quotes.
const NO_DEVICE: &str = "x-confinix=\"as,bind,mounts\"";

/// Goes into the unit's description, which the journal shows beside mount(8)'s own messages; those name neither.
const NEEDS: &str =
    "needs the kernel modules erofs and, before Linux 6.12 or util-linux 2.41, loop";

/// Also in /run/systemd/system while the machine runs: a view whose bundle is gone has no unit any more, and is unmounted when
/// nothing needs it. systemd applies drop-ins for a name's prefix even to a mount without a unit.
const LEFTOVERS: &str = "run-confinix-.mount.d/zz-confinix.conf";

/// What must exist in /run before the first mount of a view. systemd would create a file in place of an image, as for a bind
/// mount of a file. A drop-in in /etc hides the one of the same name in /run, so systemd needs no reload.
const PREPARE: &str = "\
# Written by confinix: makes the place of a view, and has views go whose bundle is gone.
[Unit]
Description=Place of view %i
DefaultDependencies=no
ConditionPathIsDirectory=|!/run/confinix/meta/%i
ConditionPathExists=|!/run/systemd/system/run-confinix-.mount.d/zz-confinix.conf

[Service]
Type=oneshot
ExecStart=systemd-tmpfiles --create -
StandardInputText=d /run/confinix/meta/%i 0755
StandardInputText=d /run/systemd/system/run-confinix-.mount.d 0755
StandardInputText=f+ /run/systemd/system/run-confinix-.mount.d/zz-confinix.conf 0644 - - - [Unit]\\\\nStopWhenUnneeded=yes\\\\n
";

impl<'a> ViewUnits<'a> {
    /// The view of the closure with this id over the store at `dir`.
    pub fn new(id: &'a str, dir: &'a StoreDir) -> Result<Self> {
        ensure!(
            dir.as_str()
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)),
            "the strategy image can't be used with the store {dir}: overlayfs would need its name escaped"
        );
        let place = format!("/run/confinix/view/{id}");
        Ok(Self {
            dir,
            id,
            unit: format!("run-confinix-view-{id}.mount"),
            meta: format!("/run/confinix/meta/{id}"),
            directory: format!("{place}/{}", view::DIRECTORY),
            place,
        })
    }

    /// The path of the image in the bundle: beside the mount unit, which finds it with `%Y` wherever both are.
    pub fn image(&self) -> String {
        format!("{UNITS}/confinix-{}.erofs", self.id)
    }

    /// The mount units of the view of these entries, and the files that all views share, by their path in the bundle.
    pub fn texts(&self, entries: &[(&str, Entry)]) -> [(String, String); 4] {
        let Self {
            dir,
            id,
            unit,
            meta,
            place,
            ..
        } = self;
        let conditions = self.conditions(entries);
        let meta_text = format!(
            "# Written by confinix: the names of the store paths in a closure.\n\
             [Unit]\nDescription=Names of closure {id} ({NEEDS})\n{LIFE}\
             Requires=confinix-view@{id}.service\nAfter=confinix-view@{id}.service\nRequiresMountsFor={dir}\n{conditions}\n\
             [Mount]\nWhat=%Y/confinix-{id}.erofs\nWhere={meta}\nType=erofs\nOptions=ro,nodev,nosuid,{NO_DEVICE}\n"
        );
        let view_text = format!(
            "# Written by confinix: the store paths of a closure, and no others.\n\
             [Unit]\nDescription=View of closure {id}\n{LIFE}RequiresMountsFor={meta} {dir}\nConditionPathIsMountPoint={meta}\n\n\
             [Mount]\nWhat=overlay\nWhere={place}\nType=overlay\n\
             Options=ro,nodev,nosuid,metacopy=on,redirect_dir=follow,lowerdir={meta}:{dir}\n"
        );
        let leftovers = "# Written by confinix: a mount whose unit is gone goes too.\n[Unit]\nStopWhenUnneeded=yes\n";
        [
            (format!("{UNITS}/run-confinix-meta-{id}.mount"), meta_text),
            (format!("{UNITS}/{unit}"), view_text),
            (format!("{UNITS}/{LEFTOVERS}"), leftovers.to_owned()),
            (
                format!("{UNITS}/confinix-view@.service"),
                PREPARE.to_owned(),
            ),
        ]
    }

    /// If one of its paths is missing, systemd makes neither mount of a view and names that path; the service fails, because
    /// there is nothing to bind. `Assert…=` would not name the path in the journal, and would leave the service inactive
    /// instead of failed.
    fn conditions(&self, entries: &[(&str, Entry)]) -> String {
        let mut lines = String::new();
        for (name, entry) in entries {
            // A condition follows symlinks, whose targets may not exist on the host yet.
            let condition = match entry {
                Entry::Symlink(_) => "ConditionPathIsSymbolicLink",
                _ => "ConditionPathExists",
            };
            // Writing to a String can't fail.
            let _ = writeln!(lines, "{condition}={}/{name}", self.dir);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_a_condition_and_symlinks_are_not_followed() -> Result<()> {
        let dir = StoreDir::parse("/nix/store")?;
        let file = Entry::File {
            size: 1,
            executable: false,
        };
        let entries = [
            ("a-dir", Entry::Directory),
            ("b-file", file),
            ("c-link", Entry::Symlink("/nowhere".to_owned())),
        ];
        let [(_, meta), (_, view), ..] = ViewUnits::new("id", &dir)?.texts(&entries);
        let conditions = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.starts_with("Condition"));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(
            conditions(&meta),
            [
                "ConditionPathExists=/nix/store/a-dir",
                "ConditionPathExists=/nix/store/b-file",
                "ConditionPathIsSymbolicLink=/nix/store/c-link",
            ]
        );
        assert_eq!(
            conditions(&view),
            ["ConditionPathIsMountPoint=/run/confinix/meta/id"]
        );
        Ok(())
    }

    #[test]
    fn a_store_that_overlayfs_would_misread_is_refused() -> Result<()> {
        for dir in ["/nix/my store", "/nix/a:b", "/nix/a,b", "/nix/100%"] {
            let dir = StoreDir::parse(dir)?;
            assert!(ViewUnits::new("id", &dir).is_err(), "{dir} was accepted");
        }
        Ok(())
    }
}
