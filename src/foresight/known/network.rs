//! Hosts that programs are told of by name, and servers whose certificates they check.

use super::options::is_option;
use super::{Effect, Invocation, Knower};

/// Programs that fetch what is at the URLs among their arguments, and fail if they can't.
const FETCHERS: [&str; 7] = ["aria2c", "curl", "ffmpeg", "git", "http", "wget", "xh"];

/// Programs that connect to the host that these options name, and fail if they can't.
const CLIENTS: [(&str, &[&str]); 17] = [
    ("clickhouse-client", &["-h", "--host"]),
    ("mariadb", &["-h", "--host"]),
    ("mariadb-admin", &["-h", "--host"]),
    ("mongosh", &["--host"]),
    ("mosquitto_pub", &["-h", "--host"]),
    ("mosquitto_sub", &["-h", "--host"]),
    ("mysql", &["-h", "--host"]),
    ("mysqladmin", &["-h", "--host"]),
    ("mysqldump", &["-h", "--host"]),
    ("pg_dump", &["-h", "--host"]),
    ("pg_isready", &["-h", "--host"]),
    ("psql", &["-h", "--host"]),
    ("redis-cli", &["-h"]),
    ("spiped", &["-s", "-t"]),
    ("valkey-cli", &["-h"]),
    ("varnishd", &["-a", "-b", "-T"]),
    ("zabbix_sender", &["-z"]),
];

/// Words of options that name where a program listens.
const LISTENING: [&str; 10] = [
    "addr",
    "address",
    "bind",
    "host",
    "interface",
    "listen",
    "listening",
    "L",
    "b",
    "l",
];

/// What the option is called, and nothing else, by which a program is told where it listens for this purpose.
const PURPOSES: [&str; 7] = ["debug", "grpc", "http", "metrics", "pprof", "rpc", "socks"];

/// Schemes of addresses at which programs listen.
const SERVED: [&str; 8] = ["fcgi", "http", "https", "inet", "ssl", "tcp", "tls", "udp"];

/// What makes a fetcher check no certificate, or by another list of authorities.
const UNCHECKED: [&str; 7] = [
    "-k",
    "--insecure",
    "--cacert",
    "--capath",
    "--no-check-certificate",
    "--ca-certificate",
    "--verify=no",
];

pub(super) struct Network;

impl Knower for Network {
    /// Any program may be told of a host; [`super::known_of`] asks for each.
    fn knows(&self, _name: &str) -> bool {
        false
    }

    fn is_of_table(&self) -> bool {
        true
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let name = invocation.name;
        let words = invocation.arguments.iter().flatten();
        let words: Vec<_> = words.map(String::as_str).collect();
        if FETCHERS.contains(&name) {
            let fetched = words.iter().flat_map(|word| fetched(name, word, &words));
            return fetched.collect();
        }
        let client = CLIENTS.iter().find(|(client, _)| *client == name);
        let told = valued(&words).filter_map(|(option, value)| {
            let host = host(value)?;
            let is_looked_up = match client {
                Some((_, options)) => options.contains(&option),
                // Another name may be told for another purpose.
                None => host == "localhost" && listens(option) && may_listen(value),
            };
            is_looked_up.then(|| resolves(host).told_by(option))
        });
        told.collect()
    }
}

/// What comes of a word of a program that fetches URLs.
fn fetched(name: &str, word: &str, all: &[&str]) -> Vec<Effect> {
    let Some((scheme, rest)) = word.split_once("://") else {
        return Vec::new();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some(host) = host(authority) else {
        return Vec::new();
    };
    // curl looks up its own host nowhere.
    let is_own = name == "curl" && host == "localhost";
    let is_checked = scheme == "https" && !all.iter().any(|word| UNCHECKED.contains(word));
    let resolved = (!is_own).then(|| resolves(host));
    let verified = is_checked.then(|| Effect::Verifies(host.to_owned()));
    resolved.into_iter().chain(verified).collect()
}

fn resolves(host: &str) -> Effect {
    Effect::Resolves(host.to_owned())
}

/// Options with what may be their values.
fn valued<'a>(words: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let options = words.iter().enumerate().filter(|(_, word)| is_option(word));
    options.filter_map(|(index, word)| {
        let next = words.get(index + 1).filter(|next| !is_option(next));
        word.split_once('=')
            .or_else(|| next.map(|next| (*word, *next)))
    })
}

/// Whether an option most likely names where a program listens.
fn listens(option: &str) -> bool {
    let name = option.trim_start_matches('-');
    let is_long = option.starts_with("--") || name.len() > 1;
    if PURPOSES.contains(&name) {
        return true;
    }
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| LISTENING.contains(&word) && (is_long || word.len() == 1))
}

/// Whether a program may listen there: who is told of another protocol connects to a server of it.
fn may_listen(value: &str) -> bool {
    let scheme = value.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_none_or(|scheme| SERVED.contains(&scheme))
}

/// The name of a host in `[scheme://][user@]host[:port]`; `None` for an address, a path or another text.
pub(in crate::foresight) fn host(text: &str) -> Option<&str> {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.rsplit('@').next()?.split('/').next()?;
    let name = match text.split_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) => return None,
        None => text,
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let last = name.rsplit('.').next()?;
    let is_address = last.bytes().all(|byte| byte.is_ascii_digit());
    let is_host = name == "localhost" || name.contains('.') && !name.starts_with('.');
    (is_host && !is_address && name.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn hosts_are_told_from_addresses() {
        for (text, name) in [
            ("localhost:80", Some("localhost")),
            ("https://web@example.org:443/a:b", Some("example.org")),
            ("127.0.0.1:80", None),
            ("[::1]:80", None),
            (":80", None),
            ("/run/x.sock", None),
            ("eth0", None),
            ("$HOST", None),
        ] {
            assert_eq!(host(text), name, "{text}");
        }
    }

    #[test]
    fn hosts_are_looked_up_and_certificates_checked() {
        let found = Effect::Resolves("example.org".into());
        let own = |option| resolves("localhost").told_by(option);
        let checked = Effect::Verifies("example.org".into());
        assert_eq!(
            effects("curl", "-s https://example.org/x"),
            [found.clone(), checked]
        );
        assert_eq!(effects("curl", "-k https://example.org").len(), 1);
        assert_eq!(effects("curl", "http://localhost:80 https://[::1]"), []);
        assert_eq!(
            effects("psql", "-h example.org -U web"),
            [found.told_by("-h")]
        );
        assert_eq!(
            effects("web", "-http=localhost:80 --http-proxy=localhost:3128"),
            [own("-http")]
        );
        assert_eq!(
            effects("web", "--listen-address=localhost:80"),
            [own("--listen-address")]
        );
        assert_eq!(
            effects("web", "-b localhost:80 --host localhost"),
            [own("-b"), own("--host")]
        );
        assert_eq!(
            effects(
                "web",
                "--host example.org --name localhost -h localhost --addr=redis://localhost:1"
            ),
            []
        );
    }
}
