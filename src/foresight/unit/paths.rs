//! Entries of `ReadWritePaths=` and the like, which systemd looks for inside the root (`apply_mounts` in its `namespace.c`).

use anyhow::Result;

use crate::code::Code;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::root::{Found, MountKind};
use crate::store::below;
use crate::systemd::{PathEntry, Setting, path_entries};

impl Sight<'_> {
    /// Entries with `+` and without `-` of what is not inside: the service ends with 226/NAMESPACE.
    pub(super) fn sandbox_paths(&self) -> Result<Vec<Trouble>> {
        let mut seen = Vec::new();
        for (setting, word, path) in self.inside.root().restricted() {
            seen.extend(self.restricted(setting, word, path)?);
        }
        for setting in [Setting::ExecPaths, Setting::NoExecPaths] {
            let entries = path_entries(self.around.settings, &setting).into_iter();
            let required = entries.filter(|entry| entry.is_of_root && !entry.is_optional);
            for PathEntry { word, path, .. } in required {
                seen.extend(self.restricted(setting, &word, &path)?);
            }
        }
        Ok(seen)
    }

    fn restricted(&self, setting: Setting, word: &str, path: &str) -> Result<Option<Trouble>> {
        if path.contains('%') || self.has_no_effect(setting, path) {
            return Ok(None);
        }
        let why = if self.inside.look(path)? == Found::Missing {
            format!("{path} is not in the service's root")
        } else if self.inside.is_made_by_mounts(path) {
            format!("{path} does not exist before systemd mounts what is below it")
        } else if self.loses_mount(path) {
            format!("systemd then mounts no TemporaryFileSystem= at {path}")
        } else {
            return Ok(None);
        };
        let message = format!("the unit sets {setting}={word}, and {why}");
        let remedies = self.confined.without(setting, word);
        let trouble = Trouble::new(Code::SandboxPathMissing, path, message);
        Ok(Some(trouble.fixed_by(remedies)))
    }

    /// Whether systemd drops an entry because the one above it has the same effect (`drop_nop`).
    fn has_no_effect(&self, setting: Setting, path: &str) -> bool {
        let root = self.inside.root();
        let same = match setting {
            Setting::ReadOnlyPaths => &root.read_only,
            Setting::ReadWritePaths => &root.read_write,
            _ => return false,
        };
        let is_above = |other: &str| below(path, other).is_some_and(|rest| !rest.is_empty());
        let depth = |other: &str| other.trim_end_matches('/').len();
        let deepest = |entries: &[PathEntry]| {
            let above = entries.iter().filter(|entry| is_above(&entry.path));
            above.map(|entry| depth(&entry.path)).max()
        };
        let mounts = root.mounts.iter().map(|mount| &*mount.target);
        let others = mounts
            .filter(|target| is_above(target))
            .map(depth)
            .chain(deepest(&root.read_only))
            .chain(deepest(&root.read_write));
        deepest(same).is_some_and(|depth| others.max() == Some(depth))
    }

    /// Whether systemd drops the `TemporaryFileSystem=` of a path for an entry of the same path, and nothing else makes a directory there
    /// (`drop_duplicates`).
    fn loses_mount(&self, path: &str) -> bool {
        let root = self.inside.root();
        let mut mounts = root.mounts.iter().filter(|mount| mount.target == path);
        let is_empty = mounts.all(|mount| matches!(mount.kind, MountKind::Empty { .. }));
        let has_mount = root.mounts.iter().any(|mount| mount.target == path);
        has_mount && is_empty && !root.is_adopted && !self.inside.is_of_base(path)
    }
}
