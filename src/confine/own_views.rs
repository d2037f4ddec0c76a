//! Views on file systems of their own: what is opened in one is of one service.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::service::UnitName;
use crate::view;

/// The directory of the links to these views, by [`token`].
pub(super) const OWN: &str = "/run/confinix/own";

/// What their mount units say that they are.
pub(super) const WHAT: &str =
    "the same views on a file system of its own, so that what one service opens can be observed";

/// The name of a service in paths and names of units.
pub fn token(name: &UnitName) -> String {
    HEXLOWER.encode(&Sha256::digest(name.as_str())[..16])
}

/// What the kernel's table of mounts has as the source of the view of a service: it tells the view from others wherever it is seen.
pub fn source(name: &UnitName) -> String {
    format!("confinix-{}", token(name))
}

/// The directory below that of all views where the view of a service is mounted.
pub(super) fn place(id: &str, name: &UnitName) -> String {
    format!("{id}.{}", token(name))
}

/// The drop-in of the unit that makes the views of an image the current ones: it mounts those of these services, and links to them.
/// Once the bundle is gone, the copy in /run keeps them as long as the other views of the image: commands of running services still
/// need them.
pub(super) fn text(id: &str, own: &[&UnitName]) -> String {
    let mounts: Vec<_> = own
        .iter()
        .map(|name| format!("run-confinix-view-{}.mount", place(id, name)))
        .collect();
    let mounts = mounts.join(" ");
    let links: String = own
        .iter()
        .map(|name| {
            format!(
                "StandardInputText=L+ {OWN}/{} - - - - /run/confinix/view/{}/{}\n",
                token(name),
                place(id, name),
                view::DIRECTORY
            )
        })
        .collect();
    let kept = format!("/run/systemd/system/confinix-view@{id}.service.d");
    format!(
        "# Written by confinix: mounts the views that services have of their own.\n\
         [Unit]\nWants={mounts}\nAfter={mounts}\n\n\
         [Service]\nStandardInputText=d {OWN} 0755\n{links}\
         StandardInputText=d {kept} 0755\n\
         StandardInputText=f+ {kept}/zz-kept.conf 0644 - - - [Unit]\\\\nWants={mounts}\\\\n\n"
    )
}
