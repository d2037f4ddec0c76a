//! What pipelines use: the steps of the GitHub action, the job for GitLab and the hooks of pre-commit run as their files say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
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
        // `gh` and `nix` record what they are told.
        let path = fake(
            scratch.path(),
            &["gh", "nix"],
            "printf '%s\\n' \"$0 $*\" >>told; echo /built",
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
fn the_github_action_audits_and_comments() -> Result<()> {
    let action = yaml(&format!("{ACTION}/action.yml"))?;
    let runner = Runner::new()?;
    let values = values(
        &action,
        &[
            ("inputs.target", "new"),
            ("inputs.compare-with", "old"),
            ("inputs.arguments", "--no-policy --no-foresight"),
        ],
    )?;
    let steps = action["runs"]["steps"].as_vec().context("no steps")?;
    let ran: Vec<_> = steps
        .iter()
        .filter(|step| !step["run"].is_badvalue())
        .map(|step| runner.step(step, &values)?.with_code(0))
        .collect::<Result<_>>()?;
    ensure!(ran.len() == 3 && steps.len() == 4);
    ensure!(runner.read("path")? == "/built/bin\n");
    let told = runner.read("told")?;
    ensure!(
        told.contains(" build --no-link --print-out-paths path:/"),
        "{told}"
    );
    let sarif = runner.read("output")?;
    let sarif = sarif.strip_prefix("sarif=").context("no output")?.trim();
    let sarif: Value = serde_json::from_str(&fs::read_to_string(sarif)?)?;
    ensure!(sarif["version"] == "2.1.0");
    ensure!(ran[1].stdout.contains("::"), "{}", ran[1].stdout);
    let summary = runner.read("summary")?;
    ensure!(summary.contains("shell-present"), "{summary}");
    ensure!(told.contains("gh pr comment 7 --edit-last"), "{told}");
    Ok(())
}

#[test]
fn the_github_action_fails_with_what_it_found() -> Result<()> {
    let action = yaml(&format!("{ACTION}/action.yml"))?;
    let steps = action["runs"]["steps"].as_vec().context("no steps")?;
    let audit = steps
        .iter()
        .find(|step| step["id"].as_str() == Some("audit"))
        .context("no audit")?;
    let runner = Runner::new()?;
    let denied = "--no-policy --no-foresight -D shell-present";
    let given = |target, arguments| [("inputs.target", target), ("inputs.arguments", arguments)];
    runner
        .step(audit, &values(&action, &given("new", denied))?)?
        .with_code(1)?;
    ensure!(runner.read("summary")?.contains("shell-present"));
    ensure!(runner.read("output")?.starts_with("sarif="));
    let none = Runner::new()?;
    none.step(audit, &values(&action, &given("./none", ""))?)?
        .with_code(3)?;
    ensure!(none.read("output").is_err(), "it has findings of nothing");
    Ok(())
}

#[test]
fn the_github_action_tells_what_it_found_although_a_host_failed() -> Result<()> {
    let action = yaml(&format!("{ACTION}/action.yml"))?;
    let runner = Runner::new()?;
    for fleet in ["now", "before"] {
        fs::create_dir(runner.file(fleet))?;
        fs::rename(
            runner.file(if fleet == "now" { "new" } else { "old" }),
            runner.file(fleet).join("shop"),
        )?;
    }
    let broken = runner.file("now").join("broken");
    fs::create_dir(&broken)?;
    fs::write(broken.join("bundle.json"), "{}")?;
    let values = values(
        &action,
        &[
            ("inputs.target", "now"),
            ("inputs.compare-with", "before"),
            ("inputs.arguments", "--no-policy --no-foresight"),
        ],
    )?;
    let steps = action["runs"]["steps"].as_vec().context("no steps")?;
    for step in steps
        .iter()
        .filter(|step| !step["run"].is_badvalue())
        .skip(1)
    {
        runner.step(step, &values)?.with_code(3)?;
    }
    ensure!(runner.read("output")?.starts_with("sarif="));
    let summary = runner.read("summary")?;
    for told in [
        "shell-present",
        "`broken` failed:",
        "`broken` failed, and was not compared",
    ] {
        ensure!(summary.contains(told), "{told} is not in {summary}");
    }
    ensure!(runner.read("told")?.contains("gh pr comment 7 --edit-last"));
    Ok(())
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
