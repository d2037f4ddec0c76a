//! Evaluates many hosts in one run of nix-eval-jobs, whose workers keep what they have evaluated from host to host.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdout, Command};

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

/// Whether nix-eval-jobs is installed and can evaluate this value as `nix eval` does: every version reads a file, impurely. Not every version
/// applies a function to a flake.
pub fn is_fit(nix: &Nix, evaluation: &Evaluation) -> bool {
    let is_file = (evaluation.file.as_ref()).is_some_and(|file| file.exists());
    is_file
        && nix.options().eval_store.is_none()
        && names(evaluation).is_some()
        && search_path::find(PROGRAM).is_some()
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
    let mut file = tempfile::Builder::new()
        .prefix("confinix-")
        .suffix(".nix")
        .tempfile()
        .context("cannot write a temporary file")?;
    let text = expression(evaluation, selection, hosts).context("it is not a file")?;
    file.write_all(text.as_bytes())
        .context("cannot write a temporary file")?;
    let memory = budget.memory / budget.workers as u64;
    let mebibytes = (memory >> 20).clamp(1, 1 << 20);
    let mut command = Command::new(PROGRAM);
    command.args(["--meta", "--workers", &budget.workers.to_string()]);
    command.args(["--max-memory-size", &mebibytes.to_string()]);
    nix.run(PROGRAM, command, [file.path().into()], |output| {
        read(output, found)
    })
}

/// The jobs: one derivation, which is never built, for every host, with the services in its `meta`. The names of jobs are ours, because
/// names of hosts can have any character.
fn expression(
    evaluation: &Evaluation,
    selection: &Selection,
    hosts: &[&HostName],
) -> Option<String> {
    let file = std::path::absolute(evaluation.file.as_ref()?).ok()?;
    let names = names(evaluation)?;
    let names: Vec<_> = names.iter().map(|name| nix_string(name)).collect();
    let mut text = format!(
        r#"let
  services = ({});
  arguments = {};
  called = x: let given = builtins.functionArgs x; in
    if builtins.isFunction x && given != {{ }} && builtins.all (name: given.${{name}}) (builtins.attrNames given) then x {{ }} else x;
  whole = builtins.foldl' (value: name: (called value).${{name}}) (import (/. + {})) [ {} ];
  job = host: derivation {{ name = "confinix-host"; system = "none"; builder = "none"; }} // {{
    meta.confinix = builtins.toJSON (services (arguments // {{ inherit host; }}) whole);
  }};
in
{{
"#,
        services_nix(),
        arguments_of_services(evaluation, selection),
        nix_string(file.to_str()?),
        names.join(" ")
    );
    for (number, host) in hosts.iter().enumerate() {
        let _ = writeln!(text, "  h{number} = job {};", nix_string(host.as_str()));
    }
    text.push_str("}\n");
    Some(text)
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
