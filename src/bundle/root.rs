//! The root of a service, read back from a bundle.

use super::{Bundle, BundleService};
use crate::root::{Parts, Root};
use crate::service::may_hide_shell;

impl Bundle {
    /// The root of one of its services; `service` may be resolved ([`BundleService::resolved`]).
    pub fn root<'a>(&'a self, service: &'a BundleService) -> Root<'a> {
        Root::new(Parts {
            store_dir: &self.store_dir,
            own: &service.settings,
            confinement: &service.confinement,
            bin_sh: service.bin_sh.as_deref(),
            may_hide_shell: service.strategy.is_view() && may_hide_shell(&service.hide),
            closure: &self.closures[&service.closure].paths,
            strategy: service.strategy,
            is_adopted: service.adopt,
        })
    }
}
