//! Hosts that configurations name and that programs look up as they start.

use super::guess::words;
use crate::config::Keys;
use crate::foresight::known::network::host;
use crate::inspect::Entry;

/// Words by which a configuration leaves the look-up for later.
const LATER: [&str; 2] = ["init-addr", "resolvers"];

/// Words of keys that name where a program listens.
const LISTENING: [&str; 4] = ["bind", "listen", "listener", "listening"];

/// The hosts that a program looks up as it starts, each with the entry that names it. `keys`: what is known of the program.
pub(in crate::foresight) fn hosts<'e>(
    keys: Option<&Keys>,
    entries: &'e [Entry],
) -> Vec<(&'e str, &'e Entry)> {
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
        let is_looked_up = keys.is_some_and(|keys| keys.resolves(&entry.key));
        let listens = words(&entry.key).any(|word| LISTENING.contains(&word.as_str()));
        for value in &entry.values {
            let Some(host) = host(value).filter(|_| !is_late(entry)) else {
                continue;
            };
            let is_group = groups.iter().any(|group| *group == host);
            // As milters have it: `inet:8891@localhost`.
            let is_socket = value.starts_with("inet:") || value.starts_with("inet6:");
            let listens = (listens || is_socket) && host == "localhost";
            if is_looked_up && !is_group || listens {
                all.push((host, entry));
            }
        }
    }
    all
}
