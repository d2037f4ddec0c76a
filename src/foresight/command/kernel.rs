//! Files of the kernel that settings make read-only.

use super::Step;
use crate::code::Code;
use crate::foresight::trouble::Trouble;
use crate::store::below;
use crate::systemd::Setting;

/// What `ProtectKernelTunables=` makes read-only (`protect_kernel_tunables_proc_table` and `…_sys_table` of systemd).
const TUNABLES: [&str; 12] = [
    "/proc/acpi",
    "/proc/apm",
    "/proc/asound",
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/latency_stats",
    "/proc/mtrr",
    "/proc/scsi",
    "/proc/sys",
    "/proc/sysrq-trigger",
    "/sys",
];

/// What `ProtectControlGroups=` makes read-only.
const CONTROL_GROUPS: &str = "/sys/fs/cgroup";

/// What only root of the host may open.
const OF_ROOT: [&str; 2] = ["/proc/kcore", "/proc/kmsg"];

impl Step<'_> {
    /// A file of the kernel that only root of the host may read. `who`: who reads it.
    pub(super) fn of_host_root(&self, who: &str, path: &str) -> Option<Trouble> {
        let is_root = self.sight.around.is_root() && OF_ROOT.contains(&path);
        let problem = format!(
            "reads {path}, which needs a capability that the user namespace of PrivateUsers= removes"
        );
        is_root.then(|| self.not_in_namespace(who, path, &problem))?
    }

    /// A file of the kernel that root could write to without the settings of its service. `who`: who writes to it.
    pub(super) fn protected(&self, who: &str, path: &str) -> Option<Trouble> {
        let around = &self.sight.around;
        if around.is_privileged || !around.is_root() {
            return None;
        }
        let is_in = |dir: &str| below(path, dir).is_some();
        let setting = if is_in(CONTROL_GROUPS) {
            Setting::ProtectControlGroups
        } else if TUNABLES.into_iter().any(is_in) {
            Setting::ProtectKernelTunables
        } else {
            return None;
        };
        let name = setting.to_string();
        if !around.is_on(&name) {
            return None;
        }
        let message = format!("{who} writes to {path}, which {name}= makes read-only");
        // Much of it asks for a capability over the host.
        let users = around.has_private_users();
        let changes: Vec<_> = [Some(setting), users.then_some(Setting::PrivateUsers)]
            .into_iter()
            .flatten()
            .map(|setting| self.sight.confined.switch(setting, false))
            .collect();
        let remedies = self.sight.fix("to let it write there", &name, &changes);
        Some(Trouble::new(Code::FileMissing, path, message).fixed_by(remedies))
    }
}
