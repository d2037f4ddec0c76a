//! Merges the files of a unit.

use std::collections::BTreeMap;

use super::UnitFile;
use crate::service::{Context, ExecSetting, Settings, SourceString, UnitLine};
use crate::store::StorePath;

/// Assignments of several files in the order in which systemd reads them.
#[derive(Debug, Default)]
pub struct Assignments {
    /// Command lines.
    pub exec: BTreeMap<ExecSetting, Vec<SourceString>>,
    /// Everything else.
    pub settings: Settings,
}

impl Assignments {
    /// Adds the assignments of a unit file, each command with its place in `file` and the context of the package that ships it.
    pub fn add_file(&mut self, file: &str, unit: UnitFile, package: &BTreeMap<StorePath, Context>) {
        let file = printable(file);
        let mut seen = BTreeMap::<ExecSetting, usize>::new();
        for (setting, line) in unit.exec {
            let index = seen.entry(setting).or_default();
            let text = SourceString {
                line: Some(UnitLine {
                    file: file.clone(),
                    index: *index,
                    package: package.clone(),
                }),
                ..SourceString::plain(line)
            };
            *index += 1;
            self.exec.entry(setting).or_default().push(text);
        }
        self.add_settings(&unit.settings);
    }

    /// Adds the settings from Nix.
    pub fn add(&mut self, later: Self) {
        for (setting, lines) in later.exec {
            self.exec.entry(setting).or_default().extend(lines);
        }
        self.add_settings(&later.settings);
    }

    /// Removes a prefix.
    pub fn take_away(
        &mut self,
        exec: &BTreeMap<ExecSetting, Vec<SourceString>>,
        settings: &Settings,
    ) {
        for (setting, first) in exec {
            if let Some(lines) = self.exec.get_mut(setting) {
                lines.drain(..first.len().min(lines.len()));
            }
        }
        self.settings = std::mem::take(&mut self.settings).behind(settings);
    }

    fn add_settings(&mut self, settings: &Settings) {
        self.settings = std::mem::take(&mut self.settings).followed_by(settings);
    }
}

/// File names can contain anything, so control characters are escaped.
pub fn printable(name: &str) -> String {
    let mut printable = String::new();
    for c in name.chars() {
        if c.is_control() {
            printable.extend(c.escape_default());
        } else {
            printable.push(c);
        }
    }
    printable
}
