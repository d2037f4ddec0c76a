//! socat, whose addresses name files and sockets, give them to users or run as those.

use super::{Effect, Invocation, Knower, Name, Purpose, Use};

pub(super) struct Socat;

impl Knower for Socat {
    fn knows(&self, name: &str) -> bool {
        name == "socat"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let known = invocation.arguments.iter().flatten();
        let addresses: Vec<_> = known.filter(|word| !word.starts_with('-')).collect();
        let waits = addresses.first().is_some_and(|address| waits(address));
        let of = |(at, address): (usize, &&String)| {
            let parts: Vec<_> = address.split(',').collect();
            let makes = parts.iter().any(|part| part.starts_with("creat"));
            let effects = parts.iter().enumerate().filter_map(|(at, part)| match at {
                0 => opens(part, makes),
                _ => looks_up(part).or_else(|| reads(part)),
            });
            // The second address is opened when somebody connects to the first.
            let is_later = at > 0 && waits;
            let effects = effects.map(|it| if is_later { it.perhaps() } else { it });
            effects.collect::<Vec<_>>()
        };
        addresses.iter().enumerate().flat_map(of).collect()
    }
}

/// Whether an address waits for others.
fn waits(address: &str) -> bool {
    let kind = address.split(':').next().unwrap_or_default();
    let kind = kind.to_ascii_uppercase();
    kind.ends_with("-LISTEN") || kind.ends_with("-L") || kind.ends_with("RECVFROM")
}

/// The socket or the file of an address. `makes`: whether it makes a file that does not exist.
fn opens(address: &str, makes: bool) -> Option<Effect> {
    let (kind, path) = address.split_once(':')?;
    let how = match kind.to_ascii_uppercase().as_str() {
        "UNIX-LISTEN" | "UNIX-L" | "UNIX-RECV" | "UNIX-RECVFROM" | "CREATE" | "CREAT" => Use::Makes,
        "FILE" | "GOPEN" | "OPEN" if makes => Use::Makes,
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
    fn what_a_listener_opens_for_others_may_be_missing() {
        let made = Effect::file("/srv/a".to_owned(), Use::Makes);
        assert_eq!(
            effects("socat", "-u UDP-LISTEN:1,fork OPEN:/srv/a,creat,append"),
            [made.clone().perhaps()]
        );
        assert_eq!(effects("socat", "-u STDIN OPEN:/srv/a,creat"), [made]);
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
