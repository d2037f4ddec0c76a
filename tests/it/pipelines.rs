//! What pipelines use: the steps of the GitHub action, the job for GitLab and the hooks of pre-commit run as their files say.

mod github;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::{Ran, copy, fake, fixture, install, program, scratch, shop};

/// A runner of jobs, with confinix and bundles of the shop.
struct Runner {
    scratch: TempDir,
    path: String,
}

impl Runner {
    fn new() -> Result<Self> {
        let scratch = scratch()?;
        // `gh` and `nix` record what they are told. `gh` finds the comments in a file of this name, and refuses others if there is one
        // called "refused".
        let path = fake(
            scratch.path(),
            &["gh", "nix"],
            r#"printf '%s\n' "$0 $*" >>told
            case "$0 $*" in
              */nix*) echo /built ;;
              *--paginate*) [ ! -e comments ] || jq -r "$5" comments ;;
              *) [ ! -e refused ] ;;
            esac"#,
        )?;
        install(
            env!("CARGO_BIN_EXE_confinix"),
            &scratch.path().join("fake-bin/confinix"),
        )?;
        for name in ["old", "new"] {
            fs::create_dir(scratch.path().join(name))?;
            copy(shop()?, &scratch.path().join(name))?;
        }
        Ok(Self { scratch, path })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn read(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.file(name)).with_context(|| name.to_owned())
    }

    /// Runs a line of a shell with these variables.
    fn shell(&self, line: &str, variables: &BTreeMap<String, String>) -> Result<Ran> {
        let mut run = program("bash", ["-euo", "pipefail", "-c", line])
            .within(self.scratch.path())
            .env("PATH", &self.path);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.run()
    }

    /// Runs a step of the action with these values.
    fn step(&self, step: &Yaml, values: &BTreeMap<String, String>) -> Result<Ran> {
        let mut variables = BTreeMap::new();
        for (name, value) in step["env"].as_hash().context("no variables")? {
            let (name, value) = (text(name)?, text(value)?);
            variables.insert(name.to_owned(), expanded(value, values)?);
        }
        variables.insert("GITHUB_ACTION_PATH".to_owned(), shown(&fixture(ACTION)));
        for (name, file) in [
            ("GITHUB_PATH", "path"),
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("RUNNER_TEMP", ""),
        ] {
            variables.insert(name.to_owned(), shown(&self.file(file)));
        }
        variables.insert("GITHUB_REPOSITORY".to_owned(), "owner/name".to_owned());
        self.shell(text(&step["run"])?, &variables)
    }
}

const ACTION: &str = ".github/actions/audit";

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn yaml(name: &str) -> Result<Yaml> {
    let mut documents = YamlLoader::load_from_str(&fs::read_to_string(fixture(name))?)?;
    ensure!(documents.len() == 1, "{name}");
    Ok(documents.remove(0))
}

fn text(value: &Yaml) -> Result<&str> {
    value
        .as_str()
        .with_context(|| format!("{value:?} is no text"))
}

/// Expands one expression of an action (`${{ inputs.target }}`).
fn expanded(value: &str, values: &BTreeMap<String, String>) -> Result<String> {
    let name = value
        .strip_prefix("${{ ")
        .and_then(|rest| rest.strip_suffix(" }}"))
        .with_context(|| value.to_owned())?;
    let value = values.get(name);
    value
        .cloned()
        .with_context(|| format!("nothing is given for {name}"))
}

/// Returns the values of expressions: the inputs with their defaults, and what GitHub gives.
fn values(action: &Yaml, given: &[(&str, &str)]) -> Result<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for (name, input) in action["inputs"].as_hash().context("no inputs")? {
        ensure!(!text(&input["description"])?.is_empty());
        let default = input["default"].as_str().unwrap_or_default();
        values.insert(format!("inputs.{}", text(name)?), default.to_owned());
    }
    let github = [
        ("github.event.pull_request.number", "7"),
        ("github.token", "secret"),
    ];
    for (name, value) in github.iter().chain(given) {
        values.insert((*name).to_owned(), (*value).to_owned());
    }
    Ok(values)
}

#[test]
fn the_job_for_gitlab_writes_its_reports() -> Result<()> {
    let job = &yaml(".gitlab/confinix.yml")?["confinix"];
    let runner = Runner::new()?;
    let mut variables = BTreeMap::new();
    for (name, value) in job["variables"].as_hash().context("no variables")? {
        variables.insert(text(name)?.to_owned(), text(value)?.to_owned());
    }
    for (name, value) in [
        ("CONFINIX_TARGET", "new"),
        ("CONFINIX_ARGUMENTS", "--no-policy --no-foresight"),
        ("CONFINIX_PACKAGE", "a-flake"),
    ] {
        let variable = variables.get_mut(name).with_context(|| name.to_owned())?;
        value.clone_into(variable);
    }
    let lines: Vec<_> = ["before_script", "script"]
        .iter()
        .flat_map(|part| job[*part].as_vec().into_iter().flatten())
        .map(text)
        .collect::<Result<_>>()?;
    runner.shell(&lines.join("\n"), &variables)?.with_code(0)?;
    ensure!(runner.read("told")?.contains("print-out-paths a-flake"));
    let reports = job["artifacts"]["reports"]
        .as_hash()
        .context("no reports")?;
    ensure!(reports.len() == 2);
    for file in reports.values() {
        ensure!(!runner.read(text(file)?)?.is_empty());
    }
    Ok(())
}

#[test]
fn the_hooks_of_pre_commit_are_commands() -> Result<()> {
    let hooks = yaml(".pre-commit-hooks.yaml")?;
    let runner = Runner::new()?;
    for hook in hooks.as_vec().context("no hooks")? {
        ensure!(hook["language"].as_str() == Some("system"));
        let entry = text(&hook["entry"])?;
        runner
            .shell(&format!("{entry} new --no-policy"), &BTreeMap::new())?
            .with_code(0)?;
    }
    Ok(())
}
