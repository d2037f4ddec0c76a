//! Services that the configuration leaves unconfined, with reasons.

use std::fs;

use anyhow::{Context, Result};
use confinix::bundle::read_sealed;
use confinix::rehearse::HoldsFor;
use confinix::service::UnitName;
use serde_json::{Value, json};

use crate::made::{Recording, graph, one, path, service};
use crate::support::{CHECKOUT, bundle, bundle_json, confinix, nix, scratch};

/// A services value with one service, and others that are not confined.
fn services(unconfined: &Value) -> Value {
    let mut services = one("web.service", &service(&format!("{}/bin/web", path(0))));
    services["unconfined"] = unconfined.clone();
    services
}

fn recording(unconfined: &Value) -> Result<(tempfile::TempDir, Recording)> {
    let dir = scratch()?;
    let recording = Recording::of(dir.path(), &services(unconfined), &graph(&[&[]]))?;
    Ok((dir, recording))
}

#[test]
fn a_bundle_reports_what_is_not_confined_and_why() -> Result<()> {
    let (dir, made) = recording(&json!({
        "printer.service": { "reason": "starts\u{1b}[31m filters" },
        "dbus.service": { "by": "confinix", "reason": "starts services" },
        "colord.service": { "by": "package", "reason": "only colord has its unit" },
        "old.service": { "reason": "<b>", "unneeded": "masked" },
    }))?;
    made.bundle()
        .fails(3, &["printer.service", "control character"])?;

    let unconfined = json!({
        "printer.service": { "reason": "starts filters" },
        "dbus.service": { "by": "confinix", "reason": "starts services" },
        "colord.service": { "by": "package", "reason": "only colord has its unit" },
        "old.service": { "reason": "<b>", "unneeded": "masked" },
    });
    let (_other, made) = recording(&unconfined)?;
    made.bundle().succeeds()?;
    let out = made.out();
    assert_eq!(bundle_json(&out)?["unconfined"], unconfined);
    confinix(["verify", "--offline"]).arg(&out).succeeds()?;

    let shown = confinix(["show"]).arg(&out).succeeds()?.stdout;
    for line in [
        "NOT CONFINED  LEFT OUT BY    REASON",
        "printer       configuration  starts filters",
        "dbus          confinix       starts services",
        "4 services are not confined",
    ] {
        assert!(shown.lines().any(|found| found == line), "{shown}");
    }
    let json = confinix(["show", "--json"]).arg(&out).succeeds()?.stdout;
    let json: Value = serde_json::from_str(&json)?;
    assert_eq!(json["unconfined"], unconfined);

    let audit = |more: &[&str]| {
        confinix(["audit", "--no-policy", "--no-foresight"])
            .args(more)
            .arg(&out)
            .run()
    };
    let told = audit(&[])?.stdout;
    for part in [
        "unneeded-exception: security.confinix.default.except.old is not needed: its unit is masked",
        "undeclared-service: colord.service is not confined: only colord has its unit; declare it: systemd.services.colord = { };",
        ", 4 services are not confined",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    assert_eq!(told.matches("unneeded-exception").count(), 1, "{told}");
    let json: Value = serde_json::from_str(&audit(&["--format", "json"])?.stdout)?;
    assert_eq!(json["summary"]["unconfined"], 4);

    let page = dir.path().join("page.html");
    confinix(["report", "--no-foresight", "--output"])
        .arg(&page)
        .arg(&out)
        .succeeds()?;
    let page = fs::read_to_string(page)?;
    assert!(
        page.contains("<td>configuration</td><td>&lt;b&gt;</td>"),
        "{page}"
    );
    Ok(())
}

#[test]
fn an_unconfined_service_needs_a_reason_and_is_not_confined() -> Result<()> {
    for (unconfined, what) in [
        (
            json!({ "mail.service": { "reason": " \n" } }),
            "without a reason",
        ),
        (json!({ "mail.service": {} }), "missing field `reason`"),
        (
            json!({ "web.service": { "reason": "x" } }),
            "among the services",
        ),
        (json!({ "mail": { "reason": "x" } }), "'.service'"),
        (
            json!({ "mail.service": { "reason": "x", "by": "me" } }),
            "me",
        ),
    ] {
        recording(&unconfined)?.1.refused(&[what])?;
    }
    Ok(())
}

#[test]
fn a_forged_bundle_with_a_service_that_is_both_is_refused() -> Result<()> {
    let (_dir, made) = recording(&json!({ "mail.service": { "reason": "x" } }))?;
    made.bundle().succeeds()?;
    let file = made.out().join("bundle.json");
    let text = fs::read_to_string(&file)?;
    for (from, to, what) in [
        (
            "\"mail.service\"",
            "\"web.service\"",
            "among the services as well",
        ),
        ("\"reason\": \"x\"", "\"reason\": \" \"", "without a reason"),
    ] {
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replace(from, to))?;
        let told = confinix(["verify", "--offline"]).arg(made.out()).run()?;
        let told = told.with_code(1)?.stdout;
        assert!(told.contains(what) && told.contains("the seal"), "{told}");
    }
    Ok(())
}

#[test]
fn a_service_that_is_only_confined_by_default_needs_no_command() -> Result<()> {
    let dir = scratch()?;
    let mut idle = service("");
    idle["exec"] = json!({});
    idle["confinement"]["byDefault"] = json!(true);
    let mut services = services(&json!({}));
    services["services"]["idle.service"] = idle.clone();
    let made = Recording::of(dir.path(), &services, &graph(&[&[]]))?;
    made.bundle().succeeds()?;
    let names = bundle_json(&made.out())?["services"].clone();
    assert_eq!(crate::support::keys(&names)?, ["web.service"]);

    idle["confinement"]["byDefault"] = json!(false);
    services["services"]["idle.service"] = idle;
    let dir = scratch()?;
    Recording::of(dir.path(), &services, &graph(&[&[]]))?
        .refused(&["idle.service", "has no Exec line"])?;
    Ok(())
}

/// A NixOS configuration as nix/module.nix makes it, as far as nix/services.nix reads it.
const CONFIGURATION: &str = r#"{
  security.confinix.default = {
    enable = true;
    exceptions = {
      mail = { reason = "x"; builtIn = false; isOwn = false; };
      host = { reason = "x"; builtIn = false; isOwn = false; };
      idle = { reason = "x"; builtIn = false; isOwn = false; };
      off = { reason = "x"; builtIn = false; isOwn = false; };
      nix-daemon = { reason = "x"; builtIn = true; isOwn = true; };
    };
  };
  systemd.services = let
    run.serviceConfig.ExecStart = "${builtins.toFile "run" ""} x";
    byDefault.confinement = { enable = true; byDefault = true; };
  in {
    web = run // byDefault;
    mail = run;
    host.serviceConfig.ExecStart = [ "/run/wrappers/bin/host" ];
    idle = { };
    off = run // { enable = false; };
    nix-daemon = { };
    "till@" = run // byDefault;
    "till@one" = { overrideStrategy = "asDropin"; } // byDefault;
    "till@two" = { overrideStrategy = "asDropin"; serviceConfig.ExecStop = "/x"; } // byDefault;
  };
}"#;

#[test]
fn a_configuration_tells_what_is_not_confined() -> Result<()> {
    let value = |options: &str| -> Result<Value> {
        let expr = format!("import {CHECKOUT}/nix/services.nix {options} {CONFIGURATION}");
        let ran = nix(["eval", "--impure", "--json", "--expr", &expr]).succeeds()?;
        Ok(serde_json::from_str(&ran.stdout)?)
    };
    let services = value("{ }")?;
    assert_eq!(
        services["unconfined"],
        json!({
            "mail.service": { "reason": "x" },
            "host.service": { "reason": "x", "unneeded": "no-store-path" },
            "idle.service": { "reason": "x", "unneeded": "no-command" },
            "off.service": { "reason": "x", "unneeded": "masked" },
            "nix-daemon.service": { "by": "confinix", "reason": "x" },
        })
    );
    let confined = services["services"].as_object().context("no services")?;
    let names: Vec<_> = confined.keys().map(String::as_str).collect();
    assert_eq!(names, ["till@.service", "till@two.service", "web.service"]);
    assert_eq!(
        services["services"]["web.service"]["confinement"]["byDefault"],
        true
    );
    assert_eq!(
        services["declared"].as_array().map(Vec::len),
        Some(9),
        "{services}"
    );
    // They are about the whole configuration.
    for options in ["{ all = true; }", "{ select = [ \"mail\" ]; }"] {
        let services = value(options)?;
        assert!(services.get("unconfined").is_none(), "{services}");
        assert!(services.get("declared").is_none(), "{services}");
    }
    Ok(())
}

#[test]
fn an_exception_for_a_service_that_starts_confined_by_a_record_is_not_needed() -> Result<()> {
    let dir = scratch()?;
    let at = |file: &str| dir.path().join(file);
    let configure = |mail: &str| {
        let text = CONFIGURATION.replace("mail = run;", &format!("mail = {mail};"));
        fs::write(at("system.nix"), text)
    };
    configure("run")?;
    bundle(["-f", "system.nix", "-s", "mail", "-o", "out"])
        .within(dir.path())
        .succeeds()?;
    let name = UnitName::parse("mail.service")?;
    let holds_for = HoldsFor::of(&read_sealed(&at("out"))?.services[&name]);
    let record = |verdict: &str, unit: &str| -> Result<()> {
        let holds_for = json!({ "closure": "other", "dropIn": holds_for.drop_in, "unit": unit });
        let recorded = json!({ "verdict": verdict, "holdsFor": holds_for, "control": behaviour() });
        let record = json!({ "version": 1, "services": { "mail.service": recorded } });
        Ok(fs::write(at("record.json"), record.to_string())?)
    };
    let unneeded = |target: &[&str]| -> Result<Option<String>> {
        let mut audit = confinix(["audit", "--no-policy", "--no-foresight"]);
        audit = audit.args(["--rehearsal", "record.json"]).args(target);
        let told = audit.within(dir.path()).succeeds()?.stdout;
        let said = "security.confinix.default.except.mail is not needed: ";
        let mut lines = told.lines();
        Ok(lines.find_map(|line| Some(line.split_once(said)?.1.to_owned())))
    };
    let file = ["-f", "system.nix"];
    let unit = holds_for.unit.to_string();
    record("starts", &unit)?;
    let told = "a rehearsal found that it starts confined";
    assert_eq!(unneeded(&file)?.as_deref(), Some(told));
    // An existing bundle does not have the commands of the service.
    bundle(["-f", "system.nix", "-o", "whole"])
        .within(dir.path())
        .succeeds()?;
    assert_eq!(unneeded(&["whole"])?, None);
    record("starts-with-changes", &unit)?;
    let with = format!("{told}, with the changes in its record");
    assert_eq!(unneeded(&file)?, Some(with));
    // As root on the system bus, it would stay out all the same.
    let with_bus = json!({ "place": "x", "text": "systemd.services.\"mail\".confinement.presets = [ \"dbus\" ];" });
    let mut on_bus: Value = serde_json::from_str(&fs::read_to_string(at("record.json"))?)?;
    on_bus["services"]["mail.service"]["changes"] = with_bus;
    fs::write(at("record.json"), on_bus.to_string())?;
    assert_eq!(unneeded(&file)?, None);
    record("fails", &unit)?;
    assert_eq!(unneeded(&file)?, None);
    record("starts", &unit.replace(['0', '1', '2', '3', '4'], "5"))?;
    assert_eq!(unneeded(&file)?, None);
    // What was rehearsed is not what it is now, or is of a kind that stays out all the same.
    record("starts", &unit)?;
    configure("run // { serviceConfig = run.serviceConfig // { Nice = 1; }; }")?;
    assert_eq!(unneeded(&file)?, None);
    let bus =
        r#"run // { serviceConfig = run.serviceConfig // { Type = "dbus"; BusName = "a.b"; }; }"#;
    configure(bus)?;
    bundle(["-f", "system.nix", "-s", "mail", "-o", "bus"])
        .within(dir.path())
        .succeeds()?;
    let on_bus = HoldsFor::of(&read_sealed(&at("bus"))?.services[&name]);
    record("starts", &on_bus.unit.to_string())?;
    assert_eq!(unneeded(&file)?, None);
    Ok(())
}

fn behaviour() -> Value {
    json!({
        "starts": true, "state": "active (running)", "result": "success", "status": null, "restarts": false,
        "meetsConditions": true, "reloads": null, "listens": [], "probe": null, "stop": "success",
    })
}
