//! socat, whose addresses name files and sockets, give them to users or run as those.

use super::{Effect, Invocation, Knower, Name, Purpose, Use};

pub(super) struct Socat;

impl Knower for Socat {
    fn knows(&self, name: &str) -> bool {
        name == "socat"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let known = invocation.arguments.iter().flatten();
        let addresses = known.filter(|word| !word.starts_with('-'));
        let parts = addresses.flat_map(|address| address.split(',').enumerate());
        let effects = parts.filter_map(|(at, part)| match at {
            0 => opens(part),
            _ => looks_up(part).or_else(|| reads(part)),
        });
        effects.collect()
    }
}

/// The socket or the file of an address.
fn opens(address: &str) -> Option<Effect> {
    let (kind, path) = address.split_once(':')?;
    let how = match kind.to_ascii_uppercase().as_str() {
        "UNIX-LISTEN" | "UNIX-L" | "UNIX-RECV" | "UNIX-RECVFROM" | "CREATE" | "CREAT" => Use::Makes,
        "FILE" | "GOPEN" | "OPEN" => Use::Reads,
        _ => return None,
    };
    let path = path
        .split("!!")
        .next()
        .filter(|path| path.starts_with('/'))?;
    Some(Effect::file(path.to_owned(), how))
}

/// The certificates that an option of an address names.
fn reads(option: &str) -> Option<Effect> {
    let (key, path) = option.split_once('=')?;
    let is_read = matches!(
        key,
        "cert" | "certificate" | "key" | "cafile" | "capath" | "dhparam" | "dhparams"
    );
    is_read.then(|| Effect::file(path.to_owned(), Use::Reads))
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
    fn addresses_name_files() {
        let made = Effect::file("/run/a".to_owned(), Use::Makes);
        assert_eq!(
            effects("socat", "UNIX-LISTEN:/run/a,fork TCP:localhost:1")[..1],
            [made]
        );
        let read = Effect::file("/etc/a.pem".to_owned(), Use::Reads);
        assert_eq!(
            effects("socat", "openssl-listen:1,cert=/etc/a.pem,fork -"),
            [read]
        );
    }

    #[test]
    fn addresses_name_users() {
        assert_eq!(
            effects("socat", "-d UNIX-LISTEN:/run/a,user=web,mode=660 STDIO")[1..],
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
