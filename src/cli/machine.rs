//! Options that describe the machine on which the services will run.

use clap::{Args, ValueEnum};

use super::offered;
use crate::confine::{Kernel, Machine};
use crate::service::{Choice, Strategy};

#[derive(Args, Clone, Default)]
pub struct MachineArgs {
    /// The strategy of services that don't set one [default: auto]
    #[arg(long, value_name = "STRATEGY", value_parser = offered::strategy(), help = STRATEGY, long_help = strategies())]
    strategy: Option<Choice>,
    /// The kernel of the target machine, as `uname -r` prints it [default: this machine's, if its store is used]
    #[arg(long, value_name = "VERSION")]
    target_kernel: Option<Kernel>,
    /// Whether the store of the target machine is a read-only mount [default: as on this machine, if its store is used]
    #[arg(long, value_name = "YES|NO")]
    store_read_only: Option<Answer>,
    /// Whether the store of the target machine is an overlay over another overlay, on which no view can be mounted [default: as on this
    /// machine, if its store is used]
    #[arg(long, value_name = "YES|NO", hide_short_help = true)]
    store_stacked: Option<Answer>,
    /// Whether systemd on the target machine sets RestrictFileSystemAccess=, which prevents execution from a view before
    /// Linux 7.2 [default: as on this machine, if its store is used]
    #[arg(long, value_name = "YES|NO", hide_short_help = true)]
    restrict_file_system_access: Option<Answer>,
}

const STRATEGY: &str = "The strategy of services that don't set one";

/// Returns the long help of `--strategy`.
fn strategies() -> String {
    let each =
        Strategy::ALL.map(|strategy| format!("{}: {}; ", strategy.name(), strategy.purpose()));
    let auto = "auto: the fastest one that works on the target.";
    format!("{STRATEGY}\n\n{}{auto}\n\n[default: auto]", each.concat())
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

impl MachineArgs {
    /// Returns each option, and whether it was given.
    pub fn given(&self) -> [(&'static str, bool); 5] {
        let Self {
            strategy,
            target_kernel,
            store_read_only,
            store_stacked,
            restrict_file_system_access,
        } = self;
        [
            ("--strategy", strategy.is_some()),
            ("--target-kernel", target_kernel.is_some()),
            ("--store-read-only", store_read_only.is_some()),
            ("--store-stacked", store_stacked.is_some()),
            (
                "--restrict-file-system-access",
                restrict_file_system_access.is_some(),
            ),
        ]
    }

    /// Returns the strategy of services that don't set one.
    pub fn strategy(&self) -> Choice {
        self.strategy.unwrap_or_default()
    }

    /// Returns the machine that the options describe.
    pub fn machine(&self) -> Machine {
        let is_yes = |answer: Option<Answer>| answer.map(Answer::is_yes);
        Machine {
            kernel: self.target_kernel,
            store_is_read_only: is_yes(self.store_read_only),
            store_is_stacked: is_yes(self.store_stacked),
            restricts_access: is_yes(self.restrict_file_system_access),
        }
    }
}
