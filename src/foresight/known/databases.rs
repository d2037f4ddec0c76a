//! getent, which asks the lists of users, hosts and services.

use super::operands::{Values, operands};
use super::{Effect, Invocation, Knower, Name, Use};

pub(super) struct Databases;

const VALUES: Values = Values {
    letters: "s",
    long: &["service"],
};

impl Knower for Databases {
    fn knows(&self, name: &str) -> bool {
        name == "getent"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let operands = operands(invocation.arguments, VALUES);
        let Some((Some(database), keys)) = operands.split_first() else {
            return Vec::new();
        };
        let keys = keys.iter().copied().flatten();
        let found = keys.filter_map(|key| match *database {
            "passwd" | "initgroups" => Name::user(key).map(Effect::looks_up),
            "group" => Name::group(key).map(Effect::looks_up),
            "ahosts" | "ahostsv4" | "ahostsv6" | "hosts" => {
                let is_address = key.contains(':') || key.bytes().all(is_of_address);
                (!is_address).then(|| Effect::Resolves(key.to_owned()))
            }
            list @ ("protocols" | "services") => {
                Some(Effect::file(format!("/etc/{list}"), Use::Reads))
            }
            _ => None,
        });
        found.collect()
    }
}

fn is_of_address(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'.'
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn databases_are_asked_for_keys() {
        let user = Effect::looks_up(Name::User("web".into()));
        assert_eq!(effects("getent", "passwd web"), [user]);
        let group = Effect::looks_up(Name::Group("www".into()));
        assert_eq!(effects("getent", "-s files group www"), [group]);
        let host = Effect::Resolves("db".into());
        assert_eq!(effects("getent", "hosts db"), [host]);
        let services = file("/etc/services", Use::Reads);
        assert_eq!(effects("getent", "services ssh"), [services]);
        for line in [
            "passwd",
            "hosts 127.0.0.1",
            "hosts ::1",
            "shadow web",
            "? web",
        ] {
            assert_eq!(effects("getent", line), [], "{line}");
        }
    }
}
