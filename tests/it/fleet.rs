//! Several hosts at once: sets of hosts, directories of bundles, several targets.

mod built;
mod evaluators;
mod jobs;
mod page;
mod told;

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::support::{
    CHECKOUT, OFFLINE, Run, bundle, bundle_json, confinix, files, names, scratch,
};

/// Three hosts of which two share a service, one has none to confine, and one can't be evaluated.
const HOSTS: &str = r#"
let
  file = builtins.toFile;
  library = file "openssl-1.1.1" "";
  service = text: { confinement.enable = true; serviceConfig.ExecStart = "${file "web-1.0" "runs ${library}"} ${text}"; };
in
{
  web1.services.web = service "--one";
  web2.services.web = service "--one";
  web2.services.mail = service "--two";
  quiet.services.x.serviceConfig.ExecStart = "/bin/true";
  broken = throw "this host is broken";
}
"#;

/// The hosts without the broken one.
fn sound() -> String {
    HOSTS.replace("  broken = throw \"this host is broken\";\n", "")
}

/// Returns a run of a subcommand on the hosts in `hosts.nix`.
fn run(directory: &Path, arguments: &[&str]) -> Run {
    confinix(arguments)
        .args(OFFLINE)
        .args(["-f", "hosts.nix"])
        .within(directory)
}

fn bundle_of(directory: &Path, arguments: &[&str]) -> Run {
    bundle(["-f", "hosts.nix"])
        .args(arguments)
        .within(directory)
}

#[test]
fn every_host_of_a_set_gets_the_bundle_that_it_gets_alone() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    let ran = bundle_of(here, &["-o", "out"]).succeeds()?;
    assert_eq!(names(&here.join("out"))?, ["quiet", "web1", "web2"]);
    assert!(
        ran.stdout.contains("out/web2: 2 services"),
        "{}",
        ran.stdout
    );
    for host in ["web1", "web2"] {
        bundle_of(here, &[host, "-o", host]).succeeds()?;
        assert_eq!(
            files(&here.join("out").join(host))?,
            files(&here.join(host))?
        );
    }
    // Again, over what is there, and with another number of evaluators.
    let before = files(&here.join("out"))?;
    for workers in ["1", "4"] {
        bundle_of(here, &["-o", "out", "--eval-workers", workers]).succeeds()?;
        assert_eq!(files(&here.join("out"))?, before, "{workers} workers");
    }
    // The bundle of one host and those of several don't replace each other.
    bundle_of(here, &["-o", "web1"]).fails(3, &["it is the bundle of one host"])?;
    bundle_of(here, &["web1", "-o", "out"]).fails(3, &["is not a bundle"])?;
    assert_eq!(files(&here.join("out"))?, before);
    Ok(())
}

#[test]
fn a_host_that_fails_does_not_end_the_others() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), HOSTS)?;
    let ran = bundle_of(here, &["-o", "out"]).run()?.with_code(3)?;
    ran.saying(&["confinix: broken: ", "this host is broken"])?;
    assert_eq!(names(&here.join("out"))?, ["quiet", "web1", "web2"]);
    bundle_of(here, &["-o", "out", "--keep-going"]).succeeds()?;
    let audit = ["audit", "--no-policy", "--no-foresight", "--json"];
    run(here, &audit).run()?.with_code(3)?;
    let ran = run(here, &audit).arg("--keep-going").succeeds()?;
    let json: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(
        (&json["summary"]["hosts"], &json["summary"]["services"]),
        (&4.into(), &3.into())
    );
    assert_eq!(json["failed"][0]["host"], "broken");
    run(here, &["audit", "--hosts", "broken"]).fails(3, &["the only host failed"])?;
    Ok(())
}

#[test]
fn hosts_are_selected_by_their_names() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), HOSTS)?;
    bundle_of(here, &["--hosts", "web*", "--hosts", "quiet", "-o", "out"]).succeeds()?;
    assert_eq!(names(&here.join("out"))?, ["quiet", "web1", "web2"]);
    bundle_of(here, &["--hosts", "w?b1", "-o", "one"]).succeeds()?;
    assert_eq!(names(&here.join("one"))?, ["web1"]);
    bundle_of(here, &["--hosts", "db*", "-o", "no"]).fails(
        2,
        &["no host matches --hosts db*", "broken, quiet, web1, web2"],
    )?;
    bundle_of(here, &["--hosts", "[", "-o", "no"]).fails(2, &["\"[\" is not a glob"])?;
    // Not every host has the service.
    bundle_of(here, &["-s", "mail", "--hosts", "web*", "-o", "mail"]).succeeds()?;
    assert!(
        bundle_json(&here.join("mail/web1"))?["services"]
            .as_object()
            .is_some_and(serde_json::Map::is_empty)
    );
    run(here, &["show", "--hosts", "web*", "-s", "mial"])
        .fails(3, &["no host has a service mial"])?;
    // Of bundles that exist.
    let shown = confinix(["show", "--json", "out", "--hosts", "web2"])
        .within(here)
        .succeeds()?;
    let json: Value = serde_json::from_str(&shown.stdout)?;
    assert_eq!(json["hosts"][0]["host"], "web2");
    assert_eq!(json["hosts"].as_array().map(Vec::len), Some(1));
    let shown = confinix(["show", "--json", "out", "-s", "mail"])
        .within(here)
        .succeeds()?;
    let json: Value = serde_json::from_str(&shown.stdout)?;
    let services = |host: usize| json["hosts"][host]["services"].as_array().map(Vec::len);
    assert_eq!([0, 1, 2].map(services), [Some(0), Some(0), Some(1)]);
    confinix(["show", "out", "-s", "mial"])
        .within(here)
        .fails(3, &["no host has a service mial"])?;
    confinix(["show", "one/web1", "--hosts", "x"])
        .within(here)
        .fails(
            2,
            &["--hosts x has no effect on one/web1, which is one host"],
        )?;
    confinix(["audit", "one", "--eval-workers", "2"])
        .within(here)
        .fails(2, &["--eval-workers has no effect"])?;
    Ok(())
}

#[test]
fn a_set_is_told_from_the_configuration_of_one_host() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    let service =
        r#"services.web = { confinement.enable = true; serviceConfig.ExecStart = "/bin/true"; }"#;
    let system = service.replace("services.web", "config.systemd.services.web");
    for (hosts, expected) in [
        // A plain set of one host is a set of hosts too; one NixOS system stands for itself, as the only one of a flake.
        (format!("{{ web.{service}; }}"), Some(vec!["web"])),
        (format!("{{ web.{system}; }}"), None),
        (format!("{{ {service}; }}"), None),
        (
            format!("{{ a.{system}; b.{service}; }}"),
            Some(vec!["a", "b"]),
        ),
        (
            format!("{{ x ? 1 }}: {{ a.{service}; b = {{ y ? 2 }}: {{ {service}; }}; }}"),
            Some(vec!["a", "b"]),
        ),
    ] {
        fs::write(here.join("hosts.nix"), &hosts)?;
        let _ = fs::remove_dir_all(here.join("out"));
        bundle_of(here, &["-o", "out"]).succeeds()?;
        let found = names(&here.join("out"))?;
        match expected {
            Some(expected) => assert_eq!(found, expected, "{hosts}"),
            None => assert!(found.contains(&"bundle.json".to_owned()), "{hosts}"),
        }
    }
    fs::write(here.join("hosts.nix"), "{ a = 1; }")?;
    bundle_of(here, &["-o", "no"]).fails(3, &["expected a NixOS system"])?;
    fs::write(here.join("hosts.nix"), "{ }")?;
    bundle_of(here, &["--hosts", "*", "-o", "no"]).fails(2, &["the set of hosts is empty"])?;
    Ok(())
}

#[test]
fn odd_names_and_hosts_that_are_named_twice_are_told() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    let odd = sound()
        .replace("quiet", "\"a/../b\"")
        .replace("web2", "\"web \u{1b}[31m\"");
    fs::write(here.join("hosts.nix"), odd)?;
    let ran = bundle_of(here, &["-o", "out"]).run()?.with_code(3)?;
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    ran.saying(&[
        "\"a/../b\" can't be the name of a host",
        "rename the attribute",
    ])?;
    assert!(names(&here.join("out"))?.contains(&"web1".to_owned()));
    fs::create_dir(here.join("other"))?;
    bundle_of(here, &["web1", "-o", "other/web1"]).succeeds()?;
    confinix(["audit", "out/web1", "other/web1"])
        .within(here)
        .fails(2, &["other/web1 and out/web1 are both the host web1"])?;
    let ran = confinix([
        "audit",
        "--no-policy",
        "--no-foresight",
        "out/web1",
        "./out/web1",
    ])
    .within(here)
    .succeeds()?;
    ran.saying(&["./out/web1 is given twice"])?;
    bundle_of(here, &["web1", "-o", "out/web:2"]).succeeds()?;
    let ran = confinix(["audit", "--no-policy", "--no-foresight", "out"])
        .within(here)
        .run()?
        .with_code(3)?;
    let ran = ran.saying(&["confinix: out/web:2: \"web:2\" can't be the name of a host"])?;
    assert!(ran.stdout.contains("2 hosts (1 failed)"), "{}", ran.stdout);
    Ok(())
}

#[test]
fn hosts_may_have_different_stores() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    for (name, store) in [("usual", "/nix/store"), ("other", "/gnu/store")] {
        for file in ["services.json", "graph.json"] {
            let text = fs::read_to_string(Path::new(CHECKOUT).join("fixtures/demo").join(file))?;
            fs::write(here.join(file), text.replace("/nix/store", store))?;
        }
        bundle([
            "--services",
            "services.json",
            "--graph",
            "graph.json",
            "-o",
            name,
        ])
        .within(here)
        .succeeds()?;
    }
    let ran = confinix([
        "audit",
        "usual",
        "other",
        "--no-policy",
        "--no-foresight",
        "--json",
    ])
    .within(here)
    .run()?;
    let json: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(json["summary"]["services"], 6);
    Ok(())
}
