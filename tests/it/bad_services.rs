//! Services values that can't be confined: confinix refuses each with place and remedy, and writes nothing.

mod confinement;

use anyhow::Result;
use serde_json::{Value, json};

use crate::made::{self, Recording};
use crate::support::{bundle, scratch};

/// confinix must refuse the services in `services` with these words.
pub fn refused(services: impl AsRef<[u8]>, parts: &[&str]) -> Result<()> {
    let scratch = scratch()?;
    let said = Recording::new(
        scratch.path(),
        services,
        made::graph(&[&[], &[]]).to_string(),
    )?
    .refused(parts)?;
    assert!(!said.contains("panicked"), "{said}");
    Ok(())
}

/// confinix must refuse a changed service with these words.
fn refused_service(change: impl FnOnce(&mut Value), parts: &[&str]) -> Result<()> {
    let mut service = made::service(&made::path(0));
    change(&mut service);
    refused(made::one("a.service", &service).to_string(), parts)
}

#[test]
fn no_services_at_all() -> Result<()> {
    let empty = json!({ "version": 1, "storeDir": "/nix/store", "services": {} });
    refused(
        empty.to_string(),
        &[
            "there is no service to confine",
            "confinement.enable",
            "--all",
        ],
    )?;
    let scratch = scratch()?;
    bundle(["--expr", "{ services = { }; }"])
        .within(scratch.path())
        .fails(3, &["there is no service to confine"])?;
    bundle([
        "--expr",
        "{ services.a.serviceConfig.ExecStart = \"/bin/a\"; }",
    ])
    .within(scratch.path())
    .fails(3, &["there is no service to confine"])?;
    assert!(crate::support::names(scratch.path())?.is_empty());
    Ok(())
}

#[test]
fn a_service_without_a_command() -> Result<()> {
    let words = [
        "a.service can't be confined: it has no Exec line",
        "ExecStart",
        "systemd.packages",
    ];
    refused_service(|service| service["exec"] = json!({}), &words)?;
    refused_service(
        |service| service["exec"] = json!({ "ExecStart": [] }),
        &words,
    )?;
    refused_service(
        |service| {
            service["exec"]["ExecStart"] = json!([made::text(&made::path(0)), made::text("")]);
        },
        &words,
    )?;
    Ok(())
}

#[test]
fn a_unit_that_no_package_ships() -> Result<()> {
    let scratch = scratch()?;
    let expression = r#"
        let package = builtins.toFile "no-units" ""; in
        { packages = [ package ]; services.a = { confinement.enable = true; }; }"#;
    bundle(["--expr", expression])
        .within(scratch.path())
        .fails(
            3,
            &[
                "a.service has no Exec line",
                "none of the packages in systemd.packages ships it",
                "-no-units",
            ],
        )?;
    Ok(())
}

#[test]
fn a_path_that_the_graph_or_the_store_does_not_have() -> Result<()> {
    refused_service(
        |service| service["exec"]["ExecStart"][0] = made::text(&made::path(9)),
        &[
            "a.service: ExecStart[0] names",
            &made::path(9),
            "which is not in the graph",
            "make the graph again",
        ],
    )?;
    let scratch = scratch()?;
    let services = made::one("a.service", &made::service(&made::path(9)));
    bundle(["--services", "-"])
        .input(services.to_string())
        .within(scratch.path())
        .fails(
            3,
            &[
                "a.service names",
                &made::path(9),
                "which the store does not have",
                "and the services don't record how to build it",
                "nix copy",
            ],
        )?;
    assert!(crate::support::names(scratch.path())?.is_empty());
    Ok(())
}

#[test]
fn names_that_are_no_unit_names() -> Result<()> {
    for name in [
        "a/b.service",
        "../a.service",
        "a\nb.service",
        "a\0b.service",
        "a b.service",
        "@a.service",
        ".a.service",
        "...service",
        ".service",
        "",
        "a",
        "a.socket",
        "ä.service",
        "a%n.service",
        "a$.service",
    ] {
        let services = made::one(name, &made::service(&made::path(0)));
        refused(
            services.to_string(),
            &["cannot read services.json", "is not the name of a service"],
        )?;
    }
    let long = format!("{}.service", "a".repeat(250));
    refused(
        made::one(&long, &made::service(&made::path(0))).to_string(),
        &["longer than"],
    )?;
    // By evaluation, where the name is an attribute.
    let scratch = scratch()?;
    bundle(["--expr", r#"{ services."a/b" = { confinement.enable = true; serviceConfig.ExecStart = "/bin/a"; }; }"#])
        .within(scratch.path())
        .fails(3, &[r#""a/b.service" is not the name of a service"#, "systemd-escape"])?;
    Ok(())
}

#[test]
fn control_characters_in_texts() -> Result<()> {
    for text in ["a\0b", "a\u{7}b", "a\rb", "a\u{1b}[2Jb"] {
        refused_service(
            |service| service["exec"]["ExecStart"][0] = made::text(text),
            &["a.service", "contains the control character"],
        )?;
        refused_service(
            |service| service["settings"] = json!({ "PrivateTmp": [text] }),
            &["a.service", "contains the control character"],
        )?;
    }
    refused_service(
        |service| service["confinement"]["binSh"] = made::text("/bin/sh\n"),
        &["a.service", "binSh"],
    )?;
    Ok(())
}

#[test]
fn a_context_that_names_no_store_path() -> Result<()> {
    for key in [
        "--option",
        "",
        "a\0b",
        "/nix/store/short",
        "/nix/store/../../etc/passwd",
        "/etc/passwd",
    ] {
        refused_service(
            |service| service["exec"]["ExecStart"][0]["context"] = json!({ key: { "path": true } }),
            &[
                "cannot read services.json",
                "services.a.service.exec.ExecStart[0].context.",
                "is not a store",
            ],
        )?;
    }
    let drv = format!("{}.drv", made::path(1));
    for output in ["", "a b", "a!b", "../x", "a\0", "*"] {
        refused_service(
            |service| {
                service["exec"]["ExecStart"][0]["context"] =
                    json!({ &drv: { "outputs": [output] } });
            },
            &["cannot read services.json", "is not the name of an output"],
        )?;
    }
    Ok(())
}

#[test]
fn paths_of_two_stores() -> Result<()> {
    let other = "/gnu/store";
    let mut services = made::one(
        "a.service",
        &made::service(&made::path(0).replace("/nix/store", other)),
    );
    services["storeDir"] = json!(other);
    refused(services.to_string(), &["/gnu/store", "/nix/store"])
}

#[test]
fn an_output_that_is_not_known_before_it_is_built() -> Result<()> {
    let drv = format!("{}.drv", made::path(1));
    refused_service(
        |service| {
            service["exec"]["ExecStart"][0] = json!({ "text": format!("/{}/bin/a", "1".repeat(52)), "context": { &drv: { "outputs": ["out"] } } });
        },
        &[
            "a.service",
            "ExecStart[0]",
            "content-addressed",
            "build it first",
        ],
    )
}

#[test]
fn a_setting_that_holds_no_commands() -> Result<()> {
    refused_service(
        |service| service["exec"] = json!({ "ExecStrat": [] }),
        &[
            "cannot read services.json",
            "\"ExecStrat\" is not a setting with commands; expected one of ExecCondition, ",
        ],
    )?;
    Ok(())
}
