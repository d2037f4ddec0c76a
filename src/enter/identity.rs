//! The user and group of a command in the root.

use crate::service::Settings;

/// The ids that the command sees. Outside the root, it runs with the caller's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its user; `None` for the caller's.
    pub uid: Option<u32>,
    /// Its group; `None` for the caller's.
    pub gid: Option<u32>,
}

impl Identity {
    /// The ids that the unit sets as numbers; only the host can resolve names.
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
