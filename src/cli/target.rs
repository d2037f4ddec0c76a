//! Options about the machine on which the services are to run.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::confine::{Kernel, Machine, Strategies};
use crate::service::{Choice, Strategy};
use crate::store::StoreDir;

#[derive(Args, Clone, Default)]
pub struct TargetArgs {
    /// How closures get into the roots of services that don't say so themselves: auto, bind, inherit or image
    ///
    /// bind: a read-only bind mount a path, works everywhere; inherit: a bind mount a path that is as read-only as the host's store;
    /// image: one bind mount of a view of the store, takes the same time however large the closure is; auto: the quickest
    /// that works on the target.
    ///
    /// [default: auto]
    #[arg(long, value_name = "STRATEGY")]
    strategy: Option<Choice>,
    /// The kernel that the services are to run on, as `uname -r` prints it [default: this machine's, if its store is used]
    #[arg(long, value_name = "VERSION")]
    target_kernel: Option<Kernel>,
    /// Whether the store is a read-only mount where the services are to run [default: as on this machine, if its store is used]
    #[arg(long, value_name = "YES|NO")]
    store_read_only: Option<Answer>,
    /// Whether the store is an overlay over another overlay where the services are to run, so that no view can be put over it
    /// [default: as on this machine, if its store is used]
    #[arg(long, value_name = "YES|NO", hide_short_help = true)]
    store_stacked: Option<Answer>,
    /// Whether systemd has RestrictFileSystemAccess= where the services are to run, which before Linux 7.2 runs nothing from a view
    /// [default: as on this machine, if its store is used]
    #[arg(long, value_name = "YES|NO", hide_short_help = true)]
    restrict_file_system_access: Option<Answer>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Answer {
    Yes,
    No,
}

impl Answer {
    fn is_yes(self) -> bool {
        matches!(self, Self::Yes)
    }
}

impl TargetArgs {
    /// The strategy that asks for nothing, and so is the same wherever it is taken.
    pub fn bind() -> Self {
        Self {
            strategy: Some(Choice::Only(Strategy::Bind)),
            ..Self::default()
        }
    }

    /// The first of them that was given.
    pub fn given(&self) -> Option<&'static str> {
        let options = [
            ("--strategy", self.strategy.is_some()),
            ("--target-kernel", self.target_kernel.is_some()),
            ("--store-read-only", self.store_read_only.is_some()),
        ];
        let mut given = options.into_iter().filter(|(_, is_given)| *is_given);
        given.next().map(|(option, _)| option)
    }

    /// What the options say; for the rest, `host` is asked.
    pub fn strategies(&self, host: Option<&StoreDir>) -> Result<Strategies> {
        let kernel = match (self.target_kernel, host) {
            (None, Some(_)) => crate::host::kernel(),
            (kernel, _) => kernel,
        };
        let store_is_read_only = match (self.store_read_only, host) {
            (Some(answer), _) => Some(answer.is_yes()),
            (None, Some(dir)) => crate::host::is_mounted_read_only(dir)?,
            (None, None) => None,
        };
        let store_is_stacked = match (self.store_stacked, host) {
            (Some(answer), _) => Some(answer.is_yes()),
            (None, Some(dir)) => crate::host::is_stacked(dir),
            (None, None) => None,
        };
        let restricts_access = match (self.restrict_file_system_access, host) {
            (Some(answer), _) => Some(answer.is_yes()),
            (None, host) => host.map(|_| crate::host::restricts_access()),
        };
        Ok(Strategies {
            choice: self.strategy.unwrap_or_default(),
            machine: Machine {
                kernel,
                store_is_read_only,
                store_is_stacked,
                restricts_access,
            },
        })
    }
}
