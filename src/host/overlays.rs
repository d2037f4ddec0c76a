//! Counts the overlays below a directory.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use crate::root::{KernelMount, MountTable, covering, unescaped};

/// Returns whether a directory is on an overlay over another. A layer that this table does not contain, such as that of a container's
/// root, counts as a plain file system.
pub fn is_stacked(table: &MountTable, dir: &Path) -> bool {
    depth(&table.0, dir) > 1
}

/// Returns the values of `lowerdir=`, or of `lowerdir+=`, which newer kernels show for each layer. Colons in a layer are escaped twice.
fn layers(options: &str) -> Vec<PathBuf> {
    options
        .split(',')
        .filter_map(|option| option.strip_prefix("lowerdir"))
        .flat_map(|rest| match rest.strip_prefix("+=") {
            Some(layer) => vec![layer],
            None => rest.trim_start_matches('=').split(':').collect(),
        })
        .filter(|layer| !layer.is_empty())
        .map(|layer| OsString::from_vec(unescaped(layer.as_bytes())).into())
        .collect()
}

/// Returns the number of stacked overlays at a directory. The layers of an overlay are looked up among the mounts that existed
/// before it.
fn depth(mounts: &[KernelMount], dir: &Path) -> u32 {
    let Some((index, mount)) = covering(mounts, dir) else {
        return 0;
    };
    if mount.file_system != "overlay" {
        return 0;
    }
    let layers = layers(&mount.options);
    let below = layers.iter().map(|layer| depth(&mounts[..index], layer));
    1 + below.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: &str = "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n";

    fn overlay(place: &str, lower: &str) -> String {
        format!(
            "30 21 0:40 / {place} rw shared:1 - overlay overlay rw,lowerdir={lower},upperdir=/u,workdir=/w\n"
        )
    }

    fn stacked(mounts: &[&str]) -> bool {
        is_stacked(
            &MountTable::parse(mounts.concat().as_bytes()),
            Path::new("/nix/store"),
        )
    }

    #[test]
    fn two_overlays_are_stacked_and_one_is_not() {
        assert!(!stacked(&[DISK]));
        assert!(!stacked(&[DISK, &overlay("/nix/store", "/nix/store")]));
        assert!(!stacked(&[DISK, &overlay("/", "/srv/image")]));
        assert!(stacked(&[
            DISK,
            &overlay("/nix/store", "/nix/store"),
            &overlay("/nix/store", "/nix/store")
        ]));
        assert!(stacked(&[
            &overlay("/", "/image"),
            &overlay("/nix", "/a:/nix/b")
        ]));
    }

    #[test]
    fn other_overlays_do_not_count() {
        let beside = overlay("/srv", "/var");
        assert!(!stacked(&[DISK, &beside, &overlay("/nix/store", "/data")]));
        let store = "31 21 8:2 / /nix/store ro - ext4 /dev/sda2 ro\n";
        let (a, b) = (overlay("/", "/x"), overlay("/", "/"));
        assert!(!stacked(&[&a, &b, store]));
    }

    #[test]
    fn layers_are_read_with_their_escapes() {
        let text = overlay("/nix/store", "/a\\040b").replace("lowerdir=", "lowerdir+=");
        assert!(stacked(&[DISK, &overlay("/a\\040b", "/x"), &text]));
        assert!(!stacked(&[DISK, "nonsense\n", " - \n"]));
    }
}
