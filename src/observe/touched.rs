//! The files of a view that a run touched.

use std::collections::BTreeMap;

use crate::store::{Directories, StoreDir};

/// Limits on what is kept of one run: different files, and the bytes of their names together.
const MAX_FILES: usize = 1_000_000;
const MAX_NAMES: usize = 256 << 20;

/// How a file was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// It was opened. A file that is executed is opened too.
    pub opened: bool,
    /// The kernel opened it to execute it: a program, its loader, a script or the interpreter of a script.
    pub executed: bool,
    /// It is a directory. One that is opened is usually listed.
    pub directory: bool,
}

/// What a run touched in a view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The files, by their paths below the store: `<hash>-name/bin/x`, with symlinks resolved. A byte that is not part of a UTF-8
    /// character, and `%`, are written as `%XX`.
    pub files: BTreeMap<String, Access>,
    /// Whether what is at /bin/sh was opened or executed; `None` if that was not recorded.
    pub bin_sh: Option<bool>,
    /// Whether a file of the view was touched at a place outside of the store. A service sees none but the program at /bin/sh so.
    pub elsewhere: bool,
    /// Whether files may be missing: the kernel could not report each, or there were more than confinix keeps.
    pub incomplete: bool,
    names: usize,
}

impl Touched {
    /// Adds an access to the file at `path`, as the kernel writes it. Ignores directories that are not in a store path.
    pub(super) fn add(&mut self, store: &StoreDir, path: &[u8], access: Access) {
        let Some(name) = below_store(store, path) else {
            self.elsewhere |= !access.directory;
            return;
        };
        self.insert(Directories::name(name), access);
    }

    /// Whether the file at `path`, without symlinks, was touched.
    pub fn has(&self, store: &StoreDir, path: &[u8]) -> bool {
        let name = below_store(store, path).map(Directories::name);
        name.is_some_and(|name| self.files.contains_key(&name))
    }

    /// Adds what was touched in another part of the run.
    pub fn extend(&mut self, other: Self) {
        self.incomplete |= other.incomplete;
        self.bin_sh = self.bin_sh.max(other.bin_sh);
        self.elsewhere |= other.elsewhere;
        for (name, access) in other.files {
            self.insert(name, access);
        }
    }

    /// Takes out the files of a store path. Returns whether there were any.
    pub fn take(&mut self, base: &str) -> bool {
        let before = self.files.len();
        self.files
            .retain(|name, _| name.split('/').next() != Some(base));
        self.files.len() < before
    }

    fn insert(&mut self, name: String, access: Access) {
        if let Some(known) = self.files.get_mut(&name) {
            known.opened |= access.opened;
            known.executed |= access.executed;
            known.directory |= access.directory;
        } else if self.files.len() < MAX_FILES && self.names + name.len() <= MAX_NAMES {
            self.names += name.len();
            self.files.insert(name, access);
        } else {
            self.incomplete = true;
        }
    }
}

/// Returns the part of a path that begins with the base name of a store path. What is before it depends on the mount namespace of the
/// process that opened the file: `/nix/store`, where the view itself is mounted, or nothing once the namespace is gone.
fn below_store<'a>(store: &StoreDir, path: &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = path;
    while let Some(at) = rest.iter().position(|byte| *byte == b'/') {
        rest = &rest[at + 1..];
        let base = rest.split(|byte| *byte == b'/').next()?;
        let is_base = std::str::from_utf8(base).is_ok_and(|base| store.join(base).is_ok());
        if is_base {
            return Some(rest);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    const BASE: &str = "0c0dfghijklmnpqrsvwxyz0123456789-bash-5.2";

    #[test]
    fn a_path_is_known_from_any_namespace() -> Result<()> {
        let store = StoreDir::parse("/nix/store")?;
        let nested = format!("/{BASE}/nix/store/{BASE}");
        for (path, expected) in [
            (format!("/nix/store/{BASE}/bin/sh"), Some("/bin/sh")),
            (format!("/run/views/x/{BASE}/bin/sh"), Some("/bin/sh")),
            (format!("/{BASE}/bin/sh"), Some("/bin/sh")),
            (format!("/{BASE}"), Some("")),
            (nested, Some(&*format!("/nix/store/{BASE}"))),
            ("/nix/store".into(), None),
            ("/nix/store/.links/x".into(), None),
            (BASE.into(), None),
            (String::new(), None),
        ] {
            let found = below_store(&store, path.as_bytes());
            let expected = expected.map(|rest| format!("{BASE}{rest}"));
            assert_eq!(found, expected.as_deref().map(str::as_bytes), "{path}");
        }
        Ok(())
    }

    #[test]
    fn what_is_bound_from_a_view_is_touched_elsewhere() -> Result<()> {
        let store = StoreDir::parse("/nix/store")?;
        let listed = Access {
            directory: true,
            ..Access::default()
        };
        for (path, access, expected) in [
            ("/usr/bin/dash", Access::default(), true),
            ("/nix/store", listed, false),
        ] {
            let mut touched = Touched::default();
            touched.add(&store, path.as_bytes(), access);
            assert_eq!(touched.elsewhere, expected, "{path}");
            assert!(touched.files.is_empty());
        }
        Ok(())
    }

    #[test]
    fn names_that_are_not_utf_8_stay_apart() -> Result<()> {
        let store = StoreDir::parse("/nix/store")?;
        let mut touched = Touched::default();
        let opened = Access {
            opened: true,
            ..Access::default()
        };
        for name in [&b"\xff"[..], b"\xfe", b"%FF", b"\xff"] {
            touched.add(
                &store,
                &[b"/", BASE.as_bytes(), b"/", name].concat(),
                opened,
            );
        }
        let names: Vec<_> = touched
            .files
            .keys()
            .map(|name| &name[BASE.len()..])
            .collect();
        assert_eq!(names, ["/%25FF", "/%FE", "/%FF"]);
        Ok(())
    }

    #[test]
    fn parts_of_a_run_are_added_up() -> Result<()> {
        let store = StoreDir::parse("/nix/store")?;
        let part = |access: Access| {
            let mut touched = Touched::default();
            touched.add(&store, format!("/{BASE}/bin/sh").as_bytes(), access);
            touched
        };
        let opened = Access {
            opened: true,
            ..Access::default()
        };
        let mut all = part(opened);
        let mut executed = part(Access {
            executed: true,
            ..opened
        });
        executed.incomplete = true;
        all.extend(executed.clone());
        assert_eq!(all.files, executed.files);
        assert!(all.incomplete);
        Ok(())
    }

    #[test]
    fn too_many_names_are_not_kept() -> Result<()> {
        let store = StoreDir::parse("/nix/store")?;
        let mut touched = Touched {
            names: MAX_NAMES - BASE.len(),
            ..Touched::default()
        };
        let add = |touched: &mut Touched, path: &str| {
            touched.add(&store, path.as_bytes(), Access::default());
        };
        add(&mut touched, &format!("/{BASE}"));
        assert!(!touched.incomplete);
        add(&mut touched, &format!("/{BASE}"));
        assert!(!touched.incomplete);
        add(&mut touched, &format!("/{BASE}/x"));
        assert!(touched.incomplete);
        assert_eq!(touched.files.len(), 1);
        Ok(())
    }
}
