//! The rules: one file each, with its code, what it says about itself, and its check.

mod bind_source_missing;
mod bus_missing;
mod closure_too_large;
mod closure_writable;
mod command_missing;
mod denied_package;
mod environment_file_missing;
mod exception_expires_soon;
mod expired_exception;
mod exposure_above_limit;
mod file_missing;
mod host_file_named;
mod host_store_readable;
mod host_store_writable;
mod interpreter_missing;
mod interpreter_present;
mod library_missing;
mod not_a_program;
mod not_inspected;
mod package_not_allowed;
mod path_outside_closure;
mod private_users;
mod proc_missing;
mod required_package_missing;
mod sandbox_path_missing;
mod script_command_missing;
mod script_not_understood;
mod setting_defeats_confinement;
mod shell_present;
mod systemd_too_old;
mod unknown_policy_key;
mod unused_baseline_entry;
mod unused_policy_entry;
mod user_unknown;
mod view_refused;
mod whole_store_bound;
mod working_directory_missing;
mod wrong_architecture;

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::finding::Draft;
use super::subject::Subject;
use super::{Level, Policy};
use crate::audit::target::Target;
use crate::audit::usage::Usage;
use crate::inspect::ExposureLevel;
use crate::store::{StorePath, bytes};

/// A rule: what it is called, what it says about itself, and how it looks.
pub struct Rule {
    /// Its code, which never changes.
    pub code: &'static str,
    /// The level of its findings, unless the policy or the command line say otherwise.
    pub level: Level,
    /// What it finds, in a line.
    pub summary: &'static str,
    /// What `confinix explain` says.
    pub explanation: Explanation,
    /// How it finds.
    pub(super) check: Check,
}

impl Rule {
    /// Whether its findings are about services.
    pub fn is_of_services(&self) -> bool {
        matches!(self.check, Check::Service(_))
    }
}

/// What there is to say of a rule at length, in paragraphs of plain text.
pub struct Explanation {
    /// What the finding says.
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// An example.
    pub example: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// How to allow it.
    pub allow: &'static str,
}

/// What a rule looks at.
pub enum Check {
    /// Each service.
    Service(fn(&Subject) -> Vec<Draft>),
    /// Each target, with the paths of it that this machine lacks.
    Target(fn(&Target, &BTreeSet<StorePath>) -> Vec<Draft>),
    /// The policy, once all services have been looked at.
    Policy(fn(&Policy, &Usage) -> Vec<Draft>),
    /// The baseline, once all findings are there.
    Baseline,
}

pub use unused_baseline_entry::RULE as UNUSED_BASELINE_ENTRY;

/// Every rule, by code.
pub static RULES: [&Rule; 38] = [
    &bind_source_missing::RULE,
    &bus_missing::RULE,
    &closure_too_large::RULE,
    &closure_writable::RULE,
    &command_missing::RULE,
    &denied_package::RULE,
    &environment_file_missing::RULE,
    &exception_expires_soon::RULE,
    &expired_exception::RULE,
    &exposure_above_limit::RULE,
    &file_missing::RULE,
    &host_file_named::RULE,
    &host_store_readable::RULE,
    &host_store_writable::RULE,
    &interpreter_missing::RULE,
    &interpreter_present::RULE,
    &library_missing::RULE,
    &not_a_program::RULE,
    &not_inspected::RULE,
    &package_not_allowed::RULE,
    &path_outside_closure::RULE,
    &private_users::RULE,
    &proc_missing::RULE,
    &required_package_missing::RULE,
    &sandbox_path_missing::RULE,
    &script_command_missing::RULE,
    &script_not_understood::RULE,
    &setting_defeats_confinement::RULE,
    &shell_present::RULE,
    &systemd_too_old::RULE,
    &unknown_policy_key::RULE,
    &unused_baseline_entry::RULE,
    &unused_policy_entry::RULE,
    &user_unknown::RULE,
    &view_refused::RULE,
    &whole_store_bound::RULE,
    &working_directory_missing::RULE,
    &wrong_architecture::RULE,
];

/// The codes of what `confinix check` looks for: whether services will start.
pub const FORESIGHT: [&str; 21] = [
    "bind-source-missing",
    "bus-missing",
    "command-missing",
    "environment-file-missing",
    "file-missing",
    "host-file-named",
    "interpreter-missing",
    "library-missing",
    "not-a-program",
    "not-inspected",
    "path-outside-closure",
    "private-users",
    "proc-missing",
    "sandbox-path-missing",
    "script-command-missing",
    "script-not-understood",
    "systemd-too-old",
    "user-unknown",
    "view-refused",
    "working-directory-missing",
    "wrong-architecture",
];

/// The rule with this code; the error names the ones there are.
pub fn rule(code: &str) -> Result<&'static Rule> {
    if let Some(rule) = RULES.iter().find(|rule| rule.code == code) {
        return Ok(rule);
    }
    let closest = RULES
        .iter()
        .map(|rule| (strsim::jaro_winkler(code, rule.code), rule.code))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.8);
    match closest {
        Some((_, closest)) => bail!("there is no code {code:?}; did you mean {closest:?}?"),
        None => bail!("there is no code {code:?}; `confinix explain` lists them"),
    }
}

/// How much something is, as people write it; findings and baselines count in bytes and tenths.
pub fn amount(code: &str, subject: &str, amount: u64) -> String {
    match (code, subject) {
        ("closure-too-large", "size") => bytes(amount),
        ("exposure-above-limit", _) => ExposureLevel::from_tenths(amount).to_string(),
        _ => amount.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_explained() {
        assert!(RULES.is_sorted_by_key(|rule| rule.code));
        for rule in RULES {
            let Explanation {
                what,
                why,
                example,
                fix,
                allow,
            } = &rule.explanation;
            for text in [rule.summary, what, why, example, fix, allow] {
                assert!(!text.trim().is_empty(), "{} lacks a text", rule.code);
                assert_eq!(text.trim(), text, "{} has ragged text", rule.code);
            }
        }
    }
}
