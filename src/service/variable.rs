//! Names of variables of the environment.

/// Whether this can be the name of a variable of the environment.
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|c: char| "=\"'\\%".contains(c) || c.is_control() || c.is_whitespace())
}

/// Whether systemd takes this for the name of a variable (`env_name_is_valid`); what it does not, it ignores.
pub(crate) fn is_assignable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
