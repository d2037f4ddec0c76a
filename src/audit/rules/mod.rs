//! The rules: one file each, with its code, its explanation and its check.

mod bind_source_missing;
mod bus_missing;
mod closure_too_large;
mod closure_writable;
mod command_missing;
mod denied_executable;
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
mod not_rehearsed;
mod package_not_allowed;
mod path_outside_closure;
mod private_users;
mod proc_missing;
mod rehearsal_failed;
mod required_package_missing;
mod sandbox_path_missing;
mod script_command_missing;
mod script_not_understood;
mod setting_defeats_confinement;
mod shell_present;
mod stale_record;
mod surface_too_large;
mod systemd_too_old;
mod undeclared_service;
mod unknown_policy_key;
mod unneeded_exception;
mod unused_baseline_entry;
mod unused_policy_entry;
mod user_unknown;
mod view_refused;
mod whole_store_bound;
mod working_directory_missing;
mod wrong_architecture;

use std::collections::BTreeSet;

use super::Policy;
use super::subject::Subject;
use crate::audit::target::Target;
use crate::audit::usage::PolicyUsage;
use crate::code::Code;
use crate::finding::Draft;
use crate::store::StorePath;

/// A rule: its code, its explanation and its check.
pub struct Rule {
    /// The code of its findings.
    pub code: Code,
    /// The text of `confinix explain`.
    pub explanation: Explanation,
    /// What it checks.
    pub(super) check: Check,
}

impl Rule {
    /// Whether its findings are about services.
    pub fn is_of_services(&self) -> bool {
        matches!(self.check, Check::Foresight | Check::Service(_))
    }
}

/// The explanation of a rule, in paragraphs of plain text.
pub struct Explanation {
    /// What the finding means.
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

/// What a rule checks.
pub enum Check {
    /// Each service, for what foresight has found under the rule's code.
    Foresight,
    /// Each service.
    Service(fn(&Subject) -> Vec<Draft>),
    /// Each target, with the paths of it that this machine lacks.
    Target(fn(&Target, &BTreeSet<StorePath>) -> Vec<Draft>),
    /// The policy, once all services have been looked at.
    Policy(fn(&Policy, &PolicyUsage) -> Vec<Draft>),
    /// The baseline, once all findings are known.
    Baseline,
}

/// Returns the rule of a code.
pub fn rule(code: Code) -> &'static Rule {
    match code {
        Code::BindSourceMissing => &bind_source_missing::RULE,
        Code::BusMissing => &bus_missing::RULE,
        Code::ClosureTooLarge => &closure_too_large::RULE,
        Code::ClosureWritable => &closure_writable::RULE,
        Code::CommandMissing => &command_missing::RULE,
        Code::DeniedExecutable => &denied_executable::RULE,
        Code::DeniedPackage => &denied_package::RULE,
        Code::EnvironmentFileMissing => &environment_file_missing::RULE,
        Code::ExceptionExpiresSoon => &exception_expires_soon::RULE,
        Code::ExpiredException => &expired_exception::RULE,
        Code::ExposureAboveLimit => &exposure_above_limit::RULE,
        Code::FileMissing => &file_missing::RULE,
        Code::HostFileNamed => &host_file_named::RULE,
        Code::HostStoreReadable => &host_store_readable::RULE,
        Code::HostStoreWritable => &host_store_writable::RULE,
        Code::InterpreterMissing => &interpreter_missing::RULE,
        Code::InterpreterPresent => &interpreter_present::RULE,
        Code::LibraryMissing => &library_missing::RULE,
        Code::NotAProgram => &not_a_program::RULE,
        Code::NotInspected => &not_inspected::RULE,
        Code::NotRehearsed => &not_rehearsed::RULE,
        Code::PackageNotAllowed => &package_not_allowed::RULE,
        Code::PathOutsideClosure => &path_outside_closure::RULE,
        Code::PrivateUsers => &private_users::RULE,
        Code::ProcMissing => &proc_missing::RULE,
        Code::RehearsalFailed => &rehearsal_failed::RULE,
        Code::RequiredPackageMissing => &required_package_missing::RULE,
        Code::SandboxPathMissing => &sandbox_path_missing::RULE,
        Code::ScriptCommandMissing => &script_command_missing::RULE,
        Code::ScriptNotUnderstood => &script_not_understood::RULE,
        Code::SettingDefeatsConfinement => &setting_defeats_confinement::RULE,
        Code::ShellPresent => &shell_present::RULE,
        Code::StaleRecord => &stale_record::RULE,
        Code::SurfaceTooLarge => &surface_too_large::RULE,
        Code::SystemdTooOld => &systemd_too_old::RULE,
        Code::UndeclaredService => &undeclared_service::RULE,
        Code::UnknownPolicyKey => &unknown_policy_key::RULE,
        Code::UnneededException => &unneeded_exception::RULE,
        Code::UnusedBaselineEntry => &unused_baseline_entry::RULE,
        Code::UnusedPolicyEntry => &unused_policy_entry::RULE,
        Code::UserUnknown => &user_unknown::RULE,
        Code::ViewRefused => &view_refused::RULE,
        Code::WholeStoreBound => &whole_store_bound::RULE,
        Code::WorkingDirectoryMissing => &working_directory_missing::RULE,
        Code::WrongArchitecture => &wrong_architecture::RULE,
    }
}

/// Returns every rule, by code.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    Code::ALL.iter().map(|code| rule(*code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_rule_and_is_explained() {
        for code in Code::ALL {
            let rule = rule(*code);
            assert_eq!(rule.code, *code);
            let Explanation {
                what,
                why,
                example,
                fix,
                allow,
            } = &rule.explanation;
            for text in [*what, why, example, fix, allow] {
                assert!(!text.trim().is_empty(), "{code} lacks a text");
                assert_eq!(text.trim(), text, "{code} has ragged text");
            }
        }
    }
}
