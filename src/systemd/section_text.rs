//! The assignments in one section of a unit file of any kind.

use super::lines::{Content, lines};

/// The names and values that a section assigns, in order, up to where systemd stops reading the file (systemd.syntax(7)).
pub fn section_assignments(file: &[u8], section: &str) -> Vec<(String, String)> {
    let mut is_in = false;
    let mut found = Vec::new();
    for line in lines(file) {
        let Content::Text(text) = line.content else {
            return found;
        };
        if let Some(header) = text.strip_prefix('[') {
            let Some(name) = header.strip_suffix(']') else {
                return found;
            };
            is_in = name == section;
        } else if let Some((name, value)) = text.split_once('=').filter(|_| is_in) {
            found.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_read_as_systemd_does() {
        let file = b"Unit=no\n[Timer]\n# Unit=no\nUnit = a.service\nOnCalendar= x \\\n ; no\n y\n[Install]\nWantedBy=z\n[Timer]\nUnit=\n[broken\n[Timer]\nUnit=no\n";
        let found = section_assignments(file, "Timer");
        let found: Vec<_> = found
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            found,
            [("Unit", "a.service"), ("OnCalendar", "x   y"), ("Unit", "")]
        );
        assert_eq!(section_assignments(file, "Install").len(), 1);
    }
}
