//! The choice of a strategy for a service.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};

use crate::service::{Choice, Strategy, ViewObstacle};

/// A version of the Linux kernel, major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kernel {
    major: u32,
    minor: u32,
}

impl FromStr for Kernel {
    type Err = anyhow::Error;

    /// Reads what `uname -r` prints: `6.12`, `6.12.1-hardened` …
    fn from_str(text: &str) -> Result<Self> {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        let mut next = || numbers.next()?.parse().ok();
        match (next(), next()) {
            (Some(major), Some(minor)) => Ok(Self { major, minor }),
            _ => bail!("{text:?} is not a version of Linux: write it as 6.12"),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// EROFS files in chunks came with Linux 5.15; overlayfs follows redirects since 4.10, in metadata-only files since 4.19.
const VIEW_KERNEL: Kernel = Kernel {
    major: 5,
    minor: 15,
};

/// From this version on systemd sees through an overlay (systemd pull request 43223).
const TRANSPARENT_KERNEL: Kernel = Kernel { major: 7, minor: 2 };

/// With at most this many paths, binding each costs less than mounting a view: 78 against 88 ms on systemd 252, at 50 paths 146
/// against 80 (benches/README.md, "Starting a service").
const FEW_PATHS: usize = 20;
/// The same if the paths inherit the store's read-only flag: 82 against 80 ms, at 100 paths 110 against 84.
const FEW_INHERITED_PATHS: usize = 50;

/// What is known about the target machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Its kernel.
    pub kernel: Option<Kernel>,
    /// Whether its store is a read-only mount.
    pub store_is_read_only: Option<bool>,
    /// Whether its store is an overlay over another.
    pub store_is_stacked: Option<bool>,
    /// Whether its systemd has `RestrictFileSystemAccess=`.
    pub restricts_access: Option<bool>,
}

impl Machine {
    /// The known reason why a view does not work there.
    fn obstacle(self) -> Option<ViewObstacle> {
        let is_before = |version| self.kernel.is_some_and(|kernel| kernel < version);
        if is_before(VIEW_KERNEL) {
            Some(ViewObstacle::OldKernel)
        } else if self.restricts_access == Some(true)
            && (self.kernel.is_none() || is_before(TRANSPARENT_KERNEL))
        {
            Some(ViewObstacle::RestrictedAccess)
        } else if self.store_is_stacked == Some(true) {
            Some(ViewObstacle::StackedStore)
        } else {
            None
        }
    }
}

/// How to choose strategies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strategies {
    /// The strategy of services that don't set one.
    pub choice: Choice,
    /// What is known about the target machine.
    pub machine: Machine,
}

/// The strategy of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The strategy.
    pub strategy: Strategy,
    /// The reason for it.
    pub reason: String,
    /// Why it does not work on the target machine, if it is `image` nevertheless.
    pub obstacle: Option<ViewObstacle>,
}

/// The strategy for a service whose closure has `paths` paths. `can_view`: whether a view of the closure can be made here.
pub fn choose(choice: Choice, machine: Machine, paths: usize, can_view: bool) -> Chosen {
    let chosen = |strategy, reason| Chosen {
        strategy,
        reason,
        obstacle: None,
    };
    if let Choice::Only(strategy) = choice {
        return Chosen {
            obstacle: machine.obstacle().filter(|_| strategy.is_view()),
            ..chosen(strategy, "asked for".to_owned())
        };
    }
    let is_read_only = machine.store_is_read_only == Some(true);
    let (few, quickest) = if is_read_only {
        (FEW_INHERITED_PATHS, Strategy::Inherit)
    } else {
        (FEW_PATHS, Strategy::Bind)
    };
    if paths <= few {
        return chosen(
            quickest,
            format!("up to {few} paths start quicker one by one"),
        );
    }
    let obstacle = match (machine.kernel, machine.obstacle()) {
        (Some(kernel), Some(obstacle @ ViewObstacle::OldKernel)) => {
            format!("{obstacle}, there is {kernel}")
        }
        (_, Some(obstacle)) => obstacle.to_string(),
        (None, None) => "the kernel it is to run on is not known".to_owned(),
        (Some(_), None) if !can_view => "the files of the store can't be seen from here".to_owned(),
        (Some(_), None) => {
            return chosen(
                Strategy::Image,
                format!("more than {few} paths start quicker as a view"),
            );
        }
    };
    chosen(quickest, format!("no view: {obstacle}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(kernel: &str, store_is_read_only: bool) -> Result<Machine> {
        Ok(Machine {
            kernel: Some(kernel.parse()?),
            store_is_read_only: Some(store_is_read_only),
            ..Machine::default()
        })
    }

    #[test]
    fn auto_takes_the_quickest_that_works() -> Result<()> {
        let chosen =
            |machine, paths, can_view| choose(Choice::Auto, machine, paths, can_view).strategy;
        let (new, old) = (machine("6.12", false)?, machine("5.10.7-lts", false)?);
        assert_eq!(chosen(new, 1, true), Strategy::Bind);
        assert_eq!(chosen(new, 1000, true), Strategy::Image);
        assert_eq!(chosen(new, 1000, false), Strategy::Bind);
        assert_eq!(chosen(old, 1000, true), Strategy::Bind);
        assert_eq!(
            chosen(machine("5.10", true)?, 1000, true),
            Strategy::Inherit
        );
        assert_eq!(chosen(machine("6.12", true)?, 50, true), Strategy::Inherit);
        assert_eq!(chosen(machine("6.12", true)?, 1000, true), Strategy::Image);
        assert_eq!(chosen(Machine::default(), 1000, true), Strategy::Bind);
        Ok(())
    }

    #[test]
    fn a_view_that_would_not_work_is_not_taken_and_asked_for_is_told() -> Result<()> {
        let restricted = |kernel, is_read_only| {
            Ok::<_, anyhow::Error>(Machine {
                restricts_access: Some(true),
                ..machine(kernel, is_read_only)?
            })
        };
        let stacked = Machine {
            store_is_stacked: Some(true),
            ..machine("7.2", false)?
        };
        let image = Choice::Only(Strategy::Image);
        for (machine, strategy, obstacle) in [
            (
                restricted("7.1", false)?,
                Strategy::Bind,
                Some(ViewObstacle::RestrictedAccess),
            ),
            (
                restricted("7.1", true)?,
                Strategy::Inherit,
                Some(ViewObstacle::RestrictedAccess),
            ),
            (restricted("7.2", true)?, Strategy::Image, None),
            (stacked, Strategy::Bind, Some(ViewObstacle::StackedStore)),
            (
                machine("5.14", true)?,
                Strategy::Inherit,
                Some(ViewObstacle::OldKernel),
            ),
            (machine("5.15", true)?, Strategy::Image, None),
        ] {
            let auto = choose(Choice::Auto, machine, 1000, true);
            assert_eq!(
                (auto.strategy, auto.obstacle),
                (strategy, None),
                "{machine:?}"
            );
            if let Some(obstacle) = obstacle {
                let reason = format!("no view: {obstacle}");
                assert!(auto.reason.starts_with(&reason), "{}", auto.reason);
            }
            assert_eq!(choose(image, machine, 1000, true).obstacle, obstacle);
            let bind = Choice::Only(Strategy::Bind);
            assert_eq!(choose(bind, machine, 1000, true).obstacle, None);
        }
        Ok(())
    }

    #[test]
    fn a_writable_store_is_never_inherited_by_itself() -> Result<()> {
        for kernel in ["4.19", "6.12"] {
            for paths in [0, 1, 100, 10_000] {
                for can_view in [false, true] {
                    for store_is_read_only in [None, Some(false)] {
                        let machine = Machine {
                            store_is_read_only,
                            ..machine(kernel, false)?
                        };
                        assert_ne!(
                            choose(Choice::Auto, machine, paths, can_view).strategy,
                            Strategy::Inherit
                        );
                    }
                }
            }
        }
        Ok(())
    }

    #[test]
    fn what_is_asked_for_is_taken() -> Result<()> {
        let choice = "inherit".parse()?;
        assert_eq!(
            choose(choice, Machine::default(), 1, false).strategy,
            Strategy::Inherit
        );
        assert!("fast".parse::<Choice>().is_err());
        assert!("six".parse::<Kernel>().is_err());
        Ok(())
    }
}
