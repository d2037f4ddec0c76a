//! `schemas/` describes every JSON that confinix prints or writes. The tests validate all JSON that it prints.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use jsonschema::{Retrieve, Uri, Validator};
use serde_json::Value;

use super::{Ran, fixture};

/// The subcommands, and the schemas of their output.
const OF_SUBCOMMANDS: [(&str, &str); 14] = [
    ("audit", "audit"),
    ("check", "audit"),
    ("diff", "diff"),
    ("enter", "root"),
    ("rehearse", "rehearsal"),
    ("migrate", "migration"),
    ("observe", "rehearsal"),
    ("explain", "explain"),
    ("presets", "presets"),
    ("sbom", "sbom"),
    ("show", "show"),
    ("status", "status"),
    ("verify", "verify"),
    ("why", "why"),
];

/// Returns the schema of the JSON that a command prints, if it prints JSON. It must have one.
fn schema_of(command: &Command) -> Result<Option<&'static str>> {
    let words: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    let Some(subcommand) = words.iter().find(|word| !word.starts_with('-')) else {
        return Ok(None);
    };
    let has = |option: &str| words.iter().any(|word| word == option);
    if subcommand == "services" && !has("--help") {
        return Ok(Some("services"));
    }
    let asks = has("--json") || words.windows(2).any(|pair| pair == ["--format", "json"]);
    if !asks {
        return Ok(None);
    }
    let found = OF_SUBCOMMANDS.iter().find(|(of, _)| of == subcommand);
    let (_, schema) = found.with_context(|| format!("add {subcommand} to OF_SUBCOMMANDS"))?;
    Ok(Some(schema))
}

/// Validates the output of a confinix command against its schema.
pub fn hold(command: &Command, ran: &Ran) -> Result<()> {
    let has_answer = matches!(ran.code, Some(0 | 1)) && !ran.stdout.is_empty();
    if command.get_program() != env!("CARGO_BIN_EXE_confinix") || !has_answer {
        return Ok(());
    }
    match schema_of(command)? {
        Some(schema) => check(schema, &serde_json::from_str(&ran.stdout)?),
        None => Ok(()),
    }
}

/// Validates a document against a schema.
pub fn check(schema: &str, document: &Value) -> Result<()> {
    let complaints = complaints(schema, document)?;
    ensure!(complaints.is_empty(), "{schema}: {}", complaints.join("\n"));
    Ok(())
}

/// Returns the validation errors of a document.
pub fn complaints(schema: &str, document: &Value) -> Result<Vec<String>> {
    let complaint = |error: jsonschema::ValidationError| {
        let place = error.instance_path();
        format!("{place}: {error}")
    };
    let errors = validator(schema)?.iter_errors(document);
    Ok(errors.map(complaint).collect())
}

fn validator(name: &str) -> Result<&'static Validator> {
    static ALL: OnceLock<Result<BTreeMap<String, Validator>, String>> = OnceLock::new();
    let all = ALL.get_or_init(|| read_all().map_err(|error| format!("{error:#}")));
    let all = all.as_ref().map_err(|error| anyhow!("{error}"))?;
    all.get(name).with_context(|| format!("no schema {name}"))
}

/// Returns every schema. Each must be a valid schema.
fn read_all() -> Result<BTreeMap<String, Validator>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(fixture("schemas"))? {
        let file = entry?.file_name();
        let file = file.to_str().context("no text")?;
        let name = file.strip_suffix(".schema.json").context("no schema")?;
        let schema = read(file)?;
        jsonschema::draft202012::meta::validate(&schema)
            .map_err(|error| anyhow!("{name}: {error}"))?;
        for key in ["title", "description"] {
            ensure!(schema[key].is_string(), "{name} has no {key}");
        }
        let options = jsonschema::draft202012::options()
            .with_base_uri(format!("json-schema:///{file}"))
            .with_retriever(Neighbours);
        let validator = options.build(&schema);
        all.insert(
            name.to_owned(),
            validator.map_err(|error| anyhow!("{name}: {error}"))?,
        );
    }
    Ok(all)
}

fn read(file: &str) -> Result<Value> {
    let text = fs::read(fixture("schemas").join(file))?;
    serde_json::from_slice(&text).with_context(|| format!("{file} is no JSON"))
}

/// Resolves references between schemas, which use file names.
struct Neighbours;

impl Retrieve for Neighbours {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let path = uri.path().as_str();
        Ok(read(path.trim_start_matches('/'))?)
    }
}
