//! initdb and pg_ctl of PostgreSQL, which start the server by a shell (`popen(3)`), and initdb looks up who runs it; and the server,
//! which listens at localhost unless it is told otherwise.

use super::{Effect, Invocation, Knower, Name};

pub(super) struct PostgreSql;

impl Knower for PostgreSql {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "initdb" | "pg_ctl" | "postgres")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        if invocation.name == "postgres" {
            return listens(invocation).into_iter().collect();
        }
        let looked_up = (invocation.name == "initdb").then(|| Effect::looks_up(Name::Own));
        looked_up.into_iter().chain([Effect::StartsShell]).collect()
    }
}

/// The host at which the server listens by default. Its data directory may have a configuration that names another.
fn listens(invocation: &Invocation) -> Option<Effect> {
    let told = |word: &String| {
        word.starts_with("-h")
            || [
                "listen_addresses",
                "config_file",
                "-C",
                "--single",
                "--boot",
            ]
            .iter()
            .any(|it| word.contains(it))
    };
    let is_told = invocation.arguments.iter().flatten().any(told);
    (!is_told).then(|| Effect::Resolves("localhost".to_owned()))
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
        let resolved = Effect::Resolves("localhost".into());
        assert_eq!(effects("postgres", "-D /a"), [resolved]);
        assert_eq!(effects("postgres", "-D /a -c listen_addresses="), []);
    }
}
