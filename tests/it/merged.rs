//! Services that add to the units of packages: NixOS's combination of both is in force.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shipped::Packages;
use crate::support::{OFFLINE, bundle, bundle_json, confinix, strings};

/// Returns a NixOS configuration with these packages and services.
pub(crate) fn nixos(packages: &Packages, shipping: &[&str], services: &str) -> Result<String> {
    let mut paths = String::new();
    for package in shipping {
        paths.extend([" \"", &packages.add(package)?, "\""]);
    }
    Ok(format!(
        "{{ systemd = {{ packages = [ {paths} ]; {services} }}; }}"
    ))
}

pub(crate) fn made(expression: &str) -> Result<Value> {
    let scratch = tempfile::tempdir()?;
    let out = scratch.path().join("bundle");
    bundle(["--expr", expression, "--all", "-o"])
        .arg(&out)
        .succeeds()?;
    Ok(bundle_json(&out)?["services"].take())
}

pub(crate) fn exec(service: &Value, setting: &str) -> Result<Vec<String>> {
    strings(&service["exec"][setting])
}

/// Adds a unit with several commands.
pub(crate) fn shipped(packages: &Packages) -> Result<()> {
    packages.unit(
        "one",
        "a.service",
        "[Service]\nExecStartPre=/one/pre\nExecStart=/one/start\nExecReload=/one/reload\nUMask=0077\n",
    )
}

#[test]
fn a_service_adds_to_the_unit_of_a_package() -> Result<()> {
    let packages = Packages::new()?;
    shipped(&packages)?;
    let services =
        r#"services.a = { serviceConfig = { ExecStartPre = "/own/pre"; PrivateTmp = true; }; };"#;
    let service = &made(&nixos(&packages, &["one"], services)?)?["a.service"];
    assert_eq!(exec(service, "ExecStartPre")?, ["/one/pre", "/own/pre"]);
    assert_eq!(exec(service, "ExecStart")?, ["/one/start"]);
    assert_eq!(exec(service, "ExecReload")?, ["/one/reload"]);
    assert_eq!(strings(&service["settings"]["UMask"])?, ["0077"]);
    assert_eq!(
        strings(&service["origins"]["ExecStartPre"])?,
        [
            "one/lib/systemd/system/a.service:ExecStartPre[0]",
            "ExecStartPre[0]"
        ]
    );
    Ok(())
}

#[test]
fn a_service_takes_commands_of_a_package_back() -> Result<()> {
    let packages = Packages::new()?;
    shipped(&packages)?;
    packages.unit(
        "one",
        "a.service.d/zz-late.conf",
        "[Service]\nExecStartPre=\nExecStartPre=/late\n",
    )?;
    let services = r#"services.a = { serviceConfig.ExecStart = [ "" "/own/start" ]; };"#;
    let service = &made(&nixos(&packages, &["one"], services)?)?["a.service"];
    assert_eq!(exec(service, "ExecStart")?, ["/own/start"]);
    assert_eq!(exec(service, "ExecStartPre")?, ["/late"]);
    assert_eq!(exec(service, "ExecReload")?, ["/one/reload"]);
    assert_eq!(strings(&service["origins"]["ExecStart"])?, ["ExecStart[1]"]);
    assert_eq!(
        strings(&service["origins"]["ExecStartPre"])?,
        ["one/lib/systemd/system/a.service.d/zz-late.conf:ExecStartPre[1]"]
    );
    Ok(())
}

/// For a service that only the configuration defines, packages can only ship drop-ins.
#[test]
fn drop_ins_of_packages_are_for_services_with_units_of_their_own_too() -> Result<()> {
    let packages = Packages::new()?;
    packages.unit("one", "a.service.d/10.conf", "[Service]\nExecStop=/one\n")?;
    packages.unit("two", "service.d/20.conf", "[Service]\nExecStop=/two\n")?;
    let services =
        r#"services.a = { serviceConfig = { ExecStart = "/own"; ExecStop = "/stop"; }; };"#;
    let service = &made(&nixos(&packages, &["one", "two"], services)?)?["a.service"];
    assert_eq!(exec(service, "ExecStop")?, ["/stop", "/one", "/two"]);
    Ok(())
}

#[test]
fn an_instance_is_merged_as_its_override_strategy_says() -> Result<()> {
    let packages = Packages::new()?;
    packages.unit("one", "t@.service", "[Service]\nExecStart=/one %i\n")?;
    packages.unit("one", "t@.service.d/10.conf", "[Service]\nExecStop=/all\n")?;
    let services = r#"services = {
        "t@" = { serviceConfig.ExecStop = "/template"; };
        "t@drop" = { overrideStrategy = "asDropin"; serviceConfig.ExecStop = "/instance"; };
        "t@unit" = { overrideStrategy = "asDropinIfExists"; serviceConfig.ExecStart = "/instance"; };
        "u@" = { serviceConfig.ExecStart = "/u"; };
        "u@drop" = { overrideStrategy = "asDropin"; serviceConfig.ExecStop = "/instance"; };
    };"#;
    let made = made(&nixos(&packages, &["one"], services)?)?;
    let stop = |unit: &str| exec(&made[unit], "ExecStop");
    let start = |unit: &str| exec(&made[unit], "ExecStart");
    assert_eq!(stop("t@.service")?, ["/all", "/template"]);
    // Its overrides.conf replaces the template's.
    assert_eq!(start("t@drop.service")?, ["/one drop"]);
    assert_eq!(stop("t@drop.service")?, ["/all", "/instance"]);
    // A unit file replaces the template's; the template's drop-ins stay.
    assert_eq!(start("t@unit.service")?, ["/instance"]);
    assert_eq!(stop("t@unit.service")?, ["/all", "/template"]);
    assert_eq!(start("u@drop.service")?, ["/u"]);
    assert_eq!(stop("u@drop.service")?, ["/instance"]);
    Ok(())
}

#[test]
fn an_instance_without_commands_that_is_no_drop_in_is_refused() -> Result<()> {
    let packages = Packages::new()?;
    packages.unit("one", "t@.service", "[Service]\nExecStart=/one\n")?;
    let services = |strategy: &str| {
        let text = format!(r#"services."{strategy}" = {{ overrideStrategy = "asDropin"; }};"#);
        nixos(&packages, &["one"], &text)
    };
    bundle(["--expr", &services("x@y")?, "--all"]).fails(
        3,
        &["x@y.service is only a drop-in", "none of the packages"],
    )?;
    let services = r#"services."t@x" = { overrideStrategy = "asDropinIfExists"; };"#;
    let expression = nixos(&packages, &["one"], services)?;
    bundle(["--expr", &expression, "--all"]).fails(
        3,
        &[
            "t@x.service has no Exec line",
            r#"systemd.services."t@x".overrideStrategy = "asDropin""#,
        ],
    )?;
    Ok(())
}

#[test]
fn drop_ins_for_another_name_of_the_unit_count() -> Result<()> {
    let packages = Packages::new()?;
    packages.unit("one", "b.service.d/x.conf", "[Service]\nExecStop=/b\n")?;
    let services =
        r#"services.a = { aliases = [ "b.service" ]; serviceConfig.ExecStart = "/own"; };"#;
    let service = &made(&nixos(&packages, &["one"], services)?)?["a.service"];
    assert_eq!(exec(service, "ExecStop")?, ["/b"]);
    Ok(())
}

/// NixOS keeps systemd's own units separate from those of packages.
#[test]
fn systemd_s_own_units_are_read_where_a_service_adds_to_one() -> Result<()> {
    let packages = Packages::new()?;
    let upstream = |unit: &str| {
        packages.file(
            "systemd",
            &format!("example/systemd/system/{unit}.service"),
            "[Service]\nExecStart=/systemd\nExecReload=/systemd\n",
        )
    };
    for unit in ["adds", "resets", "own", "suppressed"] {
        upstream(unit)?;
    }
    let systemd = packages.add("systemd")?;
    let services = format!(
        r#"package = "{systemd}"; suppressedSystemUnits = [ "suppressed.service" ];
        services = {{
            adds.serviceConfig.ExecStartPre = "/own";
            resets.serviceConfig.ExecStart = [ "" "/own" ];
            own.serviceConfig.ExecStart = "/own";
            suppressed.serviceConfig.ExecStartPre = "/own";
        }};"#
    );
    let made = made(&nixos(&packages, &[], &services)?)?;
    let commands = |unit: &str| -> Result<Vec<String>> {
        let exec = made[unit]["exec"].as_object().context("no commands")?;
        let mut all = Vec::new();
        for lines in exec.values() {
            all.extend(strings(lines)?);
        }
        Ok(all)
    };
    assert_eq!(commands("adds.service")?, ["/systemd", "/systemd", "/own"]);
    assert_eq!(commands("resets.service")?, ["/systemd", "/own"]);
    assert_eq!(commands("own.service")?, ["/own"]);
    assert_eq!(commands("suppressed.service")?, ["/own"]);
    Ok(())
}

/// A recording contains the merged units, so confinix needs no package again.
#[test]
fn a_recording_makes_the_same_bundle() -> Result<()> {
    let packages = Packages::new()?;
    packages.file("tool", "bin/tool", "tool")?;
    let tool = packages.add("tool")?;
    packages.unit(
        "one",
        "a.service",
        &format!("[Service]\nExecStart={tool}/bin/tool\n"),
    )?;
    let services = r#"services.a = { serviceConfig.ExecStartPre = "/own"; };"#;
    let expression = nixos(&packages, &["one"], services)?;
    let scratch = tempfile::tempdir()?;
    let path = |name: &str| scratch.path().join(name);
    bundle(["--expr", &expression, "--all", "-o"])
        .arg(path("direct"))
        .succeeds()?;
    let recorded = confinix(["services", "--expr", &expression, "--all"])
        .args(OFFLINE)
        .succeeds()?;
    std::fs::write(path("services.json"), &recorded.stdout)?;
    let graph = path("direct/bundle.json");
    let run = || bundle(["--services"]).arg(path("services.json")).arg("-o");
    run().arg(path("asked")).succeeds()?;
    run()
        .arg(path("read"))
        .arg("--graph")
        .arg(graph)
        .succeeds()?;
    for out in ["asked", "read"] {
        assert_eq!(bundle_json(&path("direct"))?, bundle_json(&path(out))?);
    }
    let root = &bundle_json(&path("direct"))?["services"]["a.service"]["roots"][0];
    assert_eq!(
        root["origin"],
        "one/lib/systemd/system/a.service:ExecStart[0]"
    );
    assert_eq!(root["path"], Value::String(tool));
    Ok(())
}

/// Commands of the service are counted in its lists, commands of a file in the file.
#[test]
fn commands_are_told_apart_by_where_they_are() -> Result<()> {
    let packages = Packages::new()?;
    shipped(&packages)?;
    packages.unit(
        "one",
        "a.service.d/zz-late.conf",
        "[Service]\nExecStartPre=/late\n",
    )?;
    let services =
        r#"services.a = { serviceConfig.ExecStartPre = [ "" "/own/first" "/own/second" ]; };"#;
    let expression = nixos(&packages, &["one"], services)?;
    let ran = confinix(["check", "--expr", &expression, "--all"])
        .args(OFFLINE)
        .run()?
        .with_code(1)?;
    for said in [
        "ExecStartPre[1] runs /own/first",
        "ExecStartPre[2] runs /own/second",
        "a.service.d/zz-late.conf:ExecStartPre[0] runs /late",
        "one/lib/systemd/system/a.service:ExecStart[0] runs /one/start",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    Ok(())
}
