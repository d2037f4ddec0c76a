//! The target machine.

use anyhow::Result;

use super::Request;
use crate::confine::{Machine, Strategies};
use crate::host;
use crate::store::StoreDir;

impl Request {
    /// The request's description, completed with that of this machine if its store at `host` is used.
    pub(super) fn strategies(&self, host: Option<&StoreDir>) -> Result<Strategies> {
        let told = self.machine;
        let machine = match host {
            None => told,
            Some(dir) => Machine {
                kernel: told.kernel.or_else(host::kernel),
                store_is_read_only: match told.store_is_read_only {
                    None => host::is_mounted_read_only(dir)?,
                    told => told,
                },
                store_is_stacked: told.store_is_stacked.or_else(|| host::is_stacked(dir)),
                restricts_access: told
                    .restricts_access
                    .or_else(|| Some(host::restricts_access())),
            },
        };
        Ok(Strategies {
            choice: self.strategy,
            machine,
        })
    }
}
