//! Names of environment variables.

/// Returns whether this is a valid name of an environment variable.
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|c: char| "=\"'\\%".contains(c) || c.is_control() || c.is_whitespace())
}

/// Returns whether systemd accepts this as the name of a variable (`env_name_is_valid`); it ignores other names.
pub(crate) fn is_assignable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
