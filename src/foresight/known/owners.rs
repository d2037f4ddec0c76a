//! chown and chgrp, which look up whom they give files to.

use super::{Effect, Invocation, Knower, Name, Purpose};

pub(super) struct Owners;

impl Knower for Owners {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "chgrp" | "chown")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let arguments = invocation.arguments;
        let mut operands = arguments.iter().map(Option::as_deref);
        let owner = operands.find(|word| !word.is_some_and(|it| it.starts_with('-')));
        let Some(Some(owner)) = owner else {
            let is_unknown = owner.is_some();
            return is_unknown.then(unknown).into_iter().collect();
        };
        let mut known = arguments.iter().flatten();
        let names = if invocation.name == "chgrp" {
            [None, Name::group(owner)]
        } else if known.any(|word| word.starts_with("--reference")) {
            [None, None]
        } else {
            let (user, group) = owner.split_once([':', '.']).unwrap_or((owner, ""));
            [Name::user(user), Name::group(group)]
        };
        let gives = |name| Effect::LooksUp {
            name,
            purpose: Purpose::Give,
            is_certain: true,
        };
        names.into_iter().flatten().map(gives).collect()
    }
}

/// It perhaps gives files to a user whose name only the running script knows.
fn unknown() -> Effect {
    Effect::gives(Name::Any).perhaps()
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn owners_are_looked_up() {
        let gives = |name| Effect::LooksUp {
            name,
            purpose: Purpose::Give,
            is_certain: true,
        };
        let user = gives(Name::User("web".into()));
        let group = gives(Name::Group("www".into()));
        assert_eq!(
            effects("chown", "-R web:www /a"),
            [user.clone(), group.clone()]
        );
        assert_eq!(effects("chown", "web.www /a"), [user, group.clone()]);
        assert_eq!(effects("chgrp", "www /a"), [group]);
        assert_eq!(effects("chown", "0:0 /a"), []);
        assert_eq!(effects("chown", "-R ? /a"), [unknown()]);
        assert_eq!(effects("chown", "--reference=/a /b"), []);
    }
}
