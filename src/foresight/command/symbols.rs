//! Programs of which nothing is known: what the functions that they call tell of them.

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::known::Name;
use crate::foresight::trouble::{Outlook, Trouble};
use crate::inspect::{Program, read_elf_of};

/// What a program calls that finds a user by name.
const FINDS: &[&str] = &["getpwnam", "getpwnam_r"];

/// What a program calls that sets its groups.
const SETS_GROUPS: &[&str] = &["initgroups", "setgroups", "setgid", "setresgid"];

/// What a program calls that becomes another user.
const BECOMES: &[&str] = &["setreuid", "setresuid", "setuid"];

/// Functions that need a capability over the host.
const NEEDS: [(&str, &[&str]); 3] = [
    (
        "CAP_NET_ADMIN",
        &[
            "nflog_bind_group",
            "nfq_create_queue",
            "nft_run_cmd_from_buffer",
        ],
    ),
    ("CAP_NET_RAW", &["pcap_activate", "pcap_open_live"]),
    ("CAP_SYS_TIME", &["adjtimex", "ntp_adjtime"]),
];

/// Programs of which the calls tell nothing: those that are many in one call what any of them does, the others only give up what a
/// set-user-ID bit brings.
const NOT_TOLD: [&str; 12] = [
    "busybox",
    "coreutils",
    "eject",
    "fdisk",
    "findmnt",
    "lsblk",
    "mount",
    "ping",
    "toybox",
    "umount",
    "wall",
    "write",
];

impl Step<'_> {
    /// What a program that root starts most likely does: it changes to another user, whose name or number it does not have inside, or it
    /// uses a capability over the host.
    ///
    /// `place`: what runs it.
    pub(super) fn symbols(&self, place: &str, program: &Program, seen: &mut Outlook) -> Result<()> {
        let around = &self.sight.around;
        let Some(file) = program.file.as_deref().filter(|_| around.is_root()) else {
            return Ok(());
        };
        let name = file.rsplit('/').next().unwrap_or_default();
        let is_private = around.has_private_users();
        let lacks_users = self.lacks_users()?;
        if NOT_TOLD.contains(&name) || !is_private && !lacks_users {
            return Ok(());
        }
        let Some(document) = self.sight.inside.open(file).ok().flatten() else {
            return Ok(());
        };
        let Ok(elf) = read_elf_of(&document) else {
            return Ok(());
        };
        let needed = NEEDS.iter().flat_map(|(_, names)| *names).copied();
        let names: Vec<_> = [FINDS, SETS_GROUPS, BECOMES].concat();
        let calls = elf.symbols(
            &document,
            &names.into_iter().chain(needed).collect::<Vec<_>>(),
        );
        let has_any = |names: &[&str]| names.iter().any(|name| calls.contains(name));
        // The runtime of a language has all of them, for whoever wants to call one.
        if BECOMES.iter().all(|name| calls.contains(name)) {
            return Ok(());
        }
        let called = |names: &[&str]| {
            let calls = calls.iter().copied();
            let called: Vec<_> = calls.filter(|it| names.contains(it)).collect();
            called.join(", ")
        };
        let who = format!("{place} runs {name}");
        for (capability, names) in NEEDS.iter().filter(|(_, names)| has_any(names)) {
            let trouble = self.needs(&format!("{who}, whose {}", called(names)), capability);
            seen.troubles
                .extend(trouble.map(|it| it.uncertain_if(true)));
        }
        if has_any(SETS_GROUPS) && has_any(BECOMES) {
            let called = called(&[FINDS, SETS_GROUPS, BECOMES].concat());
            let who = format!("{who}, which calls {called}");
            self.changes(&who, name, lacks_users && has_any(FINDS), seen);
        }
        Ok(())
    }

    /// A program that most likely changes to another user. `lacks_users`: whether it finds the user by name, and the root lists none.
    fn changes(&self, who: &str, name: &str, lacks_users: bool, seen: &mut Outlook) {
        if lacks_users {
            let message =
                format!("{who} and may look up a user, of whom the service's root has no list");
            let trouble = Trouble::new(Code::UserUnknown, name, message).uncertain_if(true);
            seen.say(trouble.fixed_by(self.sight.preset_remedy("users")));
        }
        let problem =
            "and may change to a user that does not exist in the user namespace of PrivateUsers=";
        if let Some(trouble) = self.not_in_namespace(who, name, problem) {
            seen.say(trouble.uncertain_if(true));
        }
    }

    /// Whether the root has no list of users at all.
    fn lacks_users(&self) -> Result<bool> {
        let root = Name::User("root".to_owned());
        Ok(self.looked_up(self.place, &root)?.is_some())
    }
}
