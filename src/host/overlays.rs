//! Counts the overlays below a directory.

use std::path::{Path, PathBuf};

/// Returns whether a directory is on an overlay over another, according to `/proc/self/mountinfo` (proc_pid_mountinfo(5)). A layer that
/// this table does not contain, such as that of a container's root, counts as a plain file system.
pub fn is_stacked(mountinfo: &str, dir: &Path) -> bool {
    let mounts: Vec<Mount> = mountinfo.lines().filter_map(Mount::parse).collect();
    depth(&mounts, dir) > 1
}

struct Mount {
    place: PathBuf,
    /// The lower layers; `None` if it is not an overlay.
    layers: Option<Vec<PathBuf>>,
}

impl Mount {
    fn parse(line: &str) -> Option<Self> {
        let (mount, file_system) = line.split_once(" - ")?;
        let place = mount.split(' ').nth(4)?;
        let mut fields = file_system.split(' ');
        let kind = fields.next()?;
        let options = fields.nth(1)?;
        Some(Self {
            place: unescaped(place).into(),
            layers: (kind == "overlay").then(|| layers(options)),
        })
    }
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
        .map(|layer| unescaped(layer).into())
        .collect()
}

/// Returns the number of stacked overlays at a directory. `mounts` are the mounts that existed before the last of its overlays.
fn depth(mounts: &[Mount], dir: &Path) -> u32 {
    let found = mounts
        .iter()
        .enumerate()
        .filter(|(_, mount)| dir.starts_with(&mount.place))
        // The last mount at a path covers the others.
        .max_by_key(|(index, mount)| (mount.place.components().count(), *index));
    let Some((index, mount)) = found else {
        return 0;
    };
    let Some(layers) = &mount.layers else {
        return 0;
    };
    let below = layers.iter().map(|layer| depth(&mounts[..index], layer));
    1 + below.max().unwrap_or(0)
}

/// Decodes octal escapes: `\040` is a space. Leaves other text unchanged.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).map(|code| u8::from_str_radix(code, 8));
        match code {
            Some(Ok(byte)) if byte.is_ascii() => {
                plain.push(char::from(byte));
                plain.push_str(&part[3..]);
            }
            _ => {
                plain.push('\\');
                plain.push_str(part);
            }
        }
    }
    plain
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
        is_stacked(&mounts.concat(), Path::new("/nix/store"))
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
