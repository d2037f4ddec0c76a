//! Hosts that configurations name and that programs look up as they start.

use super::guess::words;
use super::normal;
use crate::foresight::known::network::host;
use crate::inspect::Entry;

/// Keys, by program, whose hosts it looks up as it starts; it fails if it can't.
const LOOKED_UP: [(&[&str], &[&str]); 3] = [
    (
        &["nginx", "openresty", "angie", "tengine"],
        &[
            "fastcgi_pass",
            "grpc_pass",
            "proxy_pass",
            "scgi_pass",
            "server",
            "uwsgi_pass",
        ],
    ),
    (&["haproxy"], &["server"]),
    (&["stunnel", "stunnel4"], &["accept"]),
];

/// Words by which a configuration leaves the look-up for later.
const LATER: [&str; 2] = ["init-addr", "resolvers"];

/// Words of keys that name where a program listens.
const LISTENING: [&str; 4] = ["bind", "listen", "listener", "listening"];

/// The hosts that a program looks up as it starts, each with the entry that names it.
pub(in crate::foresight) fn hosts<'e>(
    program: &str,
    entries: &'e [Entry],
) -> Vec<(&'e str, &'e Entry)> {
    let looked_up = LOOKED_UP
        .iter()
        .find(|(programs, _)| programs.contains(&program));
    // A group of servers has a name as hosts have.
    let groups: Vec<_> = entries
        .iter()
        .filter(|entry| entry.key == "upstream")
        .filter_map(|entry| entry.values.first())
        .collect();
    let is_late = |entry: &Entry| {
        entry
            .values
            .iter()
            .any(|value| LATER.contains(&value.as_str()))
    };
    let mut all = Vec::new();
    if entries
        .iter()
        .any(|entry| entry.key == "default-server" && is_late(entry))
    {
        return all;
    }
    for entry in entries {
        let key = normal(&entry.key);
        let is_looked_up = looked_up.is_some_and(|(_, keys)| keys.contains(&key.as_str()));
        let listens = words(&entry.key).any(|word| LISTENING.contains(&word.as_str()));
        for value in &entry.values {
            let Some(host) = host(value).filter(|_| !is_late(entry)) else {
                continue;
            };
            let is_group = groups.iter().any(|group| *group == host);
            if is_looked_up && !is_group || listens && host == "localhost" {
                all.push((host, entry));
            }
        }
    }
    all
}
