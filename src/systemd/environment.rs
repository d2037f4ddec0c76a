//! The environment settings of a unit (systemd.exec(5), "Environment"). The later of these wins: passed variables, assigned
//! variables, environment files; then systemd removes unset variables.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{Escapes, Words};
use crate::service::{Settings, is_assignable};

/// The variables that `Environment=` assigns, without what systemd ignores. `%%` is a percent sign; specifiers are kept.
pub fn assigned(settings: &Settings) -> BTreeMap<String, String> {
    words(settings, "Environment", Escapes::C)
        .filter_map(|word| {
            let (name, value) = word.split_once('=')?;
            is_assignable(name).then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// The names of the variables that the service gets from the system manager, if that has them (`PassEnvironment=`).
pub fn passed(settings: &Settings) -> BTreeSet<String> {
    words(settings, "PassEnvironment", Escapes::Literal)
        .filter(|name| is_assignable(name))
        .collect()
}

/// Removes the variables of `UnsetEnvironment=`, whoever sets them: by name, or only with that exact value.
pub fn unset(settings: &Settings, variables: &mut BTreeMap<String, String>) {
    for word in words(settings, "UnsetEnvironment", Escapes::C) {
        match word.split_once('=') {
            Some((name, value)) if variables.get(name).is_some_and(|has| has == value) => {
                variables.remove(name);
            }
            Some(_) => {}
            None => {
                variables.remove(&word);
            }
        }
    }
}

fn words<'a>(
    settings: &'a Settings,
    setting: &str,
    escapes: Escapes,
) -> impl Iterator<Item = String> + use<'a> {
    let values = settings.list(setting).iter();
    values
        .flat_map(move |value| Words::new(value, escapes))
        .map(|word| word.replace("%%", "%"))
}

/// A value of `Environment=` that assigns this, quoted if necessary. systemd expands specifiers in it.
pub fn assignment(variable: &str, value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_.:,+@=%-".contains(c);
    if value.chars().all(is_plain) {
        return format!("{variable}={value}");
    }
    let mut quoted = format!("\"{variable}=");
    for c in value.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(variables: &BTreeMap<String, String>) -> Vec<&str> {
        variables.keys().map(String::as_str).collect()
    }

    #[test]
    fn an_empty_assignment_takes_back_what_was_assigned() {
        let settings = Settings::from_iter([
            ("Environment", "A=1 B=1"),
            ("Environment", ""),
            ("Environment", "A-B=1 1C=1 =1 D _E=%%n"),
            ("Environment", "C=1 C=2"),
            ("PassEnvironment", "X"),
            ("PassEnvironment", ""),
            ("PassEnvironment", r#""P" Q\R 1S"#),
        ]);
        let variables = assigned(&settings);
        assert_eq!(names(&variables), ["C", "_E"]);
        assert_eq!(variables["C"], "2");
        assert_eq!(variables["_E"], "%n");
        assert_eq!(Vec::from_iter(passed(&settings)), ["P", "QR"]);
    }

    #[test]
    fn variables_are_unset_by_name_or_with_their_value() {
        let settings = Settings::from_iter([
            ("Environment", "A=1 B=1 C=1 \"D=1 2\" E=1"),
            ("UnsetEnvironment", "E"),
            ("UnsetEnvironment", ""),
            ("UnsetEnvironment", r"A B=1 C=2 D=1\x202 X"),
        ]);
        let mut variables = assigned(&settings);
        unset(&settings, &mut variables);
        assert_eq!(names(&variables), ["C", "E"]);
    }

    #[test]
    fn values_are_quoted_where_they_have_to_be() {
        assert_eq!(assignment("A", "/b:%n"), "A=/b:%n");
        assert_eq!(assignment("A", "b \"c\"\\\n"), r#""A=b \"c\"\\\n""#);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in "(\\PC|[\"'\\\\ \t\n\r]){0,20}") {
            let line = assignment("A", &value.replace('%', "%%"));
            let settings = Settings::from_iter([("Environment", line)]);
            prop_assert_eq!(assigned(&settings), BTreeMap::from([("A".to_owned(), value)]));
        }
    }
}
