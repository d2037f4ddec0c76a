//! Tools that change the network, the mounts, the clock or the name of the host, if their arguments say so.

use super::operands::{NONE, operands, options};
use super::{Effect, Invocation, Knower};

/// What of ip, tc and bridge changes something.
const VERBS: [&str; 9] = [
    "add", "append", "attach", "change", "del", "delete", "flush", "replace", "set",
];

/// Options with which hostname looks up its own name.
const OF_ADDRESS: [&str; 7] = [
    "-d",
    "--domain",
    "-f",
    "--fqdn",
    "--long",
    "-i",
    "--ip-address",
];

pub(super) struct Administration;

impl Knower for Administration {
    fn knows(&self, name: &str) -> bool {
        matches!(
            name,
            "brctl"
                | "bridge"
                | "date"
                | "hostname"
                | "ifconfig"
                | "ip"
                | "mount"
                | "route"
                | "tc"
                | "umount"
        )
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let options = options(invocation.arguments);
        let operands = operands(invocation.arguments, NONE);
        let words = operands.iter().flatten();
        let has = |names: &[&str]| options.iter().any(|option| names.contains(option));
        let (changes, capability) = match invocation.name {
            "brctl" => {
                let shows = words
                    .clone()
                    .next()
                    .is_none_or(|word| word.starts_with("show"));
                (!shows, "CAP_NET_ADMIN")
            }
            "bridge" | "ip" | "tc" => {
                let mut words = words.skip(1);
                (words.any(|word| VERBS.contains(word)), "CAP_NET_ADMIN")
            }
            "ifconfig" => (operands.len() > 1, "CAP_NET_ADMIN"),
            "route" => {
                let first = words.clone().next();
                let is_change = first.is_some_and(|word| matches!(*word, "add" | "del"));
                (is_change, "CAP_NET_ADMIN")
            }
            "date" => {
                let sets = |option: &&str| option.starts_with("--set") || option.starts_with("-s");
                (options.iter().any(sets), "CAP_SYS_TIME")
            }
            "hostname" => {
                let is_named = !operands.is_empty() || has(&["-F", "--file", "-b"]);
                (is_named, "CAP_SYS_ADMIN")
            }
            _ => (
                !operands.is_empty() || has(&["-a", "--all"]),
                "CAP_SYS_ADMIN",
            ),
        };
        let needed = changes.then(|| Effect::Needs(capability.to_owned()));
        let asks = invocation.name == "hostname" && has(&OF_ADDRESS);
        let looked_up = asks.then(|| Effect::Resolves("its own name".to_owned()));
        needed.into_iter().chain(looked_up).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn what_changes_the_host_needs_a_capability() {
        for (name, line, capability) in [
            ("ip", "link set eth0 up", "CAP_NET_ADMIN"),
            ("ip", "-4 addr add 10.0.0.1/8 dev eth0", "CAP_NET_ADMIN"),
            ("ip", "addr show", ""),
            ("ip", "route", ""),
            ("mount", "-t tmpfs x /a", "CAP_SYS_ADMIN"),
            ("mount", "", ""),
            ("date", "-s 12:00", "CAP_SYS_TIME"),
            ("date", "+%s -d yesterday", ""),
            ("hostname", "-s", ""),
            ("hostname", "web", "CAP_SYS_ADMIN"),
            ("brctl", "show", ""),
            ("ifconfig", "eth0", ""),
        ] {
            let expected: Vec<_> = (!capability.is_empty())
                .then(|| Effect::Needs(capability.to_owned()))
                .into_iter()
                .collect();
            assert_eq!(effects(name, line), expected, "{name} {line}");
        }
    }

    #[test]
    fn the_host_s_own_name_is_looked_up() {
        let looked_up = Effect::Resolves("its own name".to_owned());
        assert_eq!(effects("hostname", "-f"), [looked_up]);
        assert_eq!(effects("hostname", ""), []);
    }
}
