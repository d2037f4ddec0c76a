//! What the manager of a user can do for a service, which has no privileges over the host.

use anyhow::{Result, ensure};

use super::{Chosen, Machine, Size, choose};
use crate::service::{Choice, Manager, Mode, Strategy};

/// The strategy for a service of this manager with a closure of this size. A user's manager can't mount views on the host.
pub fn choose_for(manager: Manager, choice: Choice, machine: Machine, size: Size) -> Chosen {
    match (manager, choice) {
        (Manager::User, Choice::Auto) => Chosen {
            strategy: machine.quickest_binds(),
            reason: "the manager of a user can't mount views".to_owned(),
            obstacle: None,
        },
        _ => choose(choice, machine, size),
    }
}

/// Fails for what only the system manager can do.
pub fn refuse_in_user_manager(manager: Manager, mode: Mode, strategy: Strategy) -> Result<()> {
    if manager.is_system() {
        return Ok(());
    }
    ensure!(
        !strategy.is_view(),
        "the manager of a user can't mount views: set confinement.strategy to bind or auto, without confinement.observe and confinement.hide"
    );
    // Before systemd 257, the manager writes /proc/PID/uid_map after it has entered the root.
    ensure!(
        mode != Mode::ChrootOnly,
        "the manager of a user needs a /proc in the service's root to give it a user namespace: set confinement.mode to full-apivfs"
    );
    Ok(())
}
