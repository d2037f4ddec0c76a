//! The kernel's table of mounts (proc_pid_mountinfo(5)).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// The mounts of a mount namespace, as one process sees them, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountTable(pub Vec<KernelMount>);

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelMount {
    /// Its id.
    pub id: u32,
    /// The mount that it is mounted on.
    pub parent: u32,
    /// The device of its file system, `major:minor`.
    pub device: String,
    /// The path in the file system that it shows.
    pub root: PathBuf,
    /// Its path, from the root of the process.
    pub place: PathBuf,
    /// Whether it is read-only itself; its file system may also be.
    pub read_only: bool,
    /// How mounts below it spread; empty if they do not (`private`).
    pub propagation: Vec<Propagation>,
    /// The type of its file system.
    pub file_system: String,
    /// What the file system was mounted from.
    pub source: PathBuf,
    /// The options of the file system.
    pub options: String,
}

/// How mounts below a mount spread to others and from them (mount_namespaces(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// To and from the mounts of this peer group.
    Shared(u32),
    /// From those of this peer group.
    Master(u32),
    /// The nearest peer group under the root of the process that they come from.
    From(u32),
    /// It can't be bound elsewhere.
    Unbindable,
}

impl MountTable {
    /// Reads `/proc/PID/mountinfo`. Invalid lines are skipped.
    pub fn parse(mountinfo: &[u8]) -> Self {
        let lines = mountinfo.split(|byte| *byte == b'\n');
        Self(lines.filter_map(KernelMount::parse).collect())
    }

    /// The table of this process; `None` if it can't be read.
    pub fn of_this_process() -> Option<Self> {
        let mountinfo = std::fs::read("/proc/self/mountinfo").ok()?;
        Some(Self::parse(&mountinfo))
    }

    /// The mount that contains a path without symlinks, with its index. Of mounts at one place, the last covers the others.
    pub fn covering(&self, path: &Path) -> Option<(usize, &KernelMount)> {
        covering(&self.0, path)
    }

    /// Where this table has what a mount of another table shows: of this table's mounts of the same file system, the most
    /// specific one that contains it. `None` if there is none.
    pub fn place_of(&self, mount: &KernelMount) -> Option<PathBuf> {
        let shows = |own: &&KernelMount| {
            own.device == mount.device && mount.root.starts_with(&own.root) && !own.is_deleted()
        };
        let own = self.0.iter().filter(shows);
        // Of several, the first: the others were bound from it.
        let own = own.rev().max_by_key(|own| own.root.components().count())?;
        let rest = mount.root.strip_prefix(&own.root).ok()?;
        Some(own.place.components().chain(rest.components()).collect())
    }
}

/// The one of these mounts that contains a path without symlinks.
pub(crate) fn covering<'m>(
    mounts: &'m [KernelMount],
    path: &Path,
) -> Option<(usize, &'m KernelMount)> {
    let mounts = mounts.iter().enumerate();
    mounts
        .filter(|(_, mount)| path.starts_with(&mount.place))
        .max_by_key(|(index, mount)| (mount.place.components().count(), *index))
}

impl KernelMount {
    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|byte| *byte == b' ');
        let mut next = || fields.next();
        let number = |field: &[u8]| std::str::from_utf8(field).ok()?.parse().ok();
        let (id, parent) = (number(next()?)?, number(next()?)?);
        let device = text(next()?);
        let (root, place) = (path(next()?), path(next()?));
        let read_only = next()?.split(|byte| *byte == b',').any(|o| o == b"ro");
        let mut propagation = Vec::new();
        loop {
            let field = text(next()?);
            let (name, group) = field.split_once(':').unwrap_or((&field, ""));
            let group = group.parse().ok();
            propagation.extend(match (name, group) {
                ("-", _) => break,
                ("shared", Some(group)) => Some(Propagation::Shared(group)),
                ("master", Some(group)) => Some(Propagation::Master(group)),
                ("propagate_from", Some(group)) => Some(Propagation::From(group)),
                ("unbindable", _) => Some(Propagation::Unbindable),
                _ => None,
            });
        }
        Some(Self {
            id,
            parent,
            device,
            root,
            place,
            read_only,
            propagation,
            file_system: text(next()?),
            source: path(next()?),
            options: text(next()?),
        })
    }

    /// The value of an option of its file system, unescaped.
    pub fn option(&self, name: &str) -> Option<String> {
        let mut options = self.options.split(',');
        let value = options.find_map(|option| option.strip_prefix(name)?.strip_prefix('='))?;
        Some(text(&unescaped(value.as_bytes())))
    }

    /// Whether what it shows has been deleted.
    pub fn is_deleted(&self) -> bool {
        self.root
            .as_os_str()
            .as_encoded_bytes()
            .ends_with(b"//deleted")
    }
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).into_owned()
}

fn path(field: &[u8]) -> PathBuf {
    OsString::from_vec(unescaped(field)).into()
}

/// `\040` is a space; anything that is not such an escape is kept.
pub(crate) fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, behind)) = rest.split_first() {
        let code = behind.get(..3).filter(|_| byte == b'\\');
        let code =
            code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 8).ok());
        if let Some(code) = code {
            plain.push(code);
            rest = &behind[3..];
        } else {
            plain.push(byte);
            rest = behind;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, Result};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_taken_apart() -> Result<()> {
        let table = MountTable::parse(include_bytes!("../../fixtures/mountinfo/service"));
        assert_eq!(table.0.len(), 39);
        let (_, mount) = table
            .covering(Path::new("/mnt/x/below"))
            .context("no mount")?;
        let expected = KernelMount {
            id: 280,
            parent: 271,
            device: "0:40".into(),
            root: "/srv/a b".into(),
            place: "/mnt/x".into(),
            read_only: false,
            propagation: vec![Propagation::Shared(58), Propagation::Master(1)],
            file_system: "overlay".into(),
            source: "none".into(),
            options: mount.options.clone(),
        };
        assert_eq!(*mount, expected);
        assert_eq!(mount.option("lowerdir").as_deref(), Some("/"));
        assert_eq!(mount.option("lower"), None);
        Ok(())
    }

    #[test]
    fn this_machine_has_a_root() -> Result<()> {
        let table = MountTable::of_this_process().context("no table")?;
        let (_, root) = table.covering(Path::new("/")).context("no root")?;
        assert_eq!(root.place, Path::new("/"));
        let text = std::fs::read("/proc/self/mountinfo")?;
        let lines = text.split(|byte| *byte == b'\n');
        assert_eq!(table.0.len(), lines.filter(|line| !line.is_empty()).count());
        Ok(())
    }

    #[test]
    fn propagation_and_escapes_are_read() {
        let line = b"1 2 8:1 /a\\134b /c\\011\\303\\251 ro,relatime shared:3 propagate_from:4 unbindable new:1 - ext4 /dev/a\\040b rw";
        let table = MountTable::parse(line);
        let [mount] = &table.0[..] else {
            unreachable!("{table:?}");
        };
        assert_eq!(
            (mount.root.to_str(), mount.place.to_str()),
            (Some("/a\\b"), Some("/c\té"))
        );
        assert_eq!(
            mount.propagation,
            [
                Propagation::Shared(3),
                Propagation::From(4),
                Propagation::Unbindable
            ]
        );
        assert!(mount.read_only);
        assert_eq!(mount.source, Path::new("/dev/a b"));
        assert_eq!(
            MountTable::parse(b"nonsense\n - \n1 2 3 4\n"),
            MountTable::default()
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(line in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = MountTable::parse(&line);
            let _ = unescaped(&line);
        }

        #[test]
        fn what_the_kernel_escapes_is_read_back(path in "/[ -~\t\né]{0,20}") {
            let escaped: String = path.chars().map(|c| match c {
                ' ' | '\t' | '\n' | '\\' => format!("\\{:03o}", u32::from(c)),
                c => c.to_string(),
            }).collect();
            prop_assert_eq!(unescaped(escaped.as_bytes()), path.into_bytes());
        }
    }
}
