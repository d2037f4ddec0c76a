//! Evaluates a Nix value and reads its services.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ChildStdout;

use anyhow::{Context, Result};

use super::evaluated::AsHosts;
use super::services_nix::services_nix;
use super::{Evaluated, Failed, Nix};
use crate::service::{HostName, Include, Manager, Selection};
use crate::text::nix_string;

/// The value to evaluate, as `nix eval` takes it.
#[derive(Clone, Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub struct Evaluation {
    /// A flake reference with an attribute path, or only an attribute path if there is a file or an expression.
    pub installable: Option<String>,
    /// A Nix file.
    pub file: Option<PathBuf>,
    /// A Nix expression.
    pub expr: Option<String>,
    /// Whether to evaluate with `--impure`.
    pub impure: bool,
    /// Flake inputs to replace, as pairs of input and flake reference.
    pub override_inputs: Vec<(String, String)>,
    /// The manager of the services; home-manager has only user services, whatever it is.
    pub manager: Manager,
    /// Whether to include services without `confinement.enable`.
    pub all: bool,
    /// What to add to the closure of every service.
    pub include: Vec<Include>,
    /// Presets to apply to every service.
    pub presets: Vec<String>,
    /// Whether to add the unit files of a plain set.
    pub units: bool,
    /// The host to evaluate, of a set of hosts.
    pub host: Option<HostName>,
    /// When the value is a set of hosts, if no host is named.
    pub hosts: AsHosts,
    /// Whether the bundle of a configuration that makes one itself is enough.
    pub bundles: bool,
}

impl Evaluation {
    /// Describes the value in messages.
    pub fn describe(&self) -> String {
        match &self.host {
            Some(host) => format!("{host} in {}", self.describe_whole()),
            None => self.describe_whole(),
        }
    }

    fn describe_whole(&self) -> String {
        let place = match (&self.file, &self.expr) {
            (Some(file), _) => file.display().to_string(),
            (None, Some(_)) => "the expression".to_owned(),
            (None, None) => return self.flake_installable(),
        };
        match &self.installable {
            Some(attribute) => format!("{attribute} in {place}"),
            None => place,
        }
    }

    /// The host, as a string in Nix or null.
    pub(super) fn host_in_nix(&self) -> String {
        let host = self.host.as_ref();
        host.map_or("null".to_owned(), |host| nix_string(host.as_str()))
    }

    /// The argument `hosts` of `nix/services.nix`. The attribute nixosConfigurations of a flake is a set of hosts by its name.
    fn hosts_in_nix(&self) -> &'static str {
        let is_flake = self.file.is_none() && self.expr.is_none();
        match self.hosts {
            AsHosts::Always => "\"all\"",
            AsHosts::ByShape
                if is_flake && self.flake_installable().ends_with("#nixosConfigurations") =>
            {
                "\"several\""
            }
            AsHosts::ByShape => "null",
        }
    }

    /// Returns the installable. A flake reference without an attribute path means the only NixOS system of the flake.
    pub(super) fn flake_installable(&self) -> String {
        let installable = self.installable.as_deref().unwrap_or(".");
        if installable.contains('#') {
            installable.to_owned()
        } else {
            format!("{installable}#nixosConfigurations")
        }
    }

    /// Returns the arguments of `nix eval` that print what a function makes of the value, with this installable if it is a flake's.
    fn arguments(&self, installable: String, function: &str) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["--json".into()];
        match (&self.file, &self.expr) {
            (Some(file), _) => arguments.extend(["--file".into(), file.into()]),
            (None, Some(expr)) => arguments.extend(["--expr".into(), expr.into()]),
            (None, None) => arguments.push(installable.into()),
        }
        if self.file.is_some() || self.expr.is_some() {
            arguments.extend(self.installable.iter().map(OsString::from));
        }
        arguments.extend(self.arguments_of_flake());
        arguments.extend(["--apply".into(), function.into()]);
        arguments
    }

    /// Returns the arguments about the evaluation of a flake.
    pub(super) fn arguments_of_flake(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        if self.impure {
            arguments.push("--impure".into());
        }
        for (input, reference) in &self.override_inputs {
            arguments.extend(["--override-input".into(), input.into(), reference.into()]);
        }
        arguments
    }

    /// Returns flake and name of the NixOS system that a flake reference with a plain name may mean, as `nixos-rebuild --flake` takes it.
    fn system(&self) -> Option<(&str, &str)> {
        if self.file.is_some() || self.expr.is_some() {
            return None;
        }
        let (flake, name) = self.installable.as_deref()?.split_once('#')?;
        let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        is_plain.then_some((flake, name))
    }
}

/// Evaluates the value and returns its selected services, or the names of its hosts.
pub fn evaluate(nix: &Nix, evaluation: &Evaluation, selection: &Selection) -> Result<Evaluated> {
    let function = apply(evaluation, selection);
    let evaluated = evaluate_with(nix, evaluation, &function, Evaluated::read);
    let (mut evaluated, system) = evaluated
        .with_context(|| format!("cannot evaluate the services of {}", evaluation.describe()))?;
    if let (Evaluated::Services(services), Some(system)) = (&mut evaluated, system) {
        services.host = Some(system.to_owned());
    }
    Ok(evaluated)
}

/// Evaluates the value, and reads what a function makes of it. `FLAKE#NAME` also names a NixOS system of the flake, unless the flake has an
/// output of this name; this name is returned if it is a system's.
pub(super) fn evaluate_with<'e, T>(
    nix: &Nix,
    evaluation: &'e Evaluation,
    function: &str,
    read: fn(ChildStdout) -> Result<T>,
) -> Result<(T, Option<&'e str>)> {
    let evaluate = |installable: String| {
        let arguments = evaluation.arguments(installable, function);
        nix.nix(&["eval"], arguments, read)
    };
    let error = match evaluate(evaluation.flake_installable()) {
        Ok(result) => return Ok((result, None)),
        Err(error) => error,
    };
    match evaluation.system() {
        Some((flake, name)) if lacks_attribute(&error) => {
            let system = format!("{flake}#nixosConfigurations.{name}");
            match evaluate(system.clone()) {
                Err(second) if lacks_attribute(&second) => {
                    Err(error.context(format!("{system} does not exist either")))
                }
                result => Ok((result?, Some(name))),
            }
        }
        _ => Err(error),
    }
}

/// Returns whether nix failed because a flake does not have the attribute.
fn lacks_attribute(error: &anyhow::Error) -> bool {
    let failed = error.downcast_ref::<Failed>();
    failed.is_some_and(|failed| failed.stderr.contains("does not provide attribute"))
}

fn apply(evaluation: &Evaluation, selection: &Selection) -> String {
    let arguments = arguments_of_services(evaluation, selection);
    format!("({}) {arguments}", services_nix())
}

/// The arguments of `nix/services.nix`, as a set in Nix.
pub(super) fn arguments_of_services(evaluation: &Evaluation, selection: &Selection) -> String {
    let select = if selection.is_empty() {
        "null".to_owned()
    } else {
        let regexes: Vec<_> = selection.regexes().iter().map(|r| nix_string(r)).collect();
        format!("[ {} ]", regexes.join(" "))
    };
    let include: String = evaluation
        .include
        .iter()
        .map(|include| format!("{} ", nix_string(include.name())))
        .collect();
    let presets: String = evaluation
        .presets
        .iter()
        .map(|preset| format!("{} ", nix_string(preset)))
        .collect();
    let host = evaluation.host_in_nix();
    format!(
        "{{ user = {}; select = {select}; all = {}; include = [ {include}]; presets = [ {presets}]; units = {}; host = {host}; hosts = {}; bundles = {}; }}",
        !evaluation.manager.is_system(),
        evaluation.all,
        evaluation.units,
        evaluation.hosts_in_nix(),
        evaluation.bundles,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flake_without_attribute_means_its_system() {
        let describe = |installable: Option<&str>| {
            Evaluation {
                installable: installable.map(str::to_owned),
                ..Evaluation::default()
            }
            .describe()
        };
        assert_eq!(describe(None), ".#nixosConfigurations");
        assert_eq!(
            describe(Some("/etc/nixos")),
            "/etc/nixos#nixosConfigurations"
        );
        assert_eq!(
            describe(Some(".#nixosConfigurations.web")),
            ".#nixosConfigurations.web"
        );
    }
}
