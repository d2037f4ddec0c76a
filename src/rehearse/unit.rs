//! The unit files of a rehearsal.

use std::fmt::Write;

use crate::service::{ExecSetting, Service, Settings, TriggerName};
use crate::systemd::is_of_unit_section;

/// Returns the unit file of a service that has no file of its own.
pub fn unit_file(service: &Service) -> String {
    let mut text = sections("Service", &service.settings);
    for setting in ExecSetting::ALL {
        for line in service.exec.get(&setting).into_iter().flatten() {
            assign(&mut text, setting.name(), &line.text);
        }
    }
    text
}

/// Returns the unit file of a unit that starts a service.
pub fn trigger_file(name: &TriggerName, settings: &Settings) -> String {
    sections(name.kind().section(), settings)
}

/// Returns the section `[Unit]` and a unit's own one.
fn sections(own: &str, settings: &Settings) -> String {
    let mut text = String::new();
    section(&mut text, "Unit", settings, is_of_unit_section);
    section(&mut text, own, settings, |name| !is_of_unit_section(name));
    text
}

/// Returns the drop-in with what `changed` has and `original` has not; `None` if it has nothing more.
pub fn added(original: &Service, changed: &Service) -> Option<String> {
    let mut text = String::new();
    let settings = changed.settings.clone().behind(&original.settings);
    section(&mut text, "Service", &settings, |_| true);
    let mut has_more = settings.iter().next().is_some();
    for (setting, lines) in &changed.exec {
        let known = original.exec.get(setting).map_or(0, Vec::len);
        for line in lines.iter().skip(known) {
            assign(&mut text, setting.name(), &line.text);
            has_more = true;
        }
    }
    has_more.then_some(text)
}

fn section(text: &mut String, name: &str, settings: &Settings, takes: impl Fn(&str) -> bool) {
    let _ = writeln!(text, "[{name}]");
    for (setting, values) in settings.iter().filter(|(setting, _)| takes(setting)) {
        for value in values {
            assign(text, setting, value);
        }
    }
}

/// Writes an assignment. In Nix a value may have several lines, of which systemd reads the first as a value; joined, none is lost.
fn assign(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name}={}", value.replace('\n', " "));
}

#[cfg(test)]
pub mod tests {
    use anyhow::{Context, Result};

    use super::*;
    use crate::service::Services;

    /// A service with these settings.
    pub fn service(settings: &str) -> Result<Service> {
        let text = format!(
            r#"{{"version":2,"storeDir":"/nix/store","services":{{"a.service":{{"exec":{{"ExecStart":[{{"text":"/bin/x"}}]}},
            "settings":{settings},"confinement":{{"mode":"full-apivfs","packages":[],"binSh":null,"fullUnit":null}}}}}}}}"#
        );
        let mut services = Services::read(text.as_bytes())?.services;
        let (_, service) = services.pop_first().context("no service")?;
        Ok(service)
    }

    #[test]
    fn units_have_their_settings_in_the_right_sections() -> Result<()> {
        let service = service(r#"{"After":["b.target"],"PrivateTmp":["yes","no"]}"#)?;
        assert_eq!(
            unit_file(&service),
            "[Unit]\nAfter=b.target\n[Service]\nPrivateTmp=yes\nPrivateTmp=no\nExecStart=/bin/x\n"
        );
        let settings = Settings::from_iter([("After", "b.target"), ("OnCalendar", "daily")]);
        assert_eq!(
            trigger_file(&TriggerName::parse("a.timer")?, &settings),
            "[Unit]\nAfter=b.target\n[Timer]\nOnCalendar=daily\n"
        );
        Ok(())
    }
}
