//! The units that set up a view on the host.

use anyhow::{Result, ensure};

use crate::store::StoreDir;
use crate::view;

/// What a bundle holds for the view of one closure besides its image, and where the view appears. All names come from the id
/// of the closure.
pub struct ViewUnits {
    /// The name of the image. It stands beside the mount unit, which finds it by `%Y` wherever both are.
    pub image: String,
    /// The mount units, and the drop-ins for mounts whose unit is gone, by their path in the bundle.
    pub texts: [(String, String); 4],
    /// The mount unit of the view.
    pub unit: String,
    /// Where the host has the view.
    pub place: String,
    /// The directory of the view that shows the closure.
    pub directory: String,
}

const UNITS: &str = "lib/systemd/system";

/// Nothing but the services that need it keeps a view, however often they come and go. Not ordered with other file systems, so that
/// early services can have one.
const LIFE: &str = "\
StopWhenUnneeded=yes
StartLimitIntervalSec=0
DefaultDependencies=no
Conflicts=umount.target
Before=umount.target
";

impl ViewUnits {
    /// The units for the view of the closure with this id over the store at `dir`.
    pub fn new(id: &str, dir: &StoreDir) -> Result<Self> {
        ensure!(
            dir.as_str()
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)),
            "the strategy image can't be used with the store {dir}: overlayfs would need its name escaped"
        );
        let meta = format!("/run/confinix/meta/{id}");
        let place = format!("/run/confinix/view/{id}");
        let image = format!("confinix-{id}.erofs");
        let unit = format!("run-confinix-view-{id}.mount");
        let meta_text = format!(
            "# Written by confinix: the names of the store paths in a closure.\n\
             [Unit]\n{LIFE}\n\
             [Mount]\nWhat=%Y/{image}\nWhere={meta}\nType=erofs\nOptions=ro,nodev,nosuid\n"
        );
        let view_text = format!(
            "# Written by confinix: the store paths of a closure, and no others.\n\
             [Unit]\n{LIFE}RequiresMountsFor={meta} {dir}\n\n\
             [Mount]\nWhat=overlay\nWhere={place}\nType=overlay\n\
             Options=ro,nodev,nosuid,metacopy=on,redirect_dir=follow,lowerdir={meta}:{dir}\n"
        );
        // systemd reads drop-ins by the beginning of a name even for a mount whose unit an upgrade took away.
        let leftover = |kind: &str| {
            (
                format!("{UNITS}/run-confinix-{kind}-.mount.d/zz-confinix.conf"),
                "# Written by confinix: a mount whose unit is gone goes too.\n[Unit]\nStopWhenUnneeded=yes\n"
                    .to_owned(),
            )
        };
        Ok(Self {
            texts: [
                (format!("{UNITS}/run-confinix-meta-{id}.mount"), meta_text),
                (format!("{UNITS}/{unit}"), view_text),
                leftover("meta"),
                leftover("view"),
            ],
            image: format!("{UNITS}/{image}"),
            directory: format!("{place}/{}", view::DIRECTORY),
            unit,
            place,
        })
    }
}
