//! install, which makes directories and looks up whom it gives what it makes to.

use std::iter::zip;

use super::operands::{files, has, options};
use super::{Effect, Invocation, Knower, Name, Use};

pub(super) struct Install;

impl Knower for Install {
    fn knows(&self, name: &str) -> bool {
        name == "install"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let arguments = invocation.arguments;
        let mut all = Vec::new();
        if has(&options(arguments), 'd', "--directory") {
            all = files(&operands(arguments), Use::MakesDirectory(true));
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

/// The arguments that are neither options nor their values.
fn operands(arguments: &[Option<String>]) -> Vec<Option<&str>> {
    let mut found = Vec::new();
    let mut is_value = false;
    for argument in arguments {
        let word = argument.as_deref().unwrap_or_default();
        let takes_value = matches!(
            word,
            "-o" | "-g" | "-m" | "-S" | "-t" | "--owner" | "--group" | "--mode"
        );
        if !std::mem::replace(&mut is_value, takes_value) && !word.starts_with('-') {
            found.push(argument.as_deref());
        }
    }
    found
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
        assert_eq!(effects("install", "-m 644 /a /b"), []);
        assert_eq!(effects("install", "-o web -g www /a"), [user, group]);
    }
}
