//! What the files of a unit say about how it is started.

use std::collections::BTreeMap;

use crate::service::{TriggerKind, UnitName, boolean};
use crate::systemd::{Specifiers, section_assignments};

/// The settings of `[Install]` that make `systemctl enable` do something.
const ENABLING: [&str; 5] = ["Alias", "Also", "RequiredBy", "UpheldBy", "WantedBy"];

/// How a changed unit is to be started anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// It is restarted.
    Restart,
    /// It is restarted, but not without need.
    RestartLater,
    /// It is reloaded.
    Reload,
}

/// The files of a unit, its own first and drop-ins behind it.
pub struct UnitText<'a> {
    name: &'a str,
    files: Vec<&'a [u8]>,
}

impl<'a> UnitText<'a> {
    /// The unit of this name with these files.
    pub fn new(name: &'a str, files: Vec<&'a [u8]>) -> Self {
        Self { name, files }
    }

    fn assignments(&self, section: &str) -> impl Iterator<Item = (String, String)> {
        let files = self.files.iter();
        files.flat_map(|file| section_assignments(file, section))
    }

    /// The last value of a setting.
    fn value(&self, section: &str, setting: &str) -> Option<String> {
        let all = self
            .assignments(section)
            .filter(|(name, _)| name == setting);
        all.last().map(|(_, value)| value)
    }

    /// What `systemctl enable` goes by: the values of each setting of `[Install]`.
    pub fn install(&self) -> BTreeMap<String, Vec<String>> {
        let mut install: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in self.assignments("Install") {
            let values = install.entry(name).or_default();
            if value.is_empty() {
                values.clear();
            } else {
                values.push(value);
            }
        }
        install.retain(|_, values| !values.is_empty());
        install
    }

    /// Whether `systemctl enable` does something.
    pub fn can_be_enabled(&self) -> bool {
        let install = self.install();
        ENABLING
            .iter()
            .any(|setting| install.contains_key(*setting))
    }

    /// How it is to be started anew, by what NixOS writes for its own switch of systems.
    pub fn renewal(&self) -> Renewal {
        let is = |setting: &str, expected: bool| {
            let value = self.value("Service", setting);
            value.and_then(|value| boolean(&value)) == Some(expected)
        };
        if is("X-ReloadIfChanged", true) {
            Renewal::Reload
        } else if is("X-RestartIfChanged", false) {
            Renewal::RestartLater
        } else {
            Renewal::Restart
        }
    }

    /// The services that it starts, if it is a socket, a timer or a path. Instances that only running it tells are named by their template.
    pub fn starts(&self) -> Vec<String> {
        let mut kinds = TriggerKind::ALL.into_iter();
        let kind = kinds.find_map(|kind| Some((kind, self.name.strip_suffix(kind.suffix())?)));
        let Some((kind, stem)) = kind else {
            return Vec::new();
        };
        let setting = match kind {
            TriggerKind::Socket => "Service",
            TriggerKind::Timer | TriggerKind::Path => "Unit",
        };
        let service = format!("{stem}.service");
        if let Some(named) = self
            .value(kind.section(), setting)
            .filter(|named| !named.is_empty())
        {
            let named = match UnitName::parse(&service) {
                Ok(name) => Specifiers::of(&name).expanded(&named),
                Err(_) => named,
            };
            return vec![named.replace("@%i.", "@.").replace("@%I.", "@.")];
        }
        let accepts = self.value(kind.section(), "Accept");
        if kind == TriggerKind::Socket && accepts.and_then(|value| boolean(&value)) == Some(true) {
            return vec![format!("{stem}@.service")];
        }
        vec![service]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_unit_starts_is_read_as_systemd_does() {
        for (name, files, starts) in [
            ("a.timer", &["[Timer]\nUnit = b.service\n"][..], "b.service"),
            (
                "a.timer",
                &["[Timer]\nUnit=b.service\n", "[Timer]\nUnit=\\\n  c.service"],
                "c.service",
            ),
            (
                "a.timer",
                &["[Unit]\nUnit=b.service\n# Unit=c.service\n"],
                "a.service",
            ),
            ("a@.path", &["[Path]\nUnit=b@%i.service\n"], "b@.service"),
            ("a@x.path", &["[Path]\nUnit=%p-%i.service\n"], "a-x.service"),
            ("a.socket", &["[Socket]\nAccept = yes\n"], "a@.service"),
            (
                "a.socket",
                &["[Socket]\nAccept=yes\n", "[Socket]\nAccept=off"],
                "a.service",
            ),
        ] {
            let files = files.iter().map(|file| file.as_bytes()).collect();
            assert_eq!(UnitText::new(name, files).starts(), [starts], "{name}");
        }
        assert!(UnitText::new("a.service", Vec::new()).starts().is_empty());
    }

    #[test]
    fn an_assignment_without_a_value_takes_back_those_before_it() {
        let files = [
            "[Install]\nWantedBy = a.target\n",
            "[Install]\nWantedBy=\nX-a=b",
        ];
        let of = |count: usize| {
            let files = files.iter().take(count).map(|file| file.as_bytes());
            UnitText::new("a.service", files.collect()).can_be_enabled()
        };
        assert!(of(1) && !of(2));
        let commented = b"[Install]\n# WantedBy=a.target\n";
        assert!(!UnitText::new("a.service", vec![commented]).can_be_enabled());
    }
}
