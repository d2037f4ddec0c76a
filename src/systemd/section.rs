//! The sections of a unit file, and the settings that systemd knows in each.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Where a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// Before any.
    None,
    Unit,
    Service,
    Install,
    /// A section that is not for systemd, or that it does not know.
    Other,
}

impl Section {
    /// The section of a header (without its `[`), and systemd's message about it.
    pub fn named(header: &str) -> Result<(Self, Option<String>), String> {
        let Some(name) = header.strip_suffix(']') else {
            return Err(format!(
                "the section header \"[{}\" lacks ']'",
                header.escape_debug()
            ));
        };
        if name.contains(|c: char| c.is_ascii_control() || "\"'\\".contains(c)) {
            return Err(format!("{name:?} is not a valid section name"));
        }
        Ok(match name {
            "Unit" => (Self::Unit, None),
            "Service" => (Self::Service, None),
            "Install" => (Self::Install, None),
            name if name.starts_with("X-") => (Self::Other, None),
            name => (
                Self::Other,
                Some(format!("systemd knows no section {name:?}")),
            ),
        })
    }

    /// Whether some systemd knows a setting of this name in it.
    pub fn knows(self, name: &str) -> bool {
        let section = match self {
            Self::Unit => "Unit",
            Self::Service => "Service",
            Self::Install => "Install",
            Self::None | Self::Other => return false,
        };
        KNOWN.contains(&(section, name))
    }
}

/// Whether some systemd knows a setting of this name in the section `[Unit]`.
pub fn is_of_unit_section(name: &str) -> bool {
    Section::Unit.knows(name)
}

/// The names that systemd 252, 257 or 262 knows in the sections of a service.
static KNOWN: LazyLock<BTreeSet<(&str, &str)>> = LazyLock::new(|| {
    let mut section = "";
    let mut known = BTreeSet::new();
    for line in include_str!("known.txt").lines() {
        match line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            Some(header) => section = header,
            None => {
                known.insert((section, line));
            }
        }
    }
    known
});
