//! Executables that only a record of a run has.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Forged;
use crate::support::{bundle, bundle_json, confinix, scratch};

/// A service that names none of the executables of `tool`, of which `also` is a symlink.
pub(super) fn expression(version: u32) -> String {
    format!(
        r#"
  let
    build = name: script: derivation {{
      inherit name;
      system = builtins.currentSystem;
      builder = "/bin/sh";
      PATH = builtins.getEnv "PATH";
      args = [ "-euc" script ];
    }};
    tool = build "tool-{version}" ''
      mkdir -p $out/bin
      for file in zq-ran zq-opened zq-unused; do printf '#!/bin/sh\n' >$out/bin/$file; chmod +x $out/bin/$file; done
      ln -s zq-ran $out/bin/zq-also
      echo {version} >$out/version
    '';
    run = build "run" ''
      mkdir -p $out/bin
      printf '#!/bin/sh\n' >$out/bin/run
      chmod +x $out/bin/run
      echo ${{tool}} >$out/tool
    '';
  in {{
    services.web = {{
      confinement = {{ enable = true; hide = [ "programs" ]; }};
      serviceConfig.ExecStart = "${{run}}/bin/run";
    }};
  }}"#
    )
}

fn made(dir: &Path, version: u32, options: &[&str]) -> Result<Value> {
    let expression = expression(version);
    bundle([
        "--impure",
        "--expr",
        &expression,
        "--strategy",
        "image",
        "-o",
    ])
    .arg(dir)
    .args(options)
    .succeeds()?;
    bundle_json(dir)
}

/// The hidden files of the service, of all its classes.
pub(super) fn hidden(bundle: &Value) -> BTreeSet<&str> {
    let service = &bundle["services"]["web.service"];
    let lists = &bundle["closures"][service["closure"].as_str().unwrap_or_default()]["hidden"];
    let classes = service["hide"].as_array().into_iter().flatten();
    let paths = classes.filter_map(|class| lists[class.as_str()?].as_object());
    let files = paths.flat_map(serde_json::Map::values);
    let files = files.filter_map(Value::as_array).flatten();
    files.filter_map(Value::as_str).collect()
}

/// A record of a run in this bundle that executed `zq-ran` and opened `zq-opened`.
pub(super) fn record(bundle: &Value, incomplete: bool) -> Result<Value> {
    let service = &bundle["services"]["web.service"];
    let paths = bundle["paths"].as_object().context("no paths")?;
    let tool = paths.keys().find(|path| path.contains("-tool-"));
    let tool = tool.context("no tool")?.replace("/nix/store/", "");
    Ok(json!({
        "version": 1,
        "services": { "web.service": {
            "verdict": "observed",
            "holdsFor": {
                "closure": service["closure"],
                "dropIn": service["dropIn"]["sha256"],
                "unit": service["dropIn"]["sha256"],
            },
            "observation": {
                "closurePaths": 2,
                "within": {
                    "executed": [format!("{tool}/bin/zq-ran")],
                    "opened": [format!("{tool}/bin/zq-opened"), format!("{tool}/version")],
                },
                "incomplete": incomplete,
            },
            "seconds": 1,
        } },
    }))
}

#[test]
fn what_a_record_has_is_never_hidden() -> Result<()> {
    let scratch = scratch()?;
    let dir = scratch.path().join("bundle");
    let plain = made(&dir, 1, &[])?;
    let all = [
        "bin/zq-also",
        "bin/zq-opened",
        "bin/zq-ran",
        "bin/zq-unused",
    ];
    assert_eq!(hidden(&plain), all.into());

    let file = scratch.path().join("record.json");
    fs::write(&file, record(&plain, false)?.to_string())?;
    let file = file.to_str().context("not UTF-8")?;
    let with_record = made(&dir, 1, &["--rehearsal", file])?;
    assert_eq!(hidden(&with_record), ["bin/zq-unused"].into());
    confinix(["verify"]).arg(&dir).succeeds()?;
    let why = confinix(["why", "--hidden"]).arg(&dir);
    let why = why.args(["web", "bin/zq-ran"]).run()?.stdout;
    assert!(
        why.contains("a record tells that it was opened or executed"),
        "{why}"
    );

    // The same executables in another version of the package.
    let updated = made(&dir, 2, &["--rehearsal", file])?;
    assert_eq!(hidden(&updated), ["bin/zq-unused"].into());
    confinix(["verify"]).arg(&dir).succeeds()?;
    Ok(())
}

#[test]
fn what_no_run_touched_is_hidden_until_a_day_of_the_recorded_closure_alone() -> Result<()> {
    let scratch = scratch()?;
    let dir = scratch.path().join("bundle");
    let plain = made(&dir, 1, &[])?;
    let file = scratch.path().join("record.json");
    fs::write(&file, record(&plain, false)?.to_string())?;
    let file = file.to_str().context("not UTF-8")?;
    let options = ["--rehearsal", file, "--hide-unobserved", "2026-12-31"];

    let hiding = made(&dir, 1, &options)?;
    let service = &hiding["services"]["web.service"];
    assert_eq!(service["hide"], json!(["programs", "unobserved"]));
    assert_eq!(hidden(&hiding), ["bin/zq-unused"].into());
    confinix(["verify"]).arg(&dir).succeeds()?;
    let audit = |date: &str| -> Result<String> {
        let audit = confinix(["audit", "--today", date, "--no-policy"]);
        Ok(audit.arg(&dir).run()?.stdout)
    };
    assert!(!audit("2026-12-31")?.contains("stale-record"));
    let expired = audit("2027-01-01")?;
    assert!(expired.contains("stale-record"), "{expired}");
    assert!(expired.contains("expired after 2026-12-31"), "{expired}");

    // Nothing more is hidden of another closure, or if the record lacks files.
    let updated = made(&dir, 2, &options)?;
    assert_eq!(
        updated["services"]["web.service"]["hide"],
        json!(["programs"])
    );
    let other = audit("2026-12-31")?;
    assert!(
        other.contains("no record matches the service's closure"),
        "{other}"
    );
    let incomplete = scratch.path().join("incomplete.json");
    fs::write(&incomplete, record(&plain, true)?.to_string())?;
    let incomplete = incomplete.to_str().context("not UTF-8")?;
    let partial = made(
        &dir,
        1,
        &["--rehearsal", incomplete, "--hide-unobserved", "2026-12-31"],
    )?;
    assert_eq!(
        partial["services"]["web.service"]["hide"],
        json!(["programs"])
    );
    Ok(())
}

#[test]
fn a_bundle_whose_records_contradict_it_is_refused() -> Result<()> {
    let scratch = scratch()?;
    let dir = scratch.path().join("bundle");
    let plain = made(&dir, 1, &[])?;
    let file = scratch.path().join("record.json");
    fs::write(&file, record(&plain, false)?.to_string())?;
    let expression = expression(1);
    let arguments = ["--impure", "--expr", &expression, "--rehearsal"];
    let file = file.to_str().context("not UTF-8")?;
    let until = ["--hide-unobserved", "2026-12-31"];
    let made = Forged::made(&[&arguments[..], &[file], &until].concat(), "image")?;

    let mut forged = made.again()?;
    let service = forged.service("web.service");
    service
        .as_object_mut()
        .context("no service")?
        .remove("hideUnobserved");
    forged.refused(&["hide has unobserved, but hideUnobserved is not set"])?;
    let mut forged = made.again()?;
    let service = forged.service("web.service");
    service["strategy"] = json!("bind");
    service
        .as_object_mut()
        .context("no service")?
        .remove("hide");
    forged.refused(&["hideUnobserved is set, which needs a strategy with a view"])?;
    let mut forged = made.again()?;
    let service = forged.service("web.service");
    service["hide"] = json!(["docs"]);
    forged.refused(&["it has records of runs, but hides no executables"])?;
    // What is not known to have run, and so would be hidden.
    let mut forged = made.again()?;
    forged.service("web.service")["ran"] = json!([]);
    forged.seal()?;
    let told = confinix(["verify"]).arg(&forged.dir).run()?.with_code(1)?;
    assert!(told.stdout.contains("bin/zq-ran"), "{}", told.stdout);
    Ok(())
}

#[test]
fn the_class_of_what_no_run_touched_needs_a_day_and_a_view() -> Result<()> {
    let scratch = scratch()?;
    let dir = scratch.path().join("bundle");
    let refused = |options: &str, said: &str| {
        let hides = "hide = [ \"programs\" ];";
        let expression = expression(1).replace(hides, options);
        bundle(["--impure", "--expr", &expression, "-o"])
            .arg(&dir)
            .fails(3, &[said])
    };
    refused(
        "hide = [ \"unobserved\" ];",
        "set confinement.hideUnobserved to the last day",
    )?;
    refused(
        "hideUnobserved = \"tomorrow\";",
        "\"tomorrow\" is not a date",
    )?;
    refused(
        "hideUnobserved = \"2026-12-31\"; strategy = \"bind\";",
        "confinement.hideUnobserved needs a view, and confinement.strategy is bind",
    )?;
    Ok(())
}
