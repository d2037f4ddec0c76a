//! id and whoami, which tell of users.

use super::{Effect, Invocation, Knower, Name};

pub(super) struct Identity;

impl Knower for Identity {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "id" | "whoami")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let looked_up = if invocation.name == "whoami" {
            Some(Name::Own)
        } else {
            of_id(invocation.arguments)
        };
        looked_up.into_iter().map(Effect::looks_up).collect()
    }
}

fn of_id(arguments: &[Option<String>]) -> Option<Name> {
    let mut words = arguments.iter().map(Option::as_deref);
    if let Some(user) = words.find(|word| !word.is_some_and(|word| word.starts_with('-'))) {
        return Name::user(user?);
    }
    // Groups it tells by number where it knows no name.
    let asks_name = |option: &String| {
        option == "--name"
            || !option.starts_with("--") && option.contains('n') && !option.contains('G')
    };
    arguments
        .iter()
        .flatten()
        .any(asks_name)
        .then_some(Name::Own)
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn names_are_looked_up() {
        assert_eq!(effects("whoami", ""), [Effect::looks_up(Name::Own)]);
        assert_eq!(effects("id", ""), []);
        assert_eq!(effects("id", "-u"), []);
        assert_eq!(effects("id", "-un"), [Effect::looks_up(Name::Own)]);
        let web = Effect::looks_up(Name::User("web".into()));
        assert_eq!(effects("id", "-u web"), [web]);
        assert_eq!(effects("id", "?"), []);
    }
}
