//! The steps of the GitHub action.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{ACTION, Runner, values, yaml};

const COMMENTED: &str = "gh api --method POST repos/owner/name/issues/7/comments";

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
    ensure!(told.contains(COMMENTED), "{told}");
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
    ensure!(runner.read("told")?.contains(COMMENTED));
    Ok(())
}

#[test]
fn the_github_action_changes_its_own_comment() -> Result<()> {
    let action = yaml(&format!("{ACTION}/action.yml"))?;
    let steps = action["runs"]["steps"].as_vec().context("no steps")?;
    let compare = steps.last().context("no steps")?;
    let given = [("inputs.target", "new"), ("inputs.compare-with", "old")];
    let values = values(&action, &given)?;
    // A pull request from a fork can't be commented on.
    let runner = Runner::new()?;
    fs::write(runner.file("refused"), "")?;
    let ran = runner.step(compare, &values)?.with_code(0)?;
    ensure!(
        ran.stdout
            .contains("::warning::confinix could not comment on pull request 7"),
        "{}",
        ran.stdout
    );
    ensure!(runner.read("summary")?.contains("confinix diff"));
    // What it wrote, and what others wrote.
    let runner = Runner::new()?;
    let written = || runner.read("confinix-diff.md");
    runner.step(compare, &values)?.with_code(0)?;
    ensure!(runner.read("told")?.contains(COMMENTED));
    let comments = serde_json::json!([
        { "id": 1, "user": { "type": "User" }, "body": written()? },
        { "id": 2, "user": { "type": "Bot" }, "body": "of another action" },
        { "id": 3, "user": { "type": "Bot" }, "body": written()?.replace(" -->", "0 -->") },
        { "id": 4, "user": { "type": "Bot" }, "body": written()? },
        { "id": 5, "user": { "type": "Bot" }, "body": written()? },
    ]);
    fs::write(runner.file("comments"), comments.to_string())?;
    fs::remove_file(runner.file("told"))?;
    runner.step(compare, &values)?.with_code(0)?;
    let told = runner.read("told")?;
    ensure!(
        told.contains("gh api --method PATCH repos/owner/name/issues/comments/4 --field body=@/"),
        "{told}"
    );
    ensure!(!told.contains("POST"), "{told}");
    Ok(())
}

#[test]
fn the_github_action_without_findings_or_target() -> Result<()> {
    let action = yaml(&format!("{ACTION}/action.yml"))?;
    let steps = action["runs"]["steps"].as_vec().context("no steps")?;
    let mut steps = steps.iter().filter(|step| !step["run"].is_badvalue());
    let (audit, compare) = (steps.nth(1), steps.next());
    let (audit, compare) = audit.zip(compare).context("no steps")?;
    let runner = Runner::new()?;
    let given = |target, base| {
        let arguments = "--no-policy --no-foresight -s cart -A shell-present";
        let names = ["target", "compare-with", "arguments"].map(|name| format!("inputs.{name}"));
        let all = std::iter::zip(names, [target, base, arguments]);
        let all: Vec<_> = all.collect();
        let all: Vec<_> = all
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        values(&action, &all)
    };
    let same = given("new", "old")?;
    let ran = runner.step(audit, &same)?.with_code(0)?;
    ensure!(!ran.stdout.contains("::"), "{}", ran.stdout);
    let sarif: Value = serde_json::from_str(&runner.read("confinix.sarif")?)?;
    ensure!(
        sarif["runs"][0]["results"] == Value::Array(Vec::new()),
        "{sarif}"
    );
    runner.step(compare, &same)?.with_code(0)?;
    let summary = runner.read("summary")?;
    for told in ["0 denied, 0 warnings", "0 changed"] {
        ensure!(summary.contains(told), "{told} is not in {summary}");
    }
    // With nothing to tell, nothing is written.
    let runner = Runner::new()?;
    for (step, target, base) in [
        (audit, "./none", "old"),
        (compare, "./none", "old"),
        (compare, "new", "./none"),
    ] {
        let ran = runner.step(step, &given(target, base)?)?.with_code(3)?;
        ensure!(ran.stderr.contains("no directory ./none"), "{}", ran.stderr);
    }
    for file in ["summary", "output", "told"] {
        ensure!(runner.read(file).is_err(), "{file} was written");
    }
    Ok(())
}
