//! initdb and pg_ctl of PostgreSQL, which start the server by a shell (`popen(3)`), and initdb looks up who runs it.

use super::{Effect, Invocation, Knower, Name};

pub(super) struct PostgreSql;

impl Knower for PostgreSql {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "initdb" | "pg_ctl")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let looked_up = (invocation.name == "initdb").then(|| Effect::looks_up(Name::Own));
        looked_up.into_iter().chain([Effect::StartsShell]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn a_shell_is_started() {
        let own = Effect::looks_up(Name::Own);
        assert_eq!(effects("initdb", "-D /a"), [own, Effect::StartsShell]);
        assert_eq!(effects("pg_ctl", "start"), [Effect::StartsShell]);
    }
}
