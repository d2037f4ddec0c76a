//! initdb and pg_ctl of PostgreSQL, which start the server by a shell (`popen(3)`), and initdb looks up who runs it; the server, which
//! listens at localhost unless it is told otherwise; and its clients.

use super::{Effect, Invocation, Knower, Name, Use};
use crate::inspect::Variable;

/// Tools that connect to a server.
const CLIENTS: [&str; 12] = [
    "clusterdb",
    "createdb",
    "createuser",
    "dropdb",
    "dropuser",
    "pg_basebackup",
    "pg_dump",
    "pg_dumpall",
    "pg_isready",
    "psql",
    "reindexdb",
    "vacuumdb",
];

/// Options with which they only tell of themselves.
const TELLS: [&str; 4] = ["-?", "-V", "--help", "--version"];

/// Where they look for the socket of a server.
const SOCKETS: &str = "/run/postgresql";

pub(super) struct PostgreSql;

impl Knower for PostgreSql {
    fn knows(&self, name: &str) -> bool {
        CLIENTS.contains(&name) || matches!(name, "initdb" | "pg_ctl" | "postgres")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        if CLIENTS.contains(&invocation.name) {
            return of_client(invocation);
        }
        if invocation.name == "postgres" {
            return listens(invocation).into_iter().collect();
        }
        let looked_up = (invocation.name == "initdb").then(|| Effect::looks_up(Name::Own));
        looked_up.into_iter().chain([Effect::StartsShell]).collect()
    }
}

/// What a client does unless it is told of a user and of a host: it looks up who runs it, and for the socket of a server.
fn of_client(invocation: &Invocation) -> Vec<Effect> {
    let Some(words) = invocation
        .arguments
        .iter()
        .cloned()
        .collect::<Option<Vec<_>>>()
    else {
        return Vec::new();
    };
    let environment = invocation.around.environment;
    let is_set = |name: &&str| environment.variable(name) != Variable::Unset;
    let told = |short: &str, long: &str, key: &str, variables: &[&str]| {
        let is_told = |word: &String| {
            let letters = word.strip_prefix('-').filter(|word| !word.starts_with('-'));
            letters.is_some_and(|letters| letters.contains(short))
                || word.starts_with(long)
                || word.contains(key)
                || ["://", "service="].iter().any(|part| word.contains(part))
        };
        words.iter().any(is_told) || variables.iter().any(is_set)
    };
    if words.iter().any(|word| TELLS.contains(&word.as_str())) {
        return Vec::new();
    }
    let own = !told("U", "--username", "user=", &["PGUSER", "PGSERVICE"]);
    let socket = !told(
        "h",
        "--host",
        "host",
        &["PGHOST", "PGHOSTADDR", "PGSERVICE"],
    );
    let own = own.then(|| Effect::looks_up(Name::Own));
    let socket = socket.then(|| Effect::file(SOCKETS.to_owned(), Use::Reads));
    own.into_iter().chain(socket).collect()
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

    #[test]
    fn clients_look_up_who_they_are_and_for_a_socket() {
        let own = || Effect::looks_up(Name::Own);
        let socket = || Effect::file(SOCKETS.to_owned(), Use::Reads);
        for (name, line, expected) in [
            ("psql", "-c x db", vec![own(), socket()]),
            ("pg_dump", "-U web db", vec![socket()]),
            ("pg_dump", "-Uweb -h /run/x db", vec![]),
            ("psql", "postgresql://web@127.0.0.1/db", vec![]),
            ("psql", "-d user=web", vec![socket()]),
            ("psql", "?", vec![]),
            ("psql", "--version", vec![]),
        ] {
            assert_eq!(effects(name, line), expected, "{name} {line}");
        }
    }
}
