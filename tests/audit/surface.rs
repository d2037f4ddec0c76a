//! What services can reach in their closures, counted.

use std::os::unix::fs::symlink;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::common::confinix;
use crate::store::Store;

/// A bundle with a service that sees a shell, two more executables, and files that are none.
fn store() -> Result<Store> {
    let mut store = Store::new()?;
    store.tool("cat")?;
    store.tool("python3.12")?;
    store.file("shell", "bin/no-program", b"text", 0o555)?;
    store.file("shell", "bin/not-executable", b"#!/bin/sh\n", 0o444)?;
    store.file("shell", "lib/set-id", b"text", 0o4644)?;
    store.file("shell", "bin/script", b"#!/bin/sh\n", 0o555)?;
    symlink("python3.12", format!("{}/bin/python", store.path("shell")))?;
    symlink("../lib/set-id", format!("{}/bin/nc", store.path("shell")))?;
    store.service("web", "shell:/bin/cat", &json!({}), false);
    store.check(0)?;
    Ok(store)
}

fn expected() -> Value {
    // Without segments, the programs have no code.
    json!({ "files": 7, "hidden": 0, "hiddenExecutables": 0, "hiddenInterpreters": 0, "executables": 4, "interpreters": 2, "setId": 1, "writable": 1, "code": 0 })
}

#[test]
fn what_a_closure_has_is_counted() -> Result<()> {
    let store = store()?;
    let show = |arguments: &[&str]| -> Result<String> {
        let ran = confinix(["show", "bundle"]).args(arguments);
        Ok(ran.within(store.place.path(".")).succeeds()?.stdout)
    };
    let all: Value = serde_json::from_str(&show(&["--surface", "--json"])?)?;
    assert_eq!(all["services"][0]["surface"], expected());
    let one: Value = serde_json::from_str(&show(&["web", "--surface", "--json"])?)?;
    assert_eq!(one["surface"], expected());
    assert_eq!(one["paths"][0]["surface"], expected());
    let without: Value = serde_json::from_str(&show(&["--json"])?)?;
    assert_eq!(without["services"][0].get("surface"), None);
    let table = show(&["--surface"])?;
    let row = table.lines().last().context("no table")?;
    let cells: Vec<_> = row.split_whitespace().collect();
    assert_eq!(cells, ["web", "7", "0", "4", "2", "1", "1", "0", "B"]);
    let told = show(&["web", "--surface"])?;
    let counted =
        "Surface: 7 files, 4 executables, 2 interpreters, 1 set-id, 1 writable, 0 B of code";
    assert!(told.contains(counted), "{told}");
    Ok(())
}

#[test]
fn what_is_not_on_this_machine_is_not_counted() -> Result<()> {
    let store = store()?;
    std::fs::remove_dir_all(store.path("shell"))?;
    let ran = confinix(["show", "--surface", "--json", "bundle"]);
    let ran = ran.within(store.place.path(".")).succeeds()?;
    let all: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(all["services"][0]["surface"], Value::Null);
    store.place.write("confinix.toml", LIMITS)?;
    let said = store.place.stdout(0, &["audit", "bundle"])?;
    assert!(said.contains("can't be counted"), "{said}");
    Ok(())
}

#[test]
fn a_denied_executable_is_found_beside_a_path_that_is_not_on_this_machine() -> Result<()> {
    let mut store = store()?;
    store.service("web", "script:/bin/start", &json!({}), false);
    store.check(1)?;
    std::fs::remove_dir_all(store.path("script"))?;
    store.place.write("confinix.toml", LIMITS)?;
    let said = store.place.stdout(1, &["audit", "bundle"])?;
    for part in [
        "executable python of shell",
        "can't be listed",
        "the closure has at least 4 executables, 4 of them in shell, and the policy allows 3",
        "the interpreters of the closure can't be counted: it has at least 2",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    Ok(())
}

const LIMITS: &str = "[[rule]]\nmax-executables = 3\nmax-interpreters = 2\n\
    deny-executables = [\"pyth?n\", \"nc\", { name = \"cat*\", reason = \"no cats\", issue = \"SEC-7\" }]\n\
    levels = { shell-present = \"allow\" }\n";

#[test]
fn limits_name_the_path_that_brings_executables_and_the_option() -> Result<()> {
    let store = store()?;
    store.place.write("confinix.toml", LIMITS)?;
    let ran = store
        .place
        .stdout(1, &["audit", "bundle", "--format", "json"])?;
    let report: Value = serde_json::from_str(&ran)?;
    let findings = report["findings"].as_array().context("no findings")?;
    let about = |code: &str| -> Vec<&Value> {
        let of_code = |finding: &&Value| finding["code"] == code;
        findings.iter().filter(of_code).collect()
    };
    let large = about("surface-too-large");
    assert_eq!(large.len(), 1, "{findings:#?}");
    assert_eq!(large[0]["amount"], 4);
    assert_eq!(large[0]["path"], store.path("shell"));
    assert_eq!(large[0]["chain"]["origin"], "ExecStart[0]");
    let message = large[0]["message"].as_str().unwrap_or_default();
    assert_eq!(
        message,
        "the closure has 4 executables, 4 of them in shell, and the policy allows 3"
    );
    // nc leads to a file that can't be executed.
    let denied = about("denied-executable");
    let evidence = denied[0]["evidence"].to_string();
    assert_eq!(denied.len(), 1, "{denied:#?}");
    for part in ["executable python of shell", "executable cat of shell"] {
        assert!(evidence.contains(part), "{evidence}");
    }
    assert!(!evidence.contains("executable nc"), "{evidence}");
    Ok(())
}

#[test]
fn a_wrong_limit_is_refused_with_its_place() -> Result<()> {
    let store = store()?;
    for (rule, said) in [
        ("max-executables = \"4\"", "confinix.toml:2"),
        ("deny-executables = [\"bin/sh\"]", "without directories"),
        (
            "deny-executables = [{ reason = \"x\" }]",
            "must have a name",
        ),
        (
            "until = 2027-01-01\ndeny-executables = [\"sh\"]",
            "would end silently",
        ),
    ] {
        store
            .place
            .write("confinix.toml", &format!("[[rule]]\n{rule}\n"))?;
        let error = store.place.stderr(3, &["audit", "bundle"])?;
        assert!(error.contains(said), "{rule}: {error}");
    }
    Ok(())
}

#[test]
fn reports_and_comparisons_show_surfaces() -> Result<()> {
    let mut store = store()?;
    let here = store.place.path(".");
    std::fs::rename(store.place.path("bundle"), store.place.path("old"))?;
    store.service("web", "script:/bin/start", &json!({}), false);
    store.check(1)?;
    let diff = |format: &str| -> Result<String> {
        let ran = confinix(["diff", "--surface", "--format", format, "old", "bundle"]);
        Ok(ran.within(&here).succeeds()?.stdout)
    };
    let changed: Value = serde_json::from_str(&diff("json")?)?;
    assert_eq!(changed["changed"][0]["before"]["surface"], expected());
    assert_eq!(changed["changed"][0]["after"]["surface"]["executables"], 6);
    for format in ["human", "markdown"] {
        let said = diff(format)?;
        let is = said.contains("files 7 → 9, hidden 0, executables 4 → 6, interpreters 2");
        assert!(is, "{said}");
    }
    confinix(["report", "old"]).within(&here).succeeds()?;
    let page = store.place.read("report.html")?;
    assert!(page.contains("Surface: 7 files, 4 executables"), "{page}");
    assert!(page.contains("<th scope=\"col\" class=\"number\">Executables</th>"));
    Ok(())
}
