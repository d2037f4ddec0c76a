//! What hosts need and the store lacks, and bundles that configurations make themselves.

use std::fs;

use anyhow::{Context, Result};

use super::{bundle_of, run, sound};
use crate::support::{files, names, scratch};

#[test]
fn a_store_path_that_can_not_be_had_fails_only_the_hosts_that_need_it() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    let hosts = sound().replace(
        "  quiet",
        r#"
  lost.services.web = { confinement.enable = true; serviceConfig.ExecStart =
    builtins.appendContext "/nix/store/00000000000000000000000000000000-lost" { }; confinement.packages = [ unbuilt ]; };
  lost2.services.web = { confinement.enable = true; serviceConfig.ExecStart = unbuilt; };
  built.services.web = { confinement.enable = true; serviceConfig.ExecStart = buildable; };
  quiet"#,
    );
    let word = here.file_name().context("no name")?.to_string_lossy();
    let build = |name: &str, script: &str| {
        format!(
            r#"derivation {{ name = "{name}"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "{script}" ]; }}"#
        )
    };
    let hosts = hosts.replacen(
        "let\n",
        &format!(
            "let\n  unbuilt = \"${{{}}}\";\n  buildable = \"${{{}}}\";\n",
            build("unbuilt", &format!("echo {word} >&2; exit 1")),
            build("buildable", &format!("echo {word} > $out"))
        ),
        1,
    );
    fs::write(here.join("hosts.nix"), hosts)?;
    let ran = bundle_of(here, &["-o", "out"]).run()?.with_code(3)?;
    ran.saying(&["confinix: lost: ", "confinix: lost2: ", "unbuilt for lost"])?;
    assert_eq!(
        names(&here.join("out"))?,
        ["built", "quiet", "web1", "web2"]
    );
    Ok(())
}

/// The configuration of a host that imports the module has its bundle as a derivation.
#[test]
fn bundles_that_configurations_make_themselves_are_built_together() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    bundle_of(here, &["-o", "made"]).succeeds()?;
    let own = |host: &str, script: &str| {
        format!(
            r#"  {host}.config = {{
    systemd.services = throw "the services are not evaluated";
    security.confinix.bundle = derivation {{ name = "bundle"; system = builtins.currentSystem; builder = "/bin/sh";
      args = [ "-c" "PATH=/bin:/usr/bin; {script}" ]; }};
  }};
"#
        )
    };
    let copy = |host: &str| own(host, &format!("cp -r ${{./made/{host}}} $out"));
    let hosts = format!(
        "{{\n{}{}{}{}}}",
        copy("web1"),
        copy("web2"),
        own("no", "exit 1"),
        "  odd.config = { systemd.services = { }; security.confinix.bundle = \"/etc/bundle\"; };\n"
    );
    fs::write(here.join("hosts.nix"), hosts)?;
    // An option for making bundles would evaluate the services.
    let ran = run(here, &["bundle", "-o", "out", "--strategy", "auto"])
        .run()?
        .with_code(3)?;
    ran.saying(&[
        "confinix: no: cannot build",
        "no:security.confinix.bundle",
        "confinix: odd: security.confinix.bundle: ",
    ])?;
    for host in ["web1", "web2"] {
        assert_eq!(
            files(&here.join("out").join(host))?,
            files(&here.join("made").join(host))?
        );
    }
    Ok(())
}

#[test]
fn an_option_that_changes_bundles_evaluates_the_services() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    let host = r#"{ web.config = { systemd.services = throw "its services are evaluated"; security.confinix.bundle = throw "its bundle is evaluated"; };
  other.services.web.serviceConfig.ExecStart = "/bin/true"; }"#;
    fs::write(here.join("hosts.nix"), host)?;
    let bundle = |options: &[&str]| run(here, &[&["bundle", "-o", "out"], options].concat());
    for options in [
        &["-s", "web"][..],
        &["--all"],
        &["--include", "path"],
        &["--preset", "dns"],
        &["--hide", "docs"],
        &["--strategy", "bind"],
        &["--target-kernel", "6.12"],
        &["--no-build"],
    ] {
        let ran = bundle(options).run()?.with_code(3)?;
        ran.saying(&["confinix: web: ", "its services are evaluated"])?;
    }
    let ran = bundle(&["--strategy", "auto", "--eval-workers", "1"])
        .run()?
        .with_code(3)?;
    ran.saying(&["confinix: web: ", "its bundle is evaluated"])?;
    Ok(())
}
