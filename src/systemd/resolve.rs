//! Resolves settings that don't come from unit files, as systemd will read them from the generated unit.

use super::{Specifiers, reading};
use crate::service::{ExecSetting, Settings};

/// The settings of a service with words and specifiers resolved, and without what systemd ignores. Values that systemd refuses
/// stay unchanged; so do specifiers that depend on the host or on the instance of a template. Command lines keep their places.
#[must_use]
pub fn resolved(settings: &Settings, specifiers: &Specifiers<'_>) -> Settings {
    let mut resolved = Settings::default();
    for (setting, values) in settings.iter() {
        let is_exec = ExecSetting::from_name(setting).is_some();
        for value in values {
            let reading = if is_exec {
                // A line that goes on, as a unit file written from this text has it.
                reading::exec(&value.replace("\\\n", " "), specifiers)
            } else {
                reading::read(setting, value, specifiers)
            };
            match reading.value.filter(|_| reading.refused.is_none()) {
                Some(value) => resolved.push(setting, value),
                None if is_exec || reading.refused.is_some() => resolved.push(setting, value),
                None => {}
            }
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::UnitName;

    #[test]
    fn what_is_resolved_stays_as_it_is() -> anyhow::Result<()> {
        let settings = Settings::from_iter([
            ("ExecStart", "-/a \\\n  '%n b' ; /c %H"),
            ("ExecStart", "-"),
            ("Environment", r#""A=%I \x41" B=%%n C"#),
            ("BindPaths", r#"/a" "b:/%i -/c\:d::rbind"#),
            ("StateDirectory", "\"a b\":%i"),
            ("ReadOnlyPaths", "-+/%p \"/x y\""),
            ("TemporaryFileSystem", "/%p:ro"),
            ("WorkingDirectory", "-%S/%N"),
            ("User", "a:b"),
        ]);
        let name = UnitName::parse(r"x-y@a\x20b.service")?;
        let specifiers = Specifiers::of(&name);
        let once = resolved(&settings, &specifiers);
        assert_eq!(
            once.list("ExecStart"),
            [r#"-/a "x-y@a\\x20b.service b" ; /c %H"#, "-"]
        );
        assert_eq!(once.list("Environment"), [r#""A=a b A" B=%%n"#]);
        assert_eq!(once.list("BindPaths"), [r#"/a" "b:/a\\x20b"#]);
        assert_eq!(once.list("StateDirectory"), [r"a\x20b:a\\x20b"]);
        assert_eq!(once.value("User"), Some("a:b"));
        assert_eq!(resolved(&once, &specifiers), once);
        Ok(())
    }
}
