//! Tools that are told of users and groups by name, and look up their numbers.

use super::options::{Options, is_option};
use super::{Effect, Invocation, Knower, Name};

/// A tool with its options that name users, and those that name groups.
type Asked = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const ASKED: [Asked; 5] = [
    ("killall", &["-u", "--user"], &[]),
    ("lsof", &["-u"], &["-g"]),
    (
        "pgrep",
        &["-u", "-U", "--euid", "--uid"],
        &["-G", "--group"],
    ),
    (
        "pkill",
        &["-u", "-U", "--euid", "--uid"],
        &["-G", "--group"],
    ),
    (
        "ps",
        &["-u", "-U", "--user", "--User"],
        &["-G", "--Group", "--group"],
    ),
];

pub(super) struct AskedTools;

impl Knower for AskedTools {
    /// Some are known for other things too; [`super::known_of`] asks for each.
    fn knows(&self, _name: &str) -> bool {
        false
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        match invocation.name {
            "groups" => return of_operands(invocation),
            "find" => return of_find(invocation),
            "setfacl" => return of_acl(invocation),
            _ => {}
        }
        let Some((_, users, groups)) = ASKED.iter().find(|asked| asked.0 == invocation.name) else {
            return Vec::new();
        };
        let named = users.iter().chain(*groups).copied();
        let options = Options::new(invocation.arguments, named, false);
        let told = options.all();
        let looked_up = told.flat_map(|(option, value)| {
            let is_group = groups.contains(&option);
            let names = value.into_iter().flat_map(|value| value.split(','));
            names.filter_map(move |name| named_as(is_group, name.trim_start_matches('^')))
        });
        looked_up.collect()
    }
}

fn named_as(is_group: bool, name: &str) -> Option<Effect> {
    let name = if is_group {
        Name::group(name)
    } else {
        Name::user(name)
    };
    name.map(Effect::looks_up)
}

/// Its operands are users.
fn of_operands(invocation: &Invocation) -> Vec<Effect> {
    let words = invocation.arguments.iter().flatten();
    let users = words.filter(|word| !is_option(word));
    users.filter_map(|user| named_as(false, user)).collect()
}

/// The tests of find have one dash.
fn of_find(invocation: &Invocation) -> Vec<Effect> {
    let pairs = invocation.arguments.windows(2);
    let named = pairs.filter_map(|pair| {
        let [Some(test), Some(name)] = pair else {
            return None;
        };
        match test.as_str() {
            "-user" | "-group" => named_as(test == "-group", name),
            _ => None,
        }
    });
    named.collect()
}

/// Entries of an access control list: `u:web:rx,d:g:www:r`.
fn of_acl(invocation: &Invocation) -> Vec<Effect> {
    let named = ["-m", "--modify", "-x", "--remove", "--set"];
    let options = Options::new(invocation.arguments, named.into_iter(), false);
    let values = options.all().filter_map(|(_, value)| value);
    let entries = values.flat_map(|value| value.split(','));
    let looked_up = entries.filter_map(|entry| {
        let entry = entry.trim();
        let plain = entry.strip_prefix("default:").or(entry.strip_prefix("d:"));
        let (kind, rest) = plain.unwrap_or(entry).split_once(':')?;
        let name = rest.split(':').next()?;
        match kind {
            "u" | "user" => Name::user(name).map(Effect::gives),
            "g" | "group" => Name::group(name).map(Effect::gives),
            _ => None,
        }
    });
    looked_up.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn users_that_a_tool_is_told_of_are_looked_up() {
        let user = || Effect::looks_up(Name::User("web".into()));
        let group = || Effect::looks_up(Name::Group("www".into()));
        for (name, line, expected) in [
            ("pgrep", "-u web,0 -f x", vec![user()]),
            ("pkill", "-U web -G www", vec![user(), group()]),
            ("ps", "-o pid= -u web", vec![user()]),
            ("ps", "-ef", vec![]),
            ("lsof", "-u ^web", vec![user()]),
            ("groups", "web", vec![user()]),
            ("find", "/a -user web -o -group www", vec![user(), group()]),
            (
                "setfacl",
                "-R -m u:web:rx,d:g:www:r,o::- /a",
                vec![
                    Effect::gives(Name::User("web".into())),
                    Effect::gives(Name::Group("www".into())),
                ],
            ),
            ("setfacl", "-b /a", vec![]),
        ] {
            let looked_up = effects(name, line).into_iter();
            let looked_up: Vec<_> = looked_up.filter(Effect::looks_up_any).collect();
            assert_eq!(looked_up, expected, "{name} {line}");
        }
    }
}
