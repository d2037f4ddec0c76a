//! The choice of a strategy for a service.

use super::Machine;
use super::costs::{EACH_VIEW, FIRST_VIEW, cost_of_binds};
use crate::service::{Choice, Strategy, ViewObstacle};

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

/// A closure for which a strategy is chosen.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How many paths it has.
    pub paths: usize,
    /// Whether a view of it can be made here.
    pub can_view: bool,
    /// What starting all services of the bundle that may have a view costs more without ([`Machine::cost_without_views`]).
    pub cost_without_views: u64,
}

/// The strategy for a service with a closure of this size.
pub fn choose(choice: Choice, machine: Machine, size: Size) -> Chosen {
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
    let quickest = machine.quickest_binds();
    if cost_of_binds(quickest, size.paths) <= EACH_VIEW {
        return chosen(
            quickest,
            "so few paths start as quickly without a view".to_owned(),
        );
    }
    if size.cost_without_views <= FIRST_VIEW {
        let reason = "so few services with so few paths start more quickly without views";
        return chosen(quickest, reason.to_owned());
    }
    let obstacle = match (machine.kernel, machine.obstacle()) {
        (Some(kernel), Some(obstacle @ ViewObstacle::OldKernel)) => {
            format!("{obstacle}, there is {kernel}")
        }
        (_, Some(obstacle)) => obstacle.to_string(),
        (None, None) => "the kernel it is to run on is not known".to_owned(),
        (Some(_), None) if !size.can_view => {
            "the files of the store can't be seen from here".to_owned()
        }
        (Some(_), None) => {
            return chosen(
                Strategy::Image,
                "the services of the bundle start more quickly with views".to_owned(),
            );
        }
    };
    chosen(quickest, format!("no view: {obstacle}"))
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::confine::Kernel;

    fn machine(kernel: &str, store_is_read_only: bool) -> Result<Machine> {
        Ok(Machine {
            kernel: Some(kernel.parse()?),
            store_is_read_only: Some(store_is_read_only),
            ..Machine::default()
        })
    }

    /// A closure of so many paths in a bundle with as many services of the same size.
    fn among(services: usize, machine: Machine, paths: usize) -> Size {
        let all = std::iter::repeat_n(paths, services);
        Size {
            paths,
            can_view: true,
            cost_without_views: machine.cost_without_views(all),
        }
    }

    fn auto(machine: Machine, size: Size) -> Strategy {
        choose(Choice::Auto, machine, size).strategy
    }

    #[test]
    fn auto_takes_the_quickest_that_works() -> Result<()> {
        let alone = |machine, paths| auto(machine, among(1, machine, paths));
        let (new, old) = (machine("6.12", false)?, machine("5.10.7-lts", false)?);
        assert_eq!(alone(new, 1), Strategy::Bind);
        assert_eq!(alone(new, 1000), Strategy::Image);
        let unseen = Size {
            can_view: false,
            ..among(1, new, 1000)
        };
        assert_eq!(auto(new, unseen), Strategy::Bind);
        assert_eq!(alone(old, 1000), Strategy::Bind);
        assert_eq!(alone(machine("5.10", true)?, 1000), Strategy::Inherit);
        assert_eq!(alone(machine("6.12", true)?, 50), Strategy::Inherit);
        assert_eq!(alone(machine("6.12", true)?, 1000), Strategy::Image);
        assert_eq!(alone(Machine::default(), 1000), Strategy::Bind);
        Ok(())
    }

    #[test]
    fn auto_decides_for_the_bundle() -> Result<()> {
        let new = machine("6.12", true)?;
        let chosen = |services, paths| auto(new, among(services, new, paths));
        assert_eq!(chosen(1, 20), Strategy::Inherit);
        assert_eq!(chosen(200, 20), Strategy::Image);
        // One path is bound as quickly as a view of it.
        assert_eq!(chosen(200, 1), Strategy::Inherit);
        let writable = machine("6.12", false)?;
        assert_eq!(auto(writable, among(2, writable, 20)), Strategy::Bind);
        assert_eq!(auto(writable, among(10, writable, 20)), Strategy::Image);
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
            let many = among(1, machine, 1000);
            let auto = choose(Choice::Auto, machine, many);
            assert_eq!(
                (auto.strategy, auto.obstacle),
                (strategy, None),
                "{machine:?}"
            );
            if let Some(obstacle) = obstacle {
                let reason = format!("no view: {obstacle}");
                assert!(auto.reason.starts_with(&reason), "{}", auto.reason);
            }
            assert_eq!(choose(image, machine, many).obstacle, obstacle);
            let bind = Choice::Only(Strategy::Bind);
            assert_eq!(choose(bind, machine, many).obstacle, None);
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
                        let size = Size {
                            can_view,
                            ..among(10, machine, paths)
                        };
                        assert_ne!(auto(machine, size), Strategy::Inherit);
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
            choose(choice, Machine::default(), among(1, Machine::default(), 1)).strategy,
            Strategy::Inherit
        );
        assert!("fast".parse::<Choice>().is_err());
        assert!("six".parse::<Kernel>().is_err());
        Ok(())
    }
}
