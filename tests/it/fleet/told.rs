//! What is told about several hosts.

use std::fs;

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::Value;

use super::{HOSTS, bundle_of, run, sound};
use crate::support::{confinix, scratch};

const POLICY: &str =
    "[[rule]]\ndeny = [{ package = \"openssl-1.1*\", reason = \"no longer maintained\" }]\n";

#[test]
fn findings_of_one_cause_are_one_entry() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), HOSTS)?;
    fs::write(here.join("confinix.toml"), POLICY)?;
    let audit = |options: &[&str]| {
        let options = [&["audit", "--no-foresight"], options].concat();
        run(here, &options).env("COLUMNS", "100")
    };
    assert_snapshot!(audit(&[]).run()?.with_code(3)?.stdout);
    let verbose = audit(&["--verbose"]).run()?.with_code(3)?.stdout;
    assert!(
        verbose.contains("web1:web.service, web2:mail.service, web2:web.service"),
        "{verbose}"
    );
    let some = audit(&["-s", "mail", "--keep-going"])
        .run()?
        .with_code(1)?
        .stdout;
    assert!(some.contains("web2:mail.service"), "{some}");
    assert_snapshot!(audit(&["--format", "markdown"]).run()?.with_code(3)?.stdout);
    let json: Value = serde_json::from_str(
        &audit(&["--json", "--keep-going"])
            .run()?
            .with_code(1)?
            .stdout,
    )?;
    let findings = json["findings"].as_array().map_or(0, Vec::len);
    assert_eq!(findings, 3);
    assert_eq!(
        (
            &json["findings"][0]["host"],
            &json["findings"][0]["service"]
        ),
        (&"web1".into(), &"web.service".into())
    );
    Ok(())
}

#[test]
fn a_baseline_accepts_findings_of_hosts() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    fs::write(here.join("confinix.toml"), POLICY)?;
    let audit = ["audit", "--no-foresight", "--baseline", "accepted.toml"];
    run(here, &[&audit[..], &["--update-baseline"]].concat()).succeeds()?;
    let text = fs::read_to_string(here.join("accepted.toml"))?;
    assert!(
        text.contains("{ host = \"web1\", service = \"web.service\""),
        "{text}"
    );
    run(here, &audit).succeeds()?;
    fs::write(here.join("accepted.toml"), text.replace("web1", "web9"))?;
    let ran = run(here, &audit).run()?.with_code(1)?;
    assert!(ran.stdout.contains("web1:web.service"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("web9:web.service no longer has"),
        "{}",
        ran.stdout
    );
    Ok(())
}

#[test]
fn why_and_show_take_services_of_hosts() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    bundle_of(here, &["-o", "out"]).succeeds()?;
    let of_bundles = |arguments: &[&str]| confinix(arguments).within(here);
    assert_snapshot!(
        of_bundles(&["why", "out", "*", "openssl"])
            .succeeds()?
            .stdout
    );
    let one = of_bundles(&["why", "out", "web1:w*", "openssl"])
        .succeeds()?
        .stdout;
    assert!(
        one.contains("web1:web.service") && one.contains("1 of 1 service sees openssl"),
        "{one}"
    );
    of_bundles(&["why", "out", "*", "perl"])
        .run()?
        .with_code(1)?;
    of_bundles(&["why", "out", "db", "perl"]).fails(3, &["no host has a service db"])?;
    let json = run(here, &["why", "--json", "web", "openssl"])
        .succeeds()?
        .stdout;
    let json: Value = serde_json::from_str(&json)?;
    assert_eq!(
        (
            &json["services"][1]["host"],
            &json["services"][1]["service"]
        ),
        (&"web2".into(), &"web.service".into())
    );
    assert_snapshot!(of_bundles(&["show", "out"]).succeeds()?.stdout);
    of_bundles(&["show", "--json", "out"]).succeeds()?;
    let shown = of_bundles(&["show", "out", "web2:mail"]).succeeds()?.stdout;
    assert!(shown.starts_with("mail.service: 2 store paths"), "{shown}");
    of_bundles(&["show", "out", "web"])
        .fails(2, &["2 services match web: name one, such as web1:web"])?;
    of_bundles(&["show", "out", "--surface"])
        .fails(2, &["--surface has no effect on a list of hosts"])?;
    Ok(())
}

#[test]
fn a_change_of_several_hosts_is_one_entry_for_reviewers() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    bundle_of(here, &["-o", "old"]).succeeds()?;
    let changed = HOSTS
        .replace("openssl-1.1.1", "openssl-3.0.1")
        .replace("quiet", "calm");
    fs::write(here.join("hosts.nix"), changed)?;
    let diff = |options: &[&str]| {
        run(here, &[&["diff", "old"], options].concat())
            .run()?
            .with_code(3)
    };
    assert_snapshot!(diff(&["--format", "markdown"])?.stdout);
    assert_snapshot!(diff(&[])?.stdout);
    let same = confinix(["diff", "old", "old", "--exit-code", "--json"])
        .within(here)
        .succeeds()?;
    let json: Value = serde_json::from_str(&same.stdout)?;
    assert_eq!(json["unchanged"], 3);
    confinix(["diff", "old/web1", "old"]).within(here).fails(
        2,
        &["old/web1 is one host, and the other target is a set of hosts"],
    )?;
    Ok(())
}

/// GitHub refuses comments of more than 65,536 characters.
#[test]
fn a_comment_for_reviewers_is_cut_between_changes() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    let hosts = |number: usize, version: &str, more: &str| {
        format!(
            r#"let
  inherit (builtins) genList listToAttrs toFile;
  service = n: {{
    name = "service-{more}-${{toString n}}";
    value = {{ confinement.enable = true; serviceConfig.ExecStart = "${{toFile "web-{version}" ""}} ${{toString n}}"; }};
  }};
in
{{ web1.services = listToAttrs (genList service {number}); web2.services = {{ }}; }}
"#
        )
    };
    let diff = || run(here, &["diff", "old", "--format", "markdown"]).succeeds();
    fs::write(here.join("hosts.nix"), hosts(500, "1.0", ""))?;
    bundle_of(here, &["-o", "old"]).succeeds()?;
    fs::write(here.join("hosts.nix"), hosts(500, "2.0", ""))?;
    let text = diff()?.stdout;
    let length = text.chars().count();
    assert!((60_000..=65_536).contains(&length), "{length}");
    assert_eq!(text.matches("\n| `web1:service-").count(), 500);
    let details = text.matches("<details>").count();
    assert_eq!(text.matches("\n</details>\n").count(), details);
    let end = |left_out: &str| {
        format!(
            "This comment leaves out {left_out}, because GitHub accepts 65536 characters. The other formats have all of them.\n"
        )
    };
    let left_out = end(&format!("the details of {} changes", 500 - details));
    assert!(text.ends_with(&left_out), "{}", &text[text.len() - 300..]);
    // Services that are new have no details.
    fs::write(
        here.join("hosts.nix"),
        "{ web1.services = { }; web2.services = { }; }",
    )?;
    bundle_of(here, &["-o", "old"]).succeeds()?;
    let long = "x".repeat(150);
    fs::write(here.join("hosts.nix"), hosts(500, "1.0", &long))?;
    let text = diff()?.stdout;
    let length = text.chars().count();
    assert!((60_000..=65_536).contains(&length), "{length}");
    let rows = text.matches("\n| `web1:service-").count();
    let left_out = end(&format!("{} changes", 500 - rows));
    assert!(text.ends_with(&left_out), "{}", &text[text.len() - 300..]);
    Ok(())
}

#[test]
fn a_fleet_is_checked_and_every_host_is_reported() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    let missing = HOSTS.replace("runs ${library}", "");
    let missing = missing.replace(
        "web2.services.mail = service \"--two\";",
        r##"web2.services.mail = { confinement.enable = true; serviceConfig.ExecStart = "${file "mail-1.0" "#!/bin/missing\n"} --two"; };"##,
    );
    fs::write(here.join("hosts.nix"), missing)?;
    let check = |options: &[&str]| run(here, &[&["check", "--no-policy"], options].concat());
    let json = |code: i32, options: &[&str]| {
        let ran = check(options).run()?.with_code(code)?;
        Ok::<Value, anyhow::Error>(serde_json::from_str(&ran.stdout)?)
    };
    let all = json(3, &["--json"])?;
    assert_eq!(all["failed"][0]["host"], "broken");
    let findings = all["findings"].as_array().cloned().unwrap_or_default();
    let of = |host: &str, service: &str| {
        let is_it = |f: &&Value| f["host"] == host && f["service"] == service;
        findings.iter().filter(is_it).count()
    };
    assert!(of("web2", "mail.service") > 0, "{findings:?}");
    assert_eq!(of("web1", "web.service"), of("web2", "web.service"));
    assert!(findings.iter().all(|finding| finding["host"] != "quiet"));
    json(1, &["--json", "--keep-going"])?;
    let one = json(0, &["--json", "--hosts", "quiet"])?;
    assert_eq!(one["findings"], Value::Array(Vec::new()));
    Ok(())
}

#[test]
fn commands_for_one_host_say_so() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    run(here, &["services"]).fails(2, &["this is a set of hosts", "quiet, web1, web2"])?;
    run(here, &["enter", "web"]).fails(2, &["this is a set of hosts"])?;
    Ok(())
}
