//! Unit files as packages ship them.

use std::path::Path;

use super::Specifiers;
use super::lines::{Content, lines};
use super::reading::{self, Reading};
use super::section::Section;
use crate::service::{ExecSetting, Settings};

/// The `[Service]` section of a unit file, as systemd reads it: with words and specifiers resolved, without what it ignores.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct UnitFile {
    /// Every assignment of an Exec setting, in order.
    pub exec: Vec<(ExecSetting, String)>,
    /// Every other assignment.
    pub settings: Settings,
    /// Whether `[Unit]` sets a `SuccessAction=`, with which a service needs no command; `None` if it is not set.
    pub has_success_action: Option<bool>,
    /// What systemd ignores with a warning.
    pub ignored: Vec<Remark>,
    /// Why systemd refuses the unit; for a drop-in, why systemd stops reading it.
    pub refused: Option<Remark>,
}

/// A message of systemd about a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line's number; for a continued line, the last.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl Remark {
    /// The remark with its place in the file at this path.
    pub fn at(&self, path: &Path) -> String {
        format!("{}:{}: {}", path.display(), self.line, self.reason)
    }
}

impl UnitFile {
    /// Reads a unit file by the rules of systemd.syntax(7), for the unit that has these specifiers.
    pub fn parse(file: &[u8], specifiers: &Specifiers) -> Self {
        let mut unit = Self::default();
        let mut section = Section::None;
        for line in lines(file) {
            let number = line.number;
            let remark = |reason: String| Remark {
                line: number,
                reason,
            };
            let text = match line.content {
                Content::Text(text) => text,
                Content::Unreadable(reason) => {
                    unit.refused = Some(remark(reason.to_owned()));
                    return unit;
                }
            };
            if let Some(header) = text.strip_prefix('[') {
                match Section::named(header) {
                    Ok((named, None)) => section = named,
                    Ok((named, Some(reason))) => {
                        section = named;
                        unit.ignored.push(remark(reason));
                    }
                    Err(reason) => {
                        unit.refused = Some(remark(reason));
                        return unit;
                    }
                }
                continue;
            }
            match section {
                Section::Other => continue,
                Section::None => {
                    let reason = format!("{text:?} precedes the first section");
                    unit.ignored.push(remark(reason));
                    continue;
                }
                _ => {}
            }
            let Some((name, value)) = text.split_once('=') else {
                let reason = format!("{text:?} has no '='");
                unit.ignored.push(remark(reason));
                continue;
            };
            let reading = unit.assign(section, trim(name), trim(value), specifiers);
            unit.ignored.extend(reading.ignored.into_iter().map(remark));
            unit.refused = reading.refused.map(remark);
            if unit.refused.is_some() {
                return unit;
            }
        }
        unit
    }

    fn assign(
        &mut self,
        section: Section,
        name: &str,
        value: &str,
        specifiers: &Specifiers,
    ) -> Reading {
        let mut reading = Reading::default();
        if name.is_empty() {
            reading.ignored = vec![format!("missing name before {:?}", format!("={value}"))];
            return reading;
        }
        if !section.knows(name) {
            // Names with this prefix are not for systemd.
            if !name.starts_with("X-") {
                reading.ignored =
                    vec![format!("systemd knows no setting {name:?} in this section")];
            }
            return reading;
        }
        if section == Section::Unit && name == "SuccessAction" {
            self.has_success_action = Some(!value.is_empty() && value != "none");
        }
        if section != Section::Service {
            return reading;
        }
        let setting = ExecSetting::from_name(name);
        reading = match setting {
            Some(_) => reading::exec(value, specifiers),
            None => reading::read(name, value, specifiers),
        };
        for reason in reading.ignored.iter_mut().chain(&mut reading.refused) {
            *reason = format!("{name}=: {reason}");
        }
        if let Some(value) = reading.value.take() {
            match setting {
                Some(setting) => self.exec.push((setting, value)),
                None => self.settings.push(name, value),
            }
        }
        reading
    }

    /// Warnings about what systemd ignores in the file at this path.
    pub fn said(&self, path: &Path) -> Vec<String> {
        let ignored = self.ignored.iter();
        let mut said: Vec<_> = ignored
            .map(|remark| format!("{} (ignored)", remark.at(path)))
            .collect();
        if let Some(refused) = &self.refused {
            said.push(format!(
                "{} (the rest of the file is ignored)",
                refused.at(path)
            ));
        }
        said
    }

    /// Adds the assignments of a later file.
    pub fn add(&mut self, later: &Self) {
        self.has_success_action = later.has_success_action.or(self.has_success_action);
        self.exec.extend(later.exec.iter().cloned());
        self.settings = std::mem::take(&mut self.settings).followed_by(&later.settings);
    }
}

/// White space as systemd defines it: U+00A0 is not.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

#[cfg(test)]
pub(super) mod tests {
    use anyhow::Result;
    use proptest::prelude::*;

    use super::*;
    use crate::service::UnitName;

    /// The file of an instance.
    pub(in crate::systemd) fn parse(file: &[u8]) -> Result<UnitFile> {
        let name = UnitName::parse("a@b.service")?;
        Ok(UnitFile::parse(file, &Specifiers::of(&name)))
    }

    #[test]
    fn a_unit_file_is_read_as_systemd_reads_it() -> Result<()> {
        let unit = parse(
            b"# ExecStart=/not/this\n[Unit]\nDescription=x\n[Service]\nExecStart=/bin/a \\\n; a comment\n  --b %i\n\
             ExecStart=\nExecStop = /bin/c\nPrivateTmp=yes\nX-Mine=1\n\n[X-Mine]\nExecStart=/nor/this\n[Install]\nWantedBy=x\n",
        )?;
        assert_eq!(
            unit.exec,
            [
                (ExecSetting::ExecStart, "/bin/a --b b".to_owned()),
                (ExecSetting::ExecStart, String::new()),
                (ExecSetting::ExecStop, "/bin/c".to_owned()),
            ]
        );
        assert_eq!(unit.settings.value("PrivateTmp"), Some("yes"));
        assert_eq!((unit.ignored, unit.refused), (vec![], None));
        Ok(())
    }

    #[test]
    fn what_systemd_ignores_is_named_with_its_line() -> Result<()> {
        let unit = parse(
            b"User=x\n[Unit]\nExecStart=/a\n[Service]\nnonsense\n=x\nexecstart=/b\n[Socket]\nUser=x\n\
              [Service]\nStateDirectory=a \\\n /b\nPrivateDevices=maybe\nUser=y\n",
        )?;
        let lines: Vec<_> = unit.ignored.iter().map(|remark| remark.line).collect();
        assert_eq!(lines, [1, 3, 5, 6, 7, 8, 12, 13]);
        assert_eq!(unit.settings.list("StateDirectory"), ["a"]);
        assert!(!unit.settings.is_assigned("PrivateDevices"));
        assert_eq!(unit.settings.value("User"), Some("y"));
        assert_eq!(unit.refused, None);
        Ok(())
    }

    #[test]
    fn what_systemd_refuses_ends_the_file() -> Result<()> {
        for file in [
            &b"[Service]\nUser=x\nExecStart=a/b\nUser=y"[..],
            b"[Service]\nUser=x\n[Service\nUser=y",
            b"[Service]\nUser=x\nGroup=\xe9\nUser=y",
            b"[Service]\nUser=x\nWorkingDirectory=rel\nUser=y",
        ] {
            let unit = parse(file)?;
            assert_eq!(unit.settings.value("User"), Some("x"));
            assert_eq!(unit.refused.map(|remark| remark.line), Some(3));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(\\[Service\\]\n|ExecStart=|User=|BindPaths=|\\\\\n|#|;|%[a-z]|\n|\\PC){0,60}") {
            prop_assert!(parse(text.as_bytes()).is_ok());
        }
    }
}
