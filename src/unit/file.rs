//! Unit files as packages ship them.

use anyhow::{Result, bail};

use crate::service::{ExecSetting, Settings};

/// Where a package of `systemd.packages` ships units (nixpkgs' `generateUnits`).
pub const UNIT_DIRS: [&str; 2] = ["etc/systemd/system", "lib/systemd/system"];

/// The `[Service]` section of a unit file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct UnitFile {
    /// Every assignment of an Exec setting, in order.
    pub exec: Vec<(ExecSetting, String)>,
    /// Every other assignment.
    pub settings: Settings,
}

impl UnitFile {
    /// Reads a unit file by the rules of systemd.syntax(7). The error names the line.
    pub fn parse(text: &str) -> Result<Self> {
        let mut unit = Self::default();
        let mut in_service = false;
        for (number, line) in logical_lines(text) {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            if let Some(section) = line.strip_prefix('[') {
                let Some(section) = section.strip_suffix(']') else {
                    bail!("line {number}: the section header {line:?} has no ']'");
                };
                in_service = section == "Service";
                continue;
            }
            let Some((name, value)) = line.split_once('=') else {
                bail!("line {number}: {line:?} is neither a section, a comment nor an assignment");
            };
            let (name, value) = (name.trim_end(), value.trim_start());
            // What begins so is for others than systemd.
            if !in_service || name.starts_with("X-") {
                continue;
            }
            match ExecSetting::from_name(name) {
                Some(setting) => unit.exec.push((setting, value.to_owned())),
                None => unit.settings.push(name, value),
            }
        }
        Ok(unit)
    }
}

/// The lines of a file with its number, comments left out and continued lines joined by a space. A comment between
/// continued lines does not end them.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut continues = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        let (content, goes_on) = match line.strip_suffix('\\') {
            Some(content) => (content, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| continues) {
            Some((_, joined)) => {
                joined.push(' ');
                joined.push_str(content);
            }
            None => lines.push((index + 1, content.to_owned())),
        }
        continues = goes_on;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_unit_file_is_read_as_systemd_reads_it() -> Result<()> {
        let unit = UnitFile::parse(
            "# ExecStart=/not/this\n[Unit]\nExecStart=/nor/this\n[Service]\nExecStart=/bin/a \\\n; a comment\n  --b\n\
             ExecStart=\nExecStop = /bin/c\nPrivateTmp=yes\n\n[Install]\nWantedBy=x\n",
        )?;
        assert_eq!(
            unit.exec,
            [
                (ExecSetting::ExecStart, "/bin/a    --b".to_owned()),
                (ExecSetting::ExecStart, String::new()),
                (ExecSetting::ExecStop, "/bin/c".to_owned()),
            ]
        );
        assert_eq!(unit.settings.value("PrivateTmp"), Some("yes"));
        Ok(())
    }

    #[test]
    fn a_broken_unit_file_names_the_line() {
        let error = UnitFile::parse("[Service]\nExecStart=/a\nnonsense\n")
            .map_err(|error| error.to_string());
        assert!(error.is_err_and(|error| error.starts_with("line 3:")));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(\\[Service\\]\n|ExecStart=|\\\\\n|#|;|\n|\\PC){0,60}") {
            let _ = UnitFile::parse(&text);
        }
    }
}
