//! Views that services have of their own (`confinement.observe`).

use anyhow::{Context, Result};

use super::{Forged, UNITS, instantiated};
use crate::support::{bundle, confinix, drop_in, scratch};

/// Two services with the same closure, of which one has a view of its own.
const TWO: &str = r#"
    let confined = more: {
      confinement = { enable = true; } // more;
      serviceConfig.ExecStart = "${builtins.toFile "x" ""}";
    }; in {
      services.web = confined { observe = true; };
      services.api = confined { };
    }"#;

/// The name of `web.service` where views are mounted: the digest of the name.
const TOKEN: &str = "c76ab37237878155be1e54ef0600a438";

fn files(forged: &Forged) -> Result<Vec<String>> {
    let files = forged.json["view"]["files"].as_array();
    let paths = files.context("no views")?.iter();
    Ok(paths
        .map(|file| file["path"].as_str().unwrap_or_default().to_owned())
        .collect())
}

#[test]
fn a_service_that_is_observed_sees_its_closure_on_a_file_system_of_its_own() -> Result<()> {
    let made = Forged::made(&["--expr", TWO], "image")?;
    let id = made.json["view"]["image"].as_str().context("no image")?;
    let closure = made.json["services"]["web.service"]["closure"].as_str();
    let closure = closure.context("no closure")?;
    assert_eq!(made.json["services"]["api.service"]["closure"], closure);
    let own = drop_in(&made.dir, "web.service")?;
    let bind = format!("BindReadOnlyPaths=/run/confinix/own/{TOKEN}/{closure}:/nix/store\n");
    assert!(own.ends_with(&bind), "{own}");
    let shared = drop_in(&made.dir, "api.service")?;
    let bind = format!("BindReadOnlyPaths=/run/confinix/views/{closure}:/nix/store\n");
    assert!(shared.ends_with(&bind), "{shared}");
    let mount = format!("{UNITS}/run-confinix-view-{id}.{TOKEN}.mount");
    let links = format!("{UNITS}/confinix-view@{id}.service.d/zz-own.conf");
    let listed = files(&made)?;
    assert!(
        listed.contains(&mount) && listed.contains(&links),
        "{listed:?}"
    );
    confinix(["verify", "--offline"])
        .arg(&made.dir)
        .succeeds()?;
    let ran = instantiated(&made.dir)?;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    // A unit that is active mounts no more, so another set of views needs another image.
    let without = TWO.replace("observe = true;", "");
    let without = Forged::made(&["--expr", &without], "image")?;
    assert_ne!(without.json["view"]["image"], id);
    assert_eq!(files(&without)?.len() + 2, listed.len());

    for (unit, from, to) in [
        (&mount, "ro,", "rw,"),
        (&mount, ":/nix/store\n", ":/home\n"),
        (&links, "Wants=", "Wants=evil.service "),
        (&links, "/run/confinix/own ", "/etc "),
    ] {
        let mut forged = made.again()?;
        forged.edit(unit, from, to)?;
        forged
            .refused(&[unit, "line ", "view.files["])
            .with_context(|| to.to_owned())?;
    }
    let mut forged = made.again()?;
    forged.service("api.service")["observe"] = true.into();
    forged.refused(&["api.service"])
}

#[test]
fn only_a_service_with_a_view_can_be_observed() -> Result<()> {
    let made = Forged::made(&["--expr", TWO], "bind")?;
    let strategy = |name: &str| made.json["services"][name]["strategy"].clone();
    assert_eq!(strategy("web.service"), "image");
    assert_eq!(strategy("api.service"), "bind");
    let other = TWO.replace("observe = true;", "observe = true; strategy = \"bind\";");
    bundle(["--expr", &other]).fails(
        3,
        &["confinement.observe needs a view, and confinement.strategy is bind: set it to image, or drop one of the two"],
    )?;
    bundle(["--expr", &TWO.replace("observe = true;", "observe = 1;")])
        .fails(3, &["services.web: confinement.observe is"])?;
    let mut forged = made.again()?;
    forged.service("api.service")["observe"] = true.into();
    forged.refused(&[
        "api.service",
        "observe is set, which needs a strategy with a view",
    ])
}

#[test]
fn units_are_observed_as_confinix_toml_has_it() -> Result<()> {
    let scratch = scratch()?;
    let units = scratch.path().join("units");
    std::fs::create_dir(&units)?;
    std::fs::write(
        units.join("web.service"),
        "[Service]\nExecStart=/bin/true\n",
    )?;
    std::fs::write(
        scratch.path().join("confinix.toml"),
        "[services.web]\nenable = true\nobserve = true\n",
    )?;
    let out = scratch.path().join("out");
    bundle(["--units", "units", "-o", "out"])
        .within(scratch.path())
        .succeeds()?;
    let text = drop_in(&out, "web.service")?;
    assert!(text.contains("/run/confinix/own/"), "{text}");
    Ok(())
}
