//! The text of `nix/services.nix`, with the files that it imports.

/// `nix/services.nix`: any NixOS configuration or plain attribute set → services value.
const SERVICES_NIX: &str = include_str!("../../nix/services.nix");

/// The files that it imports. They are inlined, because the text is passed to nix as an expression, not as a file.
const IMPORTED: [(&str, &str); 13] = [
    (
        "import ./services/confinement.nix",
        include_str!("../../nix/services/confinement.nix"),
    ),
    (
        "import ./services/every-unit.nix",
        include_str!("../../nix/services/every-unit.nix"),
    ),
    (
        "import ./services/files.nix",
        include_str!("../../nix/services/files.nix"),
    ),
    (
        "import ./services/hosts.nix",
        include_str!("../../nix/services/hosts.nix"),
    ),
    (
        "import ./services/plain.nix",
        include_str!("../../nix/services/plain.nix"),
    ),
    (
        "import ./services/settings.nix",
        include_str!("../../nix/services/settings.nix"),
    ),
    (
        "import ./services/source.nix",
        include_str!("../../nix/services/source.nix"),
    ),
    (
        "import ./services/start-at.nix",
        include_str!("../../nix/services/start-at.nix"),
    ),
    (
        "import ./services/texts.nix",
        include_str!("../../nix/services/texts.nix"),
    ),
    (
        "import ./services/triggers.nix",
        include_str!("../../nix/services/triggers.nix"),
    ),
    (
        "import ./services/user.nix",
        include_str!("../../nix/services/user.nix"),
    ),
    (
        "import ./services/unit.nix",
        include_str!("../../nix/services/unit.nix"),
    ),
    (
        "import ./services/unit-text.nix",
        include_str!("../../nix/services/unit-text.nix"),
    ),
];

/// The function as one expression.
pub(super) fn services_nix() -> String {
    IMPORTED
        .iter()
        .fold(SERVICES_NIX.to_owned(), |text, (import, file)| {
            text.replace(import, &format!("({file})"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_to_import() {
        assert!(!services_nix().contains("import ./services/"));
    }
}
