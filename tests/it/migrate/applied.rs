//! Services with the configuration that a migration wrote.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Place;
use crate::support::{confinix, program};

/// What the written file sets, merged into the services as NixOS would.
const APPLIED: &str = r"
let
  base = (import ./services.nix).services;
  module = import ./confined.nix { pkgs = { }; lib.mkForce = value: value; };
  merge = name: service: service // (module.systemd.services.${name} or { }) // {
    serviceConfig = service.serviceConfig // (module.systemd.services.${name}.serviceConfig or { });
  };
in
{ services = builtins.mapAttrs merge base; }
";

#[test]
fn with_the_file_the_services_are_confined_and_nothing_more_is_found() -> Result<()> {
    let place = Place::new()?;
    place.migrate(&[])?.with_code(0)?;
    place.write("applied.nix", APPLIED)?;
    let check = |file: &str| {
        let run = confinix([
            "check",
            "--quiet",
            "-f",
            file,
            "-s",
            "bus",
            "-s",
            "works",
            "--no-policy",
        ]);
        run.within(place.path(".")).run()
    };
    check("services.nix")?.with_code(1)?;
    check("applied.nix")?.with_code(0)?;
    let listed = confinix(["services", "--quiet", "-f", "applied.nix"]).within(place.path("."));
    let listed: Value = serde_json::from_str(&listed.succeeds()?.stdout)?;
    let names: Vec<_> = listed["services"]
        .as_object()
        .context("no services")?
        .keys()
        .collect();
    assert_eq!(names, ["bus.service", "plain.service", "works.service"]);

    // The file is a part of the configuration now. Another run keeps what is in effect, and adds what is new.
    let before = place.read("confined.nix")?;
    place.run(&["-f", "applied.nix", "--check"]).succeeds()?;
    place.edit(
        "services.nix",
        "User = \"bus\"",
        "User = \"bus\"; WorkingDirectory = \"/srv/bus\"",
    )?;
    place.run(&["-f", "applied.nix"]).succeeds()?;
    let after = place.read("confined.nix")?;
    assert!(
        after.contains("\"/srv/bus\"") && after.contains("\"dbus\""),
        "{after}"
    );
    let rest = |text: &str| text.split("block lost.service").nth(1).map(str::to_owned);
    assert_eq!(rest(&after), rest(&before));
    let evaluated = program(
        "nix-instantiate",
        [
            "--eval",
            "--strict",
            "-E",
            "(import ./confined.nix { pkgs = { }; lib.mkForce = value: value; }).security.confinix.default.except.lost.reason",
        ],
    );
    assert!(
        evaluated
            .within(place.path("."))
            .succeeds()?
            .stdout
            .starts_with("\"command-missing: ")
    );
    Ok(())
}

/// A store path that nothing has can't be in the context of a string, so no line names it.
#[test]
fn what_is_written_can_be_evaluated_though_a_store_path_is_missing() -> Result<()> {
    let place = Place::new()?;
    let env = format!("/nix/store/{}-env", "1".repeat(32));
    let service = format!(
        "env.serviceConfig = {{ ExecStart = \"${{tool}}/bin/tool\"; EnvironmentFile = \"{env}\"; }};"
    );
    place.services(&service)?;
    place.migrate(&[])?.with_code(0)?;
    place.write("applied.nix", APPLIED)?;
    let run = confinix(["services", "--quiet", "-f", "applied.nix"]);
    run.within(place.path(".")).succeeds()?;
    let text = place.read("confined.nix")?;
    assert!(
        text.contains("# may not work: environment-file-missing: "),
        "{text}"
    );
    Ok(())
}

#[test]
fn what_the_configuration_decides_by_name_is_left_to_it() -> Result<()> {
    let place = Place::new()?;
    place.services(
        r#"
        lost = { confinement.enable = true; serviceConfig.ExecStart = "${tool}/bin/lost"; };
        "x@".serviceConfig.ExecStart = "${tool}/bin/sshd";
        "x@one".serviceConfig.ExecStart = [ "" "${tool}/bin/tool" ];
    "#,
    )?;
    let told = place.migrate(&[])?.with_code(0)?.stdout;
    let said =
        "lost.service: configured in the configuration, which confines it; confinix would write\n";
    assert!(told.contains(said), "{told}");
    // An exception for a template is for its instances.
    for name in ["x@", "x@one"] {
        let said = format!("{name}.service: stays out: it needs the host's root");
        assert!(told.contains(&said), "{told}");
    }
    let text = place.read("confined.nix")?;
    assert!(!text.contains("block lost.service"), "{text}");
    Ok(())
}

#[test]
fn what_is_written_after_many_rounds_was_looked_at() -> Result<()> {
    // Each script runs the next one, which only looking at it with this one in the closure tells.
    let place = Place::new()?;
    let add = |file: &std::path::Path| program("nix-store", ["--add"]).arg(file).succeeds();
    fs::copy(place.path("tool/bin/tool"), place.path("tool/bin/sh"))?;
    let shell = add(&place.path("tool"))?.stdout.trim().to_owned();
    let mut next = "/nowhere".to_owned();
    for number in (0..16).rev() {
        let name = format!("script{number}");
        place.write(&name, &format!("#!{shell}/bin/sh\n{next} || true\n"))?;
        fs::set_permissions(place.path(&name), fs::Permissions::from_mode(0o755))?;
        next = add(&place.path(&name))?.stdout.trim().to_owned();
    }
    fs::create_dir(place.path("units"))?;
    place.write(
        "units/chain.service",
        &format!("[Service]\nExecStart={next} {shell}\n"),
    )?;
    let told = place.run(&["--units", "units"]).succeeds()?.stdout;
    let text = place.read("confinix.toml")?;
    let added = (1..16).filter(|number| text.contains(&format!("-script{number}\",\n")));
    let last = added.max().context("nothing was added")?;
    assert!(last < 15, "{text}");
    let said = format!("may not work: path-outside-closure: /nix/store/…-script{last} names");
    assert!(told.contains(&said), "{said}: {told}");
    Ok(())
}
