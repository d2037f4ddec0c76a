//! What strategies cost, as far as `auto` has to know.

use super::Machine;
use crate::service::Strategy;

/// What a view costs a bundle once, in microseconds: two mounts, and the units that services wait for (benches/README.md, "Starting
/// many services").
pub(super) const FIRST_VIEW: u64 = 70_000;
/// What a view costs each start, in microseconds.
pub(super) const EACH_VIEW: u64 = 1_000;

/// What binding each of `paths` store paths costs a start, compared with one bind, in microseconds (benches/README.md, "Starting
/// many services"). systemd reads the table of mounts again for each read-only one, so `bind` grows with the square.
pub(super) fn cost_of_binds(strategy: Strategy, paths: usize) -> u64 {
    let paths = u64::try_from(paths).unwrap_or(u64::MAX);
    if strategy.is_read_only() {
        let square = paths.saturating_mul(paths).saturating_mul(12);
        square.saturating_add(paths.saturating_mul(500))
    } else {
        paths.saturating_mul(300)
    }
}

impl Machine {
    /// The fastest strategy without a view.
    pub(super) fn quickest_binds(self) -> Strategy {
        if self.store_is_read_only == Some(true) {
            Strategy::Inherit
        } else {
            Strategy::Bind
        }
    }

    /// What starting services with so many paths costs more without views than with them, in microseconds.
    pub fn cost_without_views(self, paths: impl Iterator<Item = usize>) -> u64 {
        let costs = paths.map(|paths| cost_of_binds(self.quickest_binds(), paths));
        costs
            .map(|cost| cost.saturating_sub(EACH_VIEW))
            .fold(0, u64::saturating_add)
    }
}
