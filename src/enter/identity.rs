//! The user and group of a command in the root.

use crate::service::Settings;

/// The ids that the command sees. On the host, it has those of the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The user id; `None` for the caller's.
    pub uid: Option<u32>,
    /// The group id; `None` for the caller's.
    pub gid: Option<u32>,
}

impl Identity {
    /// Returns the ids that the unit sets as numbers, or root's if it sets none. Names are left out, as only the host can resolve
    /// them.
    pub fn of(settings: &Settings) -> Self {
        let is_dynamic = matches!(settings.boolean("DynamicUser"), Ok(Some(true)));
        let id = |setting: &str| settings.value(setting).map(str::parse);
        match (id("User"), id("Group")) {
            (None, None) if !is_dynamic => Self {
                uid: Some(0),
                gid: Some(0),
            },
            (uid, gid) => Self {
                uid: uid.and_then(Result::ok),
                gid: gid.and_then(Result::ok),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_and_names_are_not() {
        let of = |settings: &[(&str, &str)]| {
            let Identity { uid, gid } = Identity::of(&settings.iter().copied().collect());
            (uid, gid)
        };
        assert_eq!(of(&[]), (Some(0), Some(0)));
        assert_eq!(of(&[("DynamicUser", "yes")]), (None, None));
        assert_eq!(of(&[("User", "70"), ("Group", "71")]), (Some(70), Some(71)));
        assert_eq!(of(&[("User", "web")]), (None, None));
    }
}
