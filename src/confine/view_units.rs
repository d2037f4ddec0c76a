//! The units that set up the views on the host.

use anyhow::{Result, ensure};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::own_views::{self, OWN, token};
use crate::service::{Hide, UnitName};
use crate::store::StoreDir;
use crate::view;

const UNITS: &str = "lib/systemd/system";

/// The symlink to the views of the bundle that systemd has loaded. Drop-ins name it instead of an image: a service whose closure stays
/// the same keeps its drop-in when others change.
const CURRENT: &str = "/run/confinix/views";

/// The dependencies of a service that sees a view. The target stays active while the service is, and holds the views. The service unit
/// is started with every service, because only a job makes systemd wait.
pub const DEPENDENCIES: &str = "\
[Unit]
Wants=confinix-view.target
Requires=confinix-view.service
After=confinix-view.service confinix-view.target
";

/// A view stays mounted as long as services need it, however often they start, and NixOS's switch-to-configuration must not
/// touch it. It is not ordered with other file systems, so that early services can have a view.
const LIFE: &str = "\
StopWhenUnneeded=yes
StartLimitIntervalSec=0
X-StopOnRemoval=false
DefaultDependencies=no
Conflicts=umount.target
Before=umount.target
";

/// The same for what is not a mount.
const SHUTDOWN: &str = "\
X-StopOnRemoval=false
DefaultDependencies=no
Conflicts=shutdown.target
Before=shutdown.target
";

/// mount(8) puts an image on a loop device if the kernel or an older util-linux needs one, and systemd makes the mount depend
/// on the device in the table of mounts. A view that is stopped and started at once would then wait 90 s for a device that is
/// gone. systemd skips that dependency for bind mounts: mounts with the option `bind`, in the unit or in util-linux's
/// /run/mount/utab. There, systemd splits options at every comma; util-linux does not split within quotes.
const NO_DEVICE: &str = "x-confinix=\"as,bind,mounts\"";

/// After a switch, systemd mounts the new views because their target upholds the link to them. A service that is reloaded meanwhile waits
/// for this unit, because it is ordered after it and the unit has a job.
const RELEASE: &str = "Wants=confinix-view.service\n";

/// Goes into the unit's description, which the journal shows beside mount(8)'s own messages; those name neither.
const NEEDS: &str =
    "needs the kernel modules erofs and, before Linux 6.12 or util-linux 2.41, loop";

/// Also in /run/systemd/system while the machine runs: a view whose bundle is gone has no unit any more, and is unmounted when
/// nothing needs it. systemd applies drop-ins for a name's prefix even to a mount without a unit.
const LEFTOVERS: &str = "run-confinix-.mount.d/zz-confinix.conf";

/// What must exist in /run before the first mount of an image. systemd would create a file in place of an image, as for a bind
/// mount of a file. A drop-in in /etc hides the one of the same name in /run, so systemd needs no reload.
const PLACE: &str = "\
# Written by confinix: makes the place of an image, and has views go whose bundle is gone.
[Unit]
Description=Place of image %i
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

/// How many digits of an image's id tell it from others.
const DIGITS: usize = 8;

/// The views of a bundle on the host, and their files in the bundle. Their names derive from the id of their image.
pub struct ViewUnits<'a> {
    dir: &'a StoreDir,
    id: &'a str,
    own: &'a [&'a UnitName],
}

impl<'a> ViewUnits<'a> {
    /// The views of the image with this id over the store at `dir`. `own`: the services that have a view of their own, sorted.
    pub fn new(id: &'a str, dir: &'a StoreDir, own: &'a [&'a UnitName]) -> Result<Self> {
        check_store(dir)?;
        Ok(Self { dir, id, own })
    }

    /// The path of the image in the bundle: beside the mount unit, which finds it with `%Y` wherever both are.
    pub fn image(&self) -> String {
        format!("{UNITS}/confinix-{}.erofs", self.id)
    }

    /// The path in the bundle of the list of the store paths that the views show.
    pub fn list(&self) -> String {
        format!("{UNITS}/confinix-{}.paths", self.id)
    }

    /// The units, by their path in the bundle.
    pub fn texts(&self) -> Vec<(String, String)> {
        let Self { dir, id, own } = self;
        let meta = format!("/run/confinix/meta/{id}");
        let meta_text = format!(
            "# Written by confinix: the names of the store paths in closures.\n\
             [Unit]\nDescription=Names of image {id} ({NEEDS})\n{LIFE}\
             Requires=confinix-place@{id}.service\nAfter=confinix-place@{id}.service\nRequiresMountsFor={dir}\n\n\
             [Mount]\nWhat=%Y/confinix-{id}.erofs\nWhere={meta}\nType=erofs\nOptions=ro,nodev,nosuid,{NO_DEVICE}\n"
        );
        let view_text = |what: &str, description: &str, source: &str, place: &str| {
            format!(
                "# Written by confinix: {what}.\n\
                 [Unit]\nDescription={description}\n{LIFE}RequiresMountsFor={meta} {dir}\n\n\
                 [Mount]\nWhat={source}\nWhere=/run/confinix/view/{place}\nType=overlay\n\
                 Options=ro,nodev,nosuid,metacopy=on,redirect_dir=follow,lowerdir={meta}:{dir}\n"
            )
        };
        let shared_text = view_text(
            "the store paths of closures, and no others",
            &format!("Views of image {id}"),
            "overlay",
            id,
        );
        let leftovers = "# Written by confinix: a mount whose unit is gone goes too.\n[Unit]\nStopWhenUnneeded=yes\n";
        let link = format!(
            "# Written by confinix: makes the views of an image the current ones, and reports store paths that are missing.\n\
             [Unit]\nDescription=Link to the views of image %i\n{SHUTDOWN}StartLimitIntervalSec=0\nPartOf=confinix-view.target\n\
             Requires=run-confinix-view-%i.mount\nAfter=run-confinix-view-%i.mount\n{RELEASE}\n\
             [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=systemd-tmpfiles --create -\n\
             StandardInputText=L+ {CURRENT} - - - - /run/confinix/view/%i/{directory}\n\
             ExecStart=-/bin/sh -c 'while read -r path; do [ -e \"$$path\" ] || [ -L \"$$path\" ] || echo \"<3>$$path is missing: services that need it fail\"; done <\"$$0\"' %Y/confinix-%i.paths\n",
            directory = view::DIRECTORY,
        );
        let target = format!(
            "# Written by confinix: is active while services are that see a view.\n\
             [Unit]\nDescription=Services that see a view\n{SHUTDOWN}StopWhenUnneeded=yes\n\
             Upholds=confinix-view@{id}.service\nAfter=confinix-view@{id}.service\n"
        );
        let own_views = own.iter().map(|name| {
            let place = own_views::place(id, name);
            let text = view_text(
                own_views::WHAT,
                &format!("View of {name} (image {id})"),
                &own_views::source(name),
                &place,
            );
            (format!("{UNITS}/run-confinix-view-{place}.mount"), text)
        });
        let of_own = (!own.is_empty()).then(|| {
            let path = format!("{UNITS}/confinix-view@{id}.service.d/zz-own.conf");
            (path, own_views::text(id, own))
        });
        let shared = [
            (format!("{UNITS}/run-confinix-meta-{id}.mount"), meta_text),
            (format!("{UNITS}/run-confinix-view-{id}.mount"), shared_text),
            (format!("{UNITS}/{LEFTOVERS}"), leftovers.to_owned()),
            (format!("{UNITS}/confinix-place@.service"), PLACE.to_owned()),
            (format!("{UNITS}/confinix-view@.service"), link),
            (format!("{UNITS}/confinix-view.target"), target),
            (format!("{UNITS}/confinix-view.service"), self.wait()),
        ];
        shared.into_iter().chain(own_views).chain(of_own).collect()
    }

    /// The unit that services wait for. After a switch to another bundle, it releases the views of the previous one: not before
    /// the link leads to the new ones, so that the commands of running services always find a view.
    fn wait(&self) -> String {
        let id = self.id;
        let others = || others(id);
        let conditions: String = others()
            .map(|other| {
                format!(
                    "ConditionPathExistsGlob=|/run/confinix/view/{other}/{}\n",
                    view::DIRECTORY
                )
            })
            .collect();
        let links: String = others()
            .map(|other| format!(" confinix-view@{other}.service"))
            .collect();
        format!(
            "# Written by confinix: has services wait for the current views, and releases the previous ones.\n\
             [Unit]\nDescription=Current views\nDefaultDependencies=no\nStartLimitIntervalSec=0\n\
             Requires=confinix-view@{id}.service run-confinix-view-{id}.mount\n\
             After=confinix-view@{id}.service run-confinix-view-{id}.mount\n{conditions}\n\
             [Service]\nType=oneshot\nLogLevelMax=notice\nExecStart=-systemctl stop --no-block{links}\n"
        )
    }
}

/// Patterns that match all ids of images but one.
fn others(id: &str) -> impl Iterator<Item = String> {
    id.char_indices()
        .take(DIGITS)
        .map(|(at, digit)| format!("{}[!{digit}]*", &id[..at]))
}

/// The name of the view of the closure with this id that leaves out these classes.
pub fn view_id(closure: &str, hide: &Hide) -> String {
    if hide.is_empty() {
        return closure.to_owned();
    }
    let lines: String = hide
        .iter()
        .map(|class| format!("hide {}\n", class.name()))
        .collect();
    HEXLOWER.encode(&Sha256::digest(format!("{closure}\n{lines}"))[..16])
}

/// Where the host shows the view with this name, to `own` alone if that is given.
pub fn view_of(view: &str, own: Option<&UnitName>) -> String {
    match own {
        Some(name) => format!("{OWN}/{}/{view}", token(name)),
        None => format!("{CURRENT}/{view}"),
    }
}

/// Fails if views can't be mounted over a store with this name.
pub fn check_store(dir: &StoreDir) -> Result<()> {
    ensure!(
        dir.as_str()
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)),
        "the strategy image can't be used with the store {dir}: overlayfs would need its name escaped"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_all_images_but_one() {
        let matches = |id: &str, of: &str| {
            let mut patterns = others(of).map(|pattern| glob(&pattern, id));
            patterns.any(|is| is)
        };
        let id = "0123456789abcdef";
        assert!(!matches(id, id));
        for other in ["1123456789abcdef", "0123456f89abcdef", "f123456789abcdef"] {
            assert!(matches(other, id), "{other}");
        }
    }

    /// Whether a pattern of the form `PREFIX[!X]*` matches.
    fn glob(pattern: &str, text: &str) -> bool {
        let (prefix, rest) = pattern.split_once("[!").unwrap_or_default();
        let rest = rest.strip_suffix("]*").unwrap_or_default();
        text.strip_prefix(prefix)
            .is_some_and(|tail| !tail.is_empty() && !tail.starts_with(rest))
    }

    #[test]
    fn a_store_that_overlayfs_would_misread_is_refused() -> Result<()> {
        for dir in ["/nix/my store", "/nix/a:b", "/nix/a,b", "/nix/100%"] {
            let dir = StoreDir::parse(dir)?;
            assert!(
                ViewUnits::new("id", &dir, &[]).is_err(),
                "{dir} was accepted"
            );
        }
        Ok(())
    }
}
