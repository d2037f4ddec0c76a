//! socat, whose addresses give files to users or run as them.

use super::{Effect, Invocation, Knower, Name, Purpose};

pub(super) struct Socat;

impl Knower for Socat {
    fn knows(&self, name: &str) -> bool {
        name == "socat"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let known = invocation.arguments.iter().flatten();
        let addresses = known.filter(|word| !word.starts_with('-'));
        let options = addresses.flat_map(|address| address.split(','));
        options.filter_map(looks_up).collect()
    }
}

/// The user or the group of an option of an address.
fn looks_up(option: &str) -> Option<Effect> {
    let (key, value) = option.split_once('=')?;
    let (name, purpose) = match key {
        "su" | "substuser" | "su-d" | "substuser-delayed" | "setuid" => {
            (Name::user(value), Purpose::Become)
        }
        "setgid" => (Name::group(value), Purpose::Become),
        "user" | "uid" | "owner" | "user-late" | "uid-l" | "user-early" | "user-e" => {
            (Name::user(value), Purpose::Give)
        }
        "group" | "gid" | "group-late" | "gid-l" | "group-early" | "group-e" => {
            (Name::group(value), Purpose::Give)
        }
        _ => return None,
    };
    Some(Effect::LooksUp {
        name: name?,
        purpose,
        is_certain: true,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn addresses_name_users() {
        assert_eq!(
            effects("socat", "-d UNIX-LISTEN:/run/a,user=web,mode=660 STDIO"),
            [Effect::gives(Name::User("web".into()))]
        );
        let becomes = Effect::LooksUp {
            name: Name::User("web".into()),
            purpose: Purpose::Become,
            is_certain: true,
        };
        assert_eq!(effects("socat", "TCP-LISTEN:1,su=web STDIO"), [becomes]);
        assert_eq!(effects("socat", "TCP-LISTEN:1,user=0 -"), []);
    }
}
