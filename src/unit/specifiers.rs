//! Specifiers in settings (systemd.unit(5), "Specifiers").

use super::ExecDirectories;
use crate::service::{Settings, UnitName};

/// The settings of a system service called `name`, with the specifiers that the name and the system's directories tell expanded.
/// Doubled percent signs stay doubled, and what only the running system knows (`%H`, `%u` …) stays as it is.
#[must_use]
pub fn expand_specifiers(settings: &Settings, name: &UnitName) -> Settings {
    let mut expanded = Settings::default();
    for (setting, values) in settings.iter() {
        for value in values {
            expanded.push(setting, expand(value, name));
        }
    }
    expanded
}

fn expand(value: &str, name: &UnitName) -> String {
    let mut expanded = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            expanded.push(c);
            continue;
        }
        let specifier = chars.next();
        match specifier.and_then(|specifier| known(specifier, name)) {
            Some(text) => expanded.push_str(text),
            None => expanded.extend(['%'].into_iter().chain(specifier)),
        }
    }
    expanded
}

fn known(specifier: char, name: &UnitName) -> Option<&str> {
    let (prefix, instance) = name.stem().split_once('@').unwrap_or((name.stem(), ""));
    Some(match specifier {
        'n' => name.as_str(),
        'N' => name.stem(),
        'p' => prefix,
        'i' => instance,
        'j' => prefix.rsplit('-').next().unwrap_or(prefix),
        't' => ExecDirectories::Runtime.parent(),
        'S' => ExecDirectories::State.parent(),
        'C' => ExecDirectories::Cache.parent(),
        'L' => ExecDirectories::Logs.parent(),
        'E' => ExecDirectories::Configuration.parent(),
        'T' => "/tmp",
        'V' => "/var/tmp",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_name_tells_is_expanded() -> anyhow::Result<()> {
        let name = UnitName::parse("a-b@c.service")?;
        assert_eq!(
            expand("%n %N %p %i %j %S/x %%i %H 100%", &name),
            "a-b@c.service a-b@c a-b c b /var/lib/x %%i %H 100%"
        );
        Ok(())
    }
}
