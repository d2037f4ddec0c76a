//! What effects come to in the root of the service.

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::known::Effect;
use crate::foresight::trouble::{Outlook, Trouble};

/// Below this, a port can be bound only with `CAP_NET_BIND_SERVICE` (`ip_unprivileged_port_start`).
const FIRST_FREE_PORT: u16 = 1024;

impl Step<'_> {
    /// What comes of an effect. The answer is the file that it is about. `who`: who has it.
    ///
    /// Programs are started elsewhere. What texts a started one reads is not followed: only the unit's own commands are.
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
                let trouble = self.file(who, &path, how)?;
                let trouble = trouble.map(|it| it.unless(is_uncertain || !is_certain));
                seen.troubles.extend(trouble);
                return Ok(Some(path));
            }
            Effect::LooksUp {
                name,
                purpose,
                is_certain,
            } => {
                let troubles = [
                    self.looked_up(who, &name)?,
                    self.other_user(who, &name, purpose),
                ];
                let troubles = troubles.into_iter().flatten();
                let troubles = troubles.map(|it| it.unless(is_uncertain || !is_certain));
                seen.troubles.extend(troubles);
            }
            Effect::Listens(port) => {
                let trouble = self.listens(who, port);
                let trouble = trouble.map(|it| it.unless(is_uncertain));
                seen.troubles.extend(trouble);
            }
            Effect::Starts(_)
            | Effect::StartsShell
            | Effect::Runs { .. }
            | Effect::Configures(_) => {}
        }
        Ok(None)
    }

    /// A port that needs a capability over the host.
    fn listens(&self, who: &str, port: u16) -> Option<Trouble> {
        let around = &self.sight.around;
        if port >= FIRST_FREE_PORT || !around.has_private_users() {
            return None;
        }
        let message = format!(
            "{who} listens at port {port}, which needs a capability over the host that the user namespace of PrivateUsers= takes away"
        );
        let trouble = Trouble::new(Code::PrivateUsers, "port", message);
        Some(trouble.fixed_by(self.sight.host_users_remedy()))
    }
}
