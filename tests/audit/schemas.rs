//! Validates SARIF and JUnit documents with other people's tools and with our own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use jsonschema::Validator;
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use serde_json::Value;
use serde_sarif::sarif::Sarif;

use crate::common::{CHECKOUT, program};

/// A SARIF document must be valid by the standard's own schema, fully understood by another reader of SARIF, and valid by
/// `sarif.schema.json`, which allows only the parts of SARIF 2.1.0 that confinix uses.
pub fn check_sarif(text: &str) -> Result<()> {
    let document: Value = serde_json::from_str(text)?;
    let own = serde_json::from_str(include_str!("sarif.schema.json"))?;
    validate(&jsonschema::validator_for(&own)?, &document).context("our own schema")?;
    validate(published()?, &document).context("the published schema")?;
    let read: Sarif = serde_json::from_value(document.clone())?;
    let again = serde_json::to_value(read)?;
    ensure!(
        again == document,
        "read and written again, it is:\n{again:#}"
    );
    Ok(())
}

/// Returns the directory in which cargo has the sources of a crate.
pub fn sources_of(name: &str) -> Result<PathBuf> {
    let cargo = env!("CARGO");
    let version = program(cargo, ["-vV"]).succeeds()?.stdout;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("cargo has no host")?;
    let metadata = program(
        cargo,
        [
            "metadata",
            "--offline",
            "--locked",
            "--format-version=1",
            "--filter-platform",
            host,
        ],
    )
    .within(CHECKOUT)
    .succeeds()?
    .stdout;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let mut packages = metadata["packages"].as_array().into_iter().flatten();
    let package = packages
        .find(|package| package["name"] == name)
        .with_context(|| format!("cargo has no {name}"))?;
    let manifest = package["manifest_path"].as_str().context("no manifest")?;
    let directory = Path::new(manifest).parent().context("no directory")?;
    Ok(directory.to_owned())
}

/// Fails with everything that is wrong with a document.
pub fn validate(validator: &Validator, document: &Value) -> Result<()> {
    let errors: Vec<_> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    ensure!(errors.is_empty(), "{}", errors.join("\n"));
    Ok(())
}

/// Returns the schema of OASIS. Its licence does not let us copy it, but cargo has the sources of serde-sarif, which contain it.
fn published() -> Result<&'static Validator> {
    static PUBLISHED: OnceLock<Result<Validator, String>> = OnceLock::new();
    let read = || {
        let package = sources_of("serde-sarif")?;
        let schema = std::fs::read_to_string(package.join("src/schema.json"))?;
        // Removes a superfluous bracket in the pattern of `language`, which strict regex parsers refuse.
        let schema: Value =
            serde_json::from_str(&schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$"))?;
        ensure!(
            schema["$id"]
                .as_str()
                .is_some_and(|id| id.ends_with("/sarif-schema-2.1.0.json")),
            "it is another schema: {}",
            schema["$id"]
        );
        let options = jsonschema::options().should_validate_formats(true);
        options.build(&schema).map_err(|error| anyhow!("{error}"))
    };
    let published = PUBLISHED.get_or_init(|| read().map_err(|error| format!("{error:#}")));
    published.as_ref().map_err(|error| anyhow!("{error}"))
}

/// A JUnit document must be readable by nextest's reader, have correct counts, and satisfy the additional requirements of Ant's
/// schema (<https://github.com/windyroad/JUnit-Schema>).
pub fn check_junit(text: &str) -> Result<()> {
    // Ant's schema requires timestamps without a time zone, the reader requires one.
    let report = Report::deserialize_from_str(&text.replace("T00:00:00\"", "T00:00:00Z\""))?;
    let document = roxmltree::Document::parse(text)?;
    let elements = |node: roxmltree::Node<'_, '_>| -> Vec<String> {
        let children = node.children().filter(roxmltree::Node::is_element);
        children
            .map(|child| child.tag_name().name().to_owned())
            .collect()
    };
    ensure!(document.root_element().has_tag_name("testsuites"));
    let suites: Vec<_> = document
        .root_element()
        .children()
        .filter(roxmltree::Node::is_element)
        .collect();
    ensure!(suites.len() == report.test_suites.len());
    let names: BTreeSet<_> = report
        .test_suites
        .iter()
        .map(|suite| suite.name.as_str())
        .collect();
    ensure!(names.len() == suites.len(), "two suites have one name");
    for (id, (suite, read)) in suites.iter().zip(&report.test_suites).enumerate() {
        let attribute = |name| {
            let value = suite.attribute(name);
            value.with_context(|| format!("a suite has no {name}"))
        };
        for required in ["package", "name", "timestamp", "hostname", "time"] {
            attribute(required)?;
        }
        ensure!(attribute("id")? == id.to_string());
        let failures = read.test_cases.iter().filter(|case| {
            matches!(
                case.status,
                TestCaseStatus::NonSuccess {
                    kind: NonSuccessKind::Failure,
                    ..
                }
            )
        });
        ensure!(attribute("failures")? == failures.count().to_string());
        ensure!(attribute("tests")? == read.test_cases.len().to_string());
        ensure!(attribute("errors")? == "0");
        let cases = vec!["testcase".to_owned(); read.test_cases.len()];
        let order = [
            &["properties".to_owned()],
            &cases[..],
            &["system-out".into(), "system-err".into()],
        ];
        ensure!(elements(*suite) == order.concat(), "{:?}", elements(*suite));
    }
    Ok(())
}

#[test]
fn what_the_standard_refuses_is_refused() -> Result<()> {
    let log = |run: &str| format!(r#"{{ "version": "2.1.0", "runs": [{{ {run} }}] }}"#);
    let tool = r#""tool": { "driver": { "name": "x" } }"#;
    let good: Value = serde_json::from_str(&log(tool))?;
    validate(published()?, &good)?;
    for bad in [
        r#""tool": { "driver": {} }"#,
        r#""tool": { "driver": { "name": "x" } }, "result": []"#,
        r#""tool": { "driver": { "name": "x" } }, "columnKind": "bytes""#,
        r#""tool": { "driver": { "name": "x" } }, "results": [{ "level": "warning" }]"#,
        r#""tool": { "driver": { "name": "x" } }, "results": [{ "message": { "text": "x" }, "level": "deny" }]"#,
        r#""tool": { "driver": { "name": "x" } }, "results": [{ "message": { "text": "x" }, "locations": [{ "physicalLocation": { "region": { "startLine": 0 } } }] }]"#,
    ] {
        let document: Value = serde_json::from_str(&log(bad))?;
        ensure!(
            validate(published()?, &document).is_err(),
            "accepted: {bad}"
        );
    }
    Ok(())
}
