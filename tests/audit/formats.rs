use std::collections::BTreeSet;

use anyhow::{Context, Result};
use confinix::audit::rules;
use insta::assert_snapshot;
use serde_json::Value;

use crate::audit::{AUDIT, place};
use crate::schemas::{check_junit, check_sarif};
use crate::support::{Place, RECORDING};

fn report(place: &Place, format: &str) -> Result<String> {
    place.stdout(1, &[&AUDIT[..], &["--format", format]].concat())
}

#[test]
fn code_hosts_get_sarif() -> Result<()> {
    let text = report(&place()?, "sarif")?;
    check_sarif(&text)?;
    let mut document: Value = serde_json::from_str(&text)?;
    let rules = document
        .pointer_mut("/runs/0/tool/driver/rules")
        .context("no rules")?;
    // The texts of the rules have their own snapshot.
    if let Some(rules) = rules.as_array_mut() {
        rules.truncate(1);
    }
    // The test below checks their positions.
    let results = document.pointer_mut("/runs/0/results");
    for result in results
        .and_then(Value::as_array_mut)
        .context("no results")?
    {
        result["ruleIndex"] = "…".into();
    }
    assert_snapshot!(serde_json::to_string_pretty(&document)?);
    Ok(())
}

#[test]
fn every_result_of_sarif_has_a_rule_and_a_place() -> Result<()> {
    let place = Place::with_bundle()?;
    let made = [
        &["audit", "--format", "sarif", "-D", "shell-present"][..],
        &RECORDING,
    ]
    .concat();
    for arguments in [
        &[
            "audit",
            "bundle",
            "--format",
            "sarif",
            "-D",
            "shell-present",
        ][..],
        &made,
    ] {
        let text = place.stdout(1, arguments)?;
        check_sarif(&text)?;
        let document: Value = serde_json::from_str(&text)?;
        let results = document["runs"][0]["results"].as_array();
        let result = results.context("no results")?.iter();
        let mut of_wiki = result.filter(|result| result["ruleId"] == "shell-present");
        let result = of_wiki.next().context("no result")?;
        let index = result["ruleIndex"]
            .as_u64()
            .and_then(|index| usize::try_from(index).ok());
        let rule = &document["runs"][0]["tool"]["driver"]["rules"][index.context("no index")?];
        assert_eq!(rule["id"], result["ruleId"]);
        let location = &result["locations"][0]["physicalLocation"];
        let file = location["artifactLocation"]["uri"]
            .as_str()
            .context("no file")?;
        let line = location["region"]["startLine"]
            .as_u64()
            .context("no line")?;
        let line = usize::try_from(line)?;
        let text = place.read(file)?;
        assert!(
            text.lines()
                .nth(line - 1)
                .is_some_and(|line| line.contains("\"wiki.service\""))
        );
    }
    Ok(())
}

#[test]
fn github_gets_annotations() -> Result<()> {
    assert_snapshot!(report(&place()?, "github")?);
    Ok(())
}

#[test]
fn gitlab_gets_a_report_on_code_quality() -> Result<()> {
    let entries: Vec<Value> = serde_json::from_str(&report(&place()?, "gitlab")?)?;
    let mut fingerprints = BTreeSet::new();
    for entry in &entries {
        let text = |key: &str| entry[key].as_str().with_context(|| format!("no {key}"));
        assert!(["critical", "minor"].contains(&text("severity")?));
        assert!(!text("description")?.contains('\n') && !text("check_name")?.is_empty());
        assert!(fingerprints.insert(text("fingerprint")?.to_owned()));
        let file = entry["location"]["path"].as_str().context("no file")?;
        assert!(!file.starts_with('.'), "{file}");
        assert!(entry["location"]["lines"]["begin"].as_u64() > Some(0));
    }
    let described = |text: &str| {
        let found = entries.iter().find(|entry| entry["description"] == text);
        found.with_context(|| format!("{text} is not among {entries:#?}"))
    };
    let denied = described(
        "backup.service: the closure contains tls-3.5, and the policy denies tls-3.* (not reviewed, SEC-12)",
    )?;
    assert_eq!(denied["check_name"], "denied-package");
    assert_eq!(denied["severity"], "critical");
    assert_eq!(denied["location"]["path"], "confinix.toml");
    Ok(())
}

#[test]
fn summaries_get_markdown() -> Result<()> {
    assert_snapshot!(report(&place()?, "markdown")?);
    let clean = Place::with_bundle()?.stdout(
        0,
        &[
            "audit",
            "bundle",
            "-A",
            "shell-present",
            "--format",
            "markdown",
        ],
    )?;
    assert_snapshot!(clean);
    Ok(())
}

#[test]
fn servers_get_junit() -> Result<()> {
    let text = report(&place()?, "junit")?;
    check_junit(&text)?;
    let tests: usize = text.matches("<testcase ").count();
    let suites = text.matches("<testsuite ").count();
    let of_services = rules().filter(|rule| rule.is_of_services()).count();
    assert_eq!(
        tests,
        of_services * (suites - 1) + rules().count() - of_services
    );
    // Keeps one case without a failure as an example.
    let is_passed = |line: &&str| line.contains("<testcase ") && line.ends_with("/>");
    let first = text.lines().find(is_passed);
    let shown: Vec<_> = (text.lines())
        .filter(|line| !is_passed(line) || Some(*line) == first)
        .collect();
    let counted = format!(" tests=\"{of_services}\" ");
    assert_snapshot!(shown.join("\n").replace(&counted, " tests=\"…\" "));
    Ok(())
}

#[test]
fn several_formats_come_from_one_run() -> Result<()> {
    let place = place()?;
    let wishes = [
        "--format",
        "github",
        "--format",
        "sarif=a.sarif",
        "--format",
        "junit=a.xml",
        "--format",
        "markdown=a.md",
    ];
    let github = place.stdout(1, &[&AUDIT[..], &wishes].concat())?;
    assert_eq!(github, report(&place, "github")?);
    assert_eq!(place.read("a.sarif")?, report(&place, "sarif")?);
    assert_eq!(place.read("a.xml")?, report(&place, "junit")?);
    assert_eq!(place.read("a.md")?, report(&place, "markdown")?);
    Ok(())
}

#[test]
fn nothing_that_a_policy_says_breaks_a_format() -> Result<()> {
    let place = Place::with_bundle()?;
    let odd = r#"a \"b\" <c> & ]]> %0A::error:: | `x` \u0007\u001b[31m\nred é 🎉"#;
    place.write(
        "confinix.toml",
        &format!("[[rule]]\ndeny = [{{ package = \"tls\", reason = \"{odd}\" }}]\n"),
    )?;
    check_sarif(&report(&place, "sarif")?)?;
    check_junit(&report(&place, "junit")?)?;
    for format in ["human", "github", "markdown"] {
        let text = report(&place, format)?;
        assert!(text.contains('é') && text.contains("[31m\\nred"), "{text}");
        assert!(
            !text.contains(|c: char| c.is_control() && c != '\n'),
            "{text:?}"
        );
    }
    let github = report(&place, "github")?;
    assert!(github.contains("%250A"), "{github}");
    place.stdout(0, &["report", "bundle"])?;
    assert!(
        place
            .read("report.html")?
            .contains("&lt;c&gt; &amp; ]]&gt;")
    );
    Ok(())
}

#[test]
fn a_summary_stays_below_what_github_shows() -> Result<()> {
    let place = Place::new()?;
    let services: Value = serde_json::from_str(&place.read("services.json")?)?;
    let mut many = services.clone();
    for number in 0..400 {
        many["services"][format!("wiki-{number}.service")] =
            services["services"]["wiki.service"].clone();
    }
    place.write("services.json", &many.to_string())?;
    place.bundle("bundle")?;
    place.write(
        "confinix.toml",
        "[[rule]]\ndeny = [\"libc\", \"sqlite\", \"zlib\"]\n",
    )?;
    let text = report(&place, "markdown")?;
    assert!(text.len() < 1 << 19, "{}", text.len());
    let json: Value = serde_json::from_str(&report(&place, "json")?)?;
    let all = json["findings"].as_array().context("no findings")?.len();
    assert!(text.contains(&format!("|\n\n{} more in ", all - 1000)));
    let denied = json["summary"]["denied"].as_u64().context("no number")?;
    assert!(text.contains(&format!("```\n\n{} more in ", denied - 100)));
    let rows = |sign: &str| text.matches(&format!("\n| {sign} |")).count();
    assert_eq!(rows("❌") as u64, denied);
    assert_eq!(rows("❌") + rows("⚠️"), 1000);
    Ok(())
}
