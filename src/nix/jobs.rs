//! Evaluates many hosts in one run of nix-eval-jobs, whose workers keep what they have evaluated from host to host.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::eval::arguments_of_services;
use super::services_nix::services_nix;
use super::{Budget, Evaluated, Evaluation, Nix};
use crate::document::Kind;
use crate::search_path;
use crate::service::{HostName, Selection};
use crate::text::nix_string;

const PROGRAM: &str = "nix-eval-jobs";

/// The longest expression that is an argument. The kernel limits an argument to 128 KiB.
const MAX_ARGUMENT: usize = 120 << 10;

/// Whether nix-eval-jobs is installed and can evaluate this value as `nix eval` does. Every version reads a file, impurely; versions from 2.31
/// on apply a function to a flake.
pub fn is_fit(nix: &Nix, evaluation: &Evaluation) -> bool {
    if nix.options().eval_store.is_some() {
        return false;
    }
    match (&evaluation.file, &evaluation.expr) {
        (Some(file), _) => file.exists() && names(evaluation).is_some() && is_installed(),
        (None, Some(_)) => false,
        (None, None) => is_installed() && selects(),
    }
}

fn is_installed() -> bool {
    search_path::find(PROGRAM).is_some()
}

/// Whether the installed version has `--select`.
fn selects() -> bool {
    let help = Command::new(PROGRAM)
        .arg("--help")
        .stdin(Stdio::null())
        .output();
    help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--select"))
}

/// Evaluates hosts of a value, and passes on the answers as they arrive, each with the place of its host in `hosts`. A host that it can't
/// evaluate is left out: `nix eval` tells why.
pub fn evaluate_hosts(
    nix: &Nix,
    evaluation: &Evaluation,
    selection: &Selection,
    hosts: &[&HostName],
    budget: Budget,
    found: impl FnMut(usize, Evaluated),
) -> Result<()> {
    let memory = budget.memory / budget.workers as u64;
    let mebibytes = (memory >> 20).clamp(1, 1 << 20);
    let mut command = Command::new(PROGRAM);
    command.args(["--meta", "--workers", &budget.workers.to_string()]);
    command.args(["--max-memory-size", &mebibytes.to_string()]);
    let jobs = jobs(evaluation, selection, hosts);
    let Some(file) = &evaluation.file else {
        let function = format!("whole: {jobs}");
        if function.len() > MAX_ARGUMENT {
            bail!("the names of the hosts are longer than an argument can be");
        }
        let mut arguments = evaluation.arguments_of_flake();
        arguments
            .extend(["--no-instantiate", "--select", &function, "--flake"].map(OsString::from));
        arguments.push(evaluation.flake_installable().into());
        return nix.run(PROGRAM, command, arguments, |output| read(output, found));
    };
    let value = value_in(file, evaluation).context("it is not a file")?;
    let mut script = tempfile::Builder::new()
        .prefix("confinix-")
        .suffix(".nix")
        .tempfile()
        .context("cannot write a temporary file")?;
    write!(script, "let whole = {value}; in {jobs}").context("cannot write a temporary file")?;
    nix.run(PROGRAM, command, [script.path().into()], |output| {
        read(output, found)
    })
}

/// The jobs of `whole`: one derivation, which is never built, for every host, with the services in its `meta`. The names of jobs are ours,
/// because names of hosts can have any character.
fn jobs(evaluation: &Evaluation, selection: &Selection, hosts: &[&HostName]) -> String {
    let names: Vec<_> = hosts.iter().map(|host| nix_string(host.as_str())).collect();
    format!(
        r#"let
  services = ({});
  arguments = {};
  hosts = [ {} ];
  job = number: {{
    name = "h${{toString number}}";
    value = derivation {{ name = "confinix-host"; system = "none"; builder = "none"; }} // {{
      meta.confinix = builtins.toJSON (services (arguments // {{ host = builtins.elemAt hosts number; }}) whole);
    }};
  }};
in
builtins.listToAttrs (builtins.genList job (builtins.length hosts))
"#,
        services_nix(),
        arguments_of_services(evaluation, selection),
        names.join(" ")
    )
}

/// The value at the attribute path in a file, in Nix.
fn value_in(file: &Path, evaluation: &Evaluation) -> Option<String> {
    let file = std::path::absolute(file).ok()?;
    let names = names(evaluation)?;
    let names: Vec<_> = names.iter().map(|name| nix_string(name)).collect();
    Some(format!(
        r"let
    called = x: let given = builtins.functionArgs x; in
      if builtins.isFunction x && given != {{ }} && builtins.all (name: given.${{name}}) (builtins.attrNames given) then x {{ }} else x;
  in builtins.foldl' (value: name: (called value).${{name}}) (import (/. + {})) [ {} ]",
        nix_string(file.to_str()?),
        names.join(" ")
    ))
}

/// The names of the attribute path; `None` if it has another form than names between dots.
fn names(evaluation: &Evaluation) -> Option<Vec<String>> {
    let Some(path) = &evaluation.installable else {
        return Some(Vec::new());
    };
    let is_plain = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-'".contains(c))
    };
    let names = path.split('.').map(str::to_owned);
    let names: Vec<_> = names.collect();
    names.iter().all(|name| is_plain(name)).then_some(names)
}

/// A line of nix-eval-jobs.
#[derive(Deserialize)]
struct Line {
    attr: Option<String>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    confinix: Option<String>,
}

/// Reads the lines. What has no services is an error of a host, or of all of them.
fn read(output: ChildStdout, mut found: impl FnMut(usize, Evaluated)) -> Result<()> {
    let limit = Kind::Services.limit();
    let mut output = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        let length = output.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(());
        }
        if line.last() != Some(&b'\n') && length as u64 == limit {
            bail!("a line is longer than {limit} bytes");
        }
        let Line { attr, meta } = serde_json::from_slice(&line).context("it is not JSON")?;
        let number = attr.and_then(|attr| attr.strip_prefix('h')?.parse().ok());
        let services = meta.and_then(|meta| meta.confinix);
        if let (Some(number), Some(services)) = (number, services)
            && let Ok(evaluated) = Evaluated::read(services.as_bytes())
        {
            found(number, evaluated);
        }
    }
}
