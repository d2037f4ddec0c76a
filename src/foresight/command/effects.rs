//! What effects mean in the service's root.

use std::path::Path;

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::known::{Effect, Name, Purpose, Use};
use crate::foresight::ports::FIRST_FREE_PORT;
use crate::foresight::trouble::{Outlook, Trouble};
use crate::root::Found;
use crate::service::ExecSetting;

impl Step<'_> {
    /// Adds the troubles that an effect makes, and returns the file that it is about. `who`: whose effect it is.
    ///
    /// `call` handles what is started. Scripts and configurations are read only for the unit's own commands, not for what a script
    /// starts.
    pub(super) fn effect(
        &self,
        who: &str,
        is_uncertain: bool,
        effect: Effect,
        seen: &mut Outlook,
    ) -> Result<Option<String>> {
        match effect {
            Effect::File {
                path,
                how,
                is_certain,
            } => {
                // Of what the command makes itself, nothing more is known. The host does not see it.
                if how != Use::MakesForHost && seen.has_made(&path) {
                    return Ok(Some(path));
                }
                let mut trouble = self.file(who, &path, how)?;
                if let Some(trouble) = &mut trouble {
                    let is_directory = matches!(how, Use::MakesDirectory(_));
                    seen.below_unmade(&path, is_directory, trouble);
                } else {
                    self.makes(&path, how, seen)?;
                }
                let trouble = trouble.map(|it| it.uncertain_if(is_uncertain || !is_certain));
                seen.troubles.extend(trouble);
                return Ok(Some(path));
            }
            Effect::LooksUp {
                name,
                purpose,
                is_certain,
            } => {
                let another = matches!(&name, Name::User(user) if user != "root");
                let is_changed = !matches!(purpose, Purpose::Tell | Purpose::Give);
                seen.becomes |= another && is_changed && self.sight.around.is_root();
                let troubles = [
                    self.looked_up(who, &name)?,
                    self.other_user(who, &name, purpose),
                ];
                let troubles = troubles.into_iter().flatten();
                let troubles = troubles.map(|it| it.uncertain_if(is_uncertain || !is_certain));
                seen.troubles.extend(troubles);
            }
            Effect::Copies { from, to } => {
                self.makes(&to, Use::Makes, seen)?;
                seen.copy(&from, to);
            }
            Effect::Listens(port) => {
                let trouble = self.listens(who, port);
                let trouble = trouble.map(|it| it.uncertain_if(is_uncertain));
                seen.troubles.extend(trouble);
            }
            Effect::SetsGroups => {
                let trouble = self.sets_groups(who);
                let trouble = trouble.map(|it| it.uncertain_if(is_uncertain));
                seen.troubles.extend(trouble);
            }
            Effect::Needs(capability) => {
                let trouble = self.needs(who, &capability);
                let trouble = trouble.map(|it| it.uncertain_if(is_uncertain));
                seen.troubles.extend(trouble);
            }
            Effect::AsksPam => {
                let trouble = self.asks_pam(who)?;
                let trouble = trouble.map(|it| it.uncertain_if(is_uncertain));
                seen.troubles.extend(trouble);
            }
            Effect::NeedsHome => {
                let trouble = self.needs_home(who)?;
                let trouble = trouble.map(|it| it.uncertain_if(is_uncertain));
                seen.troubles.extend(trouble);
            }
            Effect::WaitsFor(path) => {
                let trouble = self.waits_for(who, &path)?;
                let trouble = trouble.map(|it| it.uncertain_if(is_uncertain));
                seen.troubles.extend(trouble);
            }
            Effect::Logs(socket) => seen.troubles.extend(self.logs(who, &socket)),
            Effect::BecomesAnother => {
                let trouble = self.becomes_another(who);
                let trouble = trouble.map(|it| it.uncertain_if(is_uncertain));
                seen.troubles.extend(trouble);
            }
            Effect::Perhaps(effect) => return self.effect(who, true, *effect, seen),
            Effect::Told { by, effect } => {
                return self.effect(&format!("{who}: {by}"), is_uncertain, *effect, seen);
            }
            Effect::Resolves(host) => {
                let trouble = self.resolved(who, &host)?;
                seen.troubles.extend(trouble);
            }
            Effect::Verifies(host) => {
                let trouble = self.verified(who, &host)?;
                seen.troubles.extend(trouble);
            }
            Effect::IsTold(path) => {
                self.configured(who, "", std::iter::once(path.as_str()), true, seen)?;
            }
            Effect::Starts(_)
            | Effect::StartsShell
            | Effect::Runs { .. }
            | Effect::Configures(_) => {}
        }
        Ok(None)
    }

    /// Notes what a command makes: with parents, the directories that lead to it too.
    fn makes(&self, path: &str, how: Use, seen: &mut Outlook) -> Result<()> {
        let count = match how {
            Use::Makes | Use::MakesDirectory(false) => 1,
            Use::MakesDirectory(true) => usize::MAX,
            _ => 0,
        };
        for made in Path::new(path).ancestors().take(count) {
            let made = made.to_str().unwrap_or_default();
            if self.sight.inside.look(made)? != Found::Missing {
                break;
            }
            seen.makes(made);
        }
        Ok(())
    }

    /// A file that something waits for and that never comes to be. With all types but two, systemd may take the service for started while
    /// its command still waits.
    fn waits_for(&self, who: &str, path: &str) -> Result<Option<Trouble>> {
        let mut trouble = self.file(who, path, Use::Reads)?;
        if let Some(trouble) = &mut trouble {
            let why = self.sight.why_missing(path);
            trouble.message = format!("{who} waits for {path}, which {why}");
        }
        let kind = self.sight.around.settings.value("Type");
        let goes_on =
            self.setting == ExecSetting::ExecStart && !matches!(kind, Some("forking" | "oneshot"));
        Ok(trouble.map(|it| it.uncertain_if(goes_on)))
    }

    /// A socket of the log, which only newer versions of systemd show by themselves (`BindLogSockets=`).
    fn logs(&self, who: &str, socket: &str) -> Option<Trouble> {
        let target = match socket {
            "/dev/log" => "/run/systemd/journal/dev-log",
            socket => socket,
        };
        if !self.sight.inside.is_of_one_command(target) {
            return None;
        }
        let message = format!(
            "{who} connects to {socket}, which older systemd versions do not show in the service's root"
        );
        let trouble = Trouble::new(Code::FileMissing, socket, message).uncertain_if(true);
        Some(trouble.fixed_by(self.sight.preset_remedy("logging")))
    }

    /// A port that needs a capability over the host.
    fn listens(&self, who: &str, port: u16) -> Option<Trouble> {
        let around = &self.sight.around;
        if port >= FIRST_FREE_PORT || !around.has_private_users() {
            return None;
        }
        let message = format!(
            "{who} listens on port {port}, which needs a capability that the user namespace of PrivateUsers= removes"
        );
        let trouble = Trouble::new(Code::PrivateUsers, "port", message);
        Some(trouble.fixed_by(self.sight.host_users_remedy()))
    }
}
