//! install, which makes directories and looks up whom it gives what it makes to.

use std::iter::zip;

use super::operands::{Values, copies, files, has, operands, options};
use super::{Effect, Invocation, Knower, Name, Use};

pub(super) struct Install;

const VALUES: Values = Values {
    letters: "ogmSt",
    long: &["owner", "group", "mode", "suffix", "target-directory"],
};

impl Knower for Install {
    fn knows(&self, name: &str) -> bool {
        name == "install"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let arguments = invocation.arguments;
        let mut all = Vec::new();
        let operands = operands(arguments, VALUES);
        if has(&options(arguments), 'd', "--directory") {
            all = files(invocation, &operands, Use::MakesDirectory(true));
        } else if let [sources @ .., target] = operands.as_slice() {
            let given = options(arguments);
            let names_target = has(&given, 't', "--target-directory");
            if !sources.is_empty() && !names_target {
                all = made(invocation, *target, has(&given, 'D', "--leading"));
            }
            all.extend(copies(invocation, sources, *target));
        }
        let known: Vec<_> = arguments.iter().flatten().collect();
        let named = zip(known.iter(), known.iter().skip(1));
        let owners = named.filter_map(|(option, value)| match option.as_str() {
            "-o" | "--owner" => Name::user(value),
            "-g" | "--group" => Name::group(value),
            _ => None,
        });
        all.extend(owners.map(Effect::gives));
        all
    }
}

/// The file that a target is. `leads`: whether the directories that lead to it are made too.
fn made(invocation: &Invocation, target: Option<&str>, leads: bool) -> Vec<Effect> {
    let dir = target.and_then(|path| Some(path.rsplit_once('/')?.0));
    let dir = dir.filter(|dir| leads && !dir.is_empty());
    let mut all = files(invocation, &[dir], Use::MakesDirectory(true));
    all.extend(files(invocation, &[target], Use::Makes));
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn directories_are_made_and_owners_looked_up() {
        let made = |path| file(path, Use::MakesDirectory(true));
        let user = Effect::gives(Name::User("web".into()));
        let group = Effect::gives(Name::Group("www".into()));
        assert_eq!(
            effects("install", "-d -o web -m 0700 /a /b"),
            [made("/a"), made("/b"), user.clone()]
        );
        let copied = Effect::Copies {
            from: "/a".to_owned(),
            to: "/b/".to_owned(),
        };
        let target = file("/b/", Use::Makes);
        assert_eq!(effects("install", "-m 644 /a /b/"), [target, copied]);
        assert_eq!(
            effects("install", "-D /a /b/c")[..2],
            [made("/b"), file("/b/c", Use::Makes)]
        );
        assert_eq!(effects("install", "-o web -g www /a"), [user, group]);
    }
}
