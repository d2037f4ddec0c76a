//! Where everything is.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::host::user;
use crate::service::Manager;
use crate::store::StoreDir;
use crate::systemd::UNIT_DIRECTORIES;

/// Whose units are installed, and where below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
enum For {
    /// Those of the system.
    System,
    /// Those of all users' managers.
    AllUsers,
    /// Those of the manager of the user that runs confinix.
    User {
        /// The directory of units.
        units: PathBuf,
        /// The directory of the generations.
        state: PathBuf,
    },
}

/// A tree that units are installed in: `/`, or that of another machine.
#[derive(Clone, Debug)]
pub struct Place {
    root: PathBuf,
    who: For,
}

impl Place {
    /// The tree at `root`, for units of the system.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            who: For::System,
        }
    }

    /// The tree at `root`, for units of user managers: of all users if root installs them, or in the tree of another machine; or else
    /// of the user that runs confinix.
    pub fn of_users(root: &Path) -> Result<Self> {
        let is_for_all = root != Path::new("/") || rustix::process::geteuid().is_root();
        if is_for_all {
            return Ok(Self::of_all_users(root));
        }
        Ok(Self {
            root: root.to_owned(),
            who: For::User {
                units: user::directory("XDG_CONFIG_HOME", ".config")?.join("systemd/user"),
                state: user::directory("XDG_STATE_HOME", ".local/state")?.join("confinix"),
            },
        })
    }

    /// The tree at `root`, for units of all users' managers.
    pub fn of_all_users(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            who: For::AllUsers,
        }
    }

    /// The manager that runs the units.
    pub fn manager(&self) -> Manager {
        (self.who != For::System).into()
    }

    /// Whether the units are those of the manager of one user, who runs confinix.
    pub fn is_of_one_user(&self) -> bool {
        matches!(self.who, For::User { .. })
    }

    /// Whether a manager runs that can be asked about the units, and can read them.
    pub fn has_manager(&self) -> bool {
        self.is_this_machine() && self.who != For::AllUsers
    }

    /// The beginning of commands of systemctl about the units.
    pub fn systemctl(&self) -> &'static str {
        match self.who {
            For::System => "systemctl",
            For::AllUsers => "systemctl --global",
            For::User { .. } => "systemctl --user",
        }
    }

    /// The directories in which the manager looks for units, the most important first.
    pub fn unit_directories(&self) -> Vec<PathBuf> {
        let of_system = UNIT_DIRECTORIES.iter();
        match self.who {
            For::System => of_system.map(|path| self.at_path(path)).collect(),
            For::AllUsers | For::User { .. } => {
                let own = self.is_of_one_user().then(|| self.units());
                let of_users = of_system
                    .filter_map(|path| path.strip_suffix("/system"))
                    .map(|path| self.at_path(path).join("user"));
                own.into_iter().chain(of_users).collect()
            }
        }
    }

    /// Whether it is the tree of the running system.
    pub fn is_this_machine(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Its root directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where an absolute path is.
    pub fn at_path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Fails if links lead from this path in the tree out of it, to a directory of the running system.
    pub fn refuse_outside(&self, path: &Path) -> Result<()> {
        let real = |path: &Path| {
            fs::canonicalize(path).with_context(|| format!("cannot access {}", path.display()))
        };
        let Some(found) = path.ancestors().find(|path| path.exists()) else {
            return Ok(());
        };
        let (root, target) = (real(&self.root)?, real(found)?);
        ensure!(
            target.starts_with(&root),
            "{} leads out of {}, to {}: replace the link by a directory",
            found.display(),
            self.root.display(),
            target.display()
        );
        Ok(())
    }

    /// The directory that units are installed in.
    pub fn units(&self) -> PathBuf {
        match &self.who {
            For::System => self.root.join("etc/systemd/system"),
            For::AllUsers => self.root.join("etc/systemd/user"),
            For::User { units, .. } => units.clone(),
        }
    }

    /// The directory with everything that confinix knows about the installation.
    pub fn state(&self) -> PathBuf {
        match &self.who {
            For::System => self.root.join("var/lib/confinix"),
            For::AllUsers => self.root.join("var/lib/confinix-users"),
            For::User { state, .. } => state.clone(),
        }
    }

    /// The directory of generations.
    pub fn generations(&self) -> PathBuf {
        self.state().join("generations")
    }

    /// The directory of one generation.
    pub fn generation(&self, number: u64) -> PathBuf {
        self.generations().join(number.to_string())
    }

    /// The directory for confinix's links among the garbage collector roots of Nix, whose store is in `store`. Fails if there is no Nix.
    pub fn collector_roots(&self, store: &StoreDir) -> Result<PathBuf> {
        let nix = Path::new(store.as_str()).parent();
        let nix = nix.unwrap_or(Path::new("/")).to_string_lossy();
        let roots = self.at_path(&nix).join("var/nix/gcroots");
        ensure!(
            roots.is_dir(),
            "{} does not exist, so there is no Nix that would keep the store paths of services: install Nix first",
            roots.display()
        );
        Ok(match self.who {
            For::System => roots.join("confinix"),
            For::AllUsers => roots.join("confinix-users"),
            For::User { .. } => of_owner(&roots)?.join("confinix"),
        })
    }
}

/// The directory of garbage collector roots that belongs to the user: Nix's daemon makes one for each user that connects to it
/// (`LocalStore::createUser`). Without a daemon, all of them belong to the user.
fn of_owner(roots: &Path) -> Result<PathBuf> {
    let own = rustix::process::geteuid().as_raw();
    let is_own = |path: &PathBuf| fs::metadata(path).is_ok_and(|it| it.uid() == own);
    let of_users = fs::read_dir(roots.join("per-user")).into_iter().flatten();
    let mut of_users = of_users.flatten().map(|entry| entry.path());
    let own = of_users
        .find(is_own)
        .or_else(|| Some(roots.to_owned()).filter(is_own));
    let Some(own) = own else {
        bail!(
            "no directory below {}/per-user is yours, so the store paths of services can't be kept: have Nix make one (`nix store ping --store daemon`)",
            roots.display()
        );
    };
    Ok(own)
}
