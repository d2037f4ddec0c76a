//! The mount units that set up a view on the host.

use std::fmt::Write;

use anyhow::{Result, ensure};

use crate::store::StoreDir;
use crate::view;

/// What a bundle holds for one view, and where the view appears. All names come from the id of the closure.
pub struct ViewUnits {
    /// The image, in the directory of units: the mount unit finds it beside itself.
    pub image: String,
    /// The mount unit of the image, its path in the bundle and its text.
    pub meta: (String, String),
    /// The mount unit of the view, its path in the bundle and its text.
    pub view: (String, String),
    /// Where the host has the view.
    pub place: String,
    /// The directory of the view that shows the closure.
    pub directory: String,
}

const UNITS: &str = "lib/systemd/system";

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
        let mut meta_unit =
            String::from("# Written by confinix: which store paths a view shows.\n");
        writeln!(meta_unit, "[Unit]\nStopWhenUnneeded=yes\n")?;
        writeln!(
            meta_unit,
            "[Mount]\nWhat=%Y/{image}\nWhere={meta}\nType=erofs\nOptions=ro"
        )?;
        let mut view_unit =
            String::from("# Written by confinix: the store paths of a closure, and no others.\n");
        writeln!(
            view_unit,
            "[Unit]\nStopWhenUnneeded=yes\nRequiresMountsFor={meta} {dir}\n"
        )?;
        writeln!(
            view_unit,
            "[Mount]\nWhat=overlay\nWhere={place}\nType=overlay\nOptions=ro,metacopy=on,redirect_dir=follow,lowerdir={meta}:{dir}"
        )?;
        Ok(Self {
            image: format!("{UNITS}/{image}"),
            meta: (format!("{UNITS}/run-confinix-meta-{id}.mount"), meta_unit),
            view: (format!("{UNITS}/run-confinix-view-{id}.mount"), view_unit),
            directory: format!("{place}/{}", view::DIRECTORY),
            place,
        })
    }
}
