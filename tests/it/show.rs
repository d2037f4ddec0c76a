//! `confinix show`.

mod refused;

use anyhow::Result;

use crate::support::{
    SNAPSHOTS_HOLD, bundle, bundle_json, closure_paths, confinix, keys, not_run, scratch, shop,
};

fn show(arguments: &[&str]) -> Result<String> {
    Ok(confinix(["show"])
        .args(arguments)
        .arg(shop()?)
        .succeeds()?
        .stdout)
}

#[test]
fn a_bundle_is_shown_as_a_table() -> Result<()> {
    if !SNAPSHOTS_HOLD {
        return not_run(
            "snapshots of the shop",
            "its store paths are those of x86_64-linux",
        );
    }
    insta::assert_snapshot!(show(&[])?);
    Ok(())
}

#[test]
fn a_service_is_shown_with_roots_settings_and_paths() -> Result<()> {
    if !SNAPSHOTS_HOLD {
        return not_run(
            "snapshots of the shop",
            "its store paths are those of x86_64-linux",
        );
    }
    for service in ["cart", "catalogue.service", "till@front", "backup"] {
        let ran = confinix(["show"]).arg(shop()?).arg(service).succeeds()?;
        insta::assert_snapshot!(format!("show {service}"), ran.stdout);
    }
    Ok(())
}

#[test]
fn scripts_get_json() -> Result<()> {
    if !SNAPSHOTS_HOLD {
        return not_run(
            "snapshots of the shop",
            "its store paths are those of x86_64-linux",
        );
    }
    insta::assert_snapshot!("show as JSON", show(&["--json"])?);
    let ran = confinix(["show", "--json"])
        .arg(shop()?)
        .arg("search")
        .succeeds()?;
    insta::assert_snapshot!("show search as JSON", ran.stdout);
    Ok(())
}

#[test]
fn scripts_get_every_column_of_the_table() -> Result<()> {
    let json = bundle_json(shop()?)?;
    let shown: serde_json::Value = serde_json::from_str(&show(&["--json"])?)?;
    let services = shown["services"].as_array().into_iter().flatten();
    let mut count = 0;
    for service in services {
        let name = service["name"].as_str().unwrap_or_default();
        for key in ["mode", "strategy", "mounts"] {
            assert_eq!(service[key], json["services"][name][key], "{name} {key}");
        }
        count += 1;
    }
    assert_eq!(count, 10);
    Ok(())
}

#[test]
fn own_and_shared_part_make_the_whole() -> Result<()> {
    let json = bundle_json(shop()?)?;
    let shown: serde_json::Value = serde_json::from_str(&show(&["--json"])?)?;
    let closure = |name: &str| {
        let id = json["services"][name]["closure"]
            .as_str()
            .unwrap_or_default();
        closure_paths(&json, id)
    };
    let names = keys(&json["services"])?;
    for service in shown["services"].as_array().into_iter().flatten() {
        let name = service["name"].as_str().unwrap_or_default();
        let mut own = 0;
        for path in closure(name)? {
            let mut viewers = 0;
            for other in &names {
                viewers += usize::from(closure(other)?.contains(&path));
            }
            if viewers == 1 {
                own += json["paths"][&path]["narSize"].as_u64().unwrap_or_default();
            }
        }
        assert_eq!(service["ownNarSize"], own, "{name}");
        let sum = own + service["sharedNarSize"].as_u64().unwrap_or_default();
        assert_eq!(service["narSize"], sum, "{name}");
    }
    Ok(())
}

#[test]
fn a_service_that_is_not_there_is_named_with_those_that_are() -> Result<()> {
    let run = |service: &str| {
        confinix(["show"])
            .args([shop()?.as_os_str(), service.as_ref()])
            .fails(3, &[])
    };
    let said = run("nginx")?.stderr;
    assert!(
        said.ends_with(" has no nginx.service; it has backup, cart, catalogue, letters, mail, search-index, search, till@, till@front, web\n"),
        "{said}"
    );
    assert!(run("a b")?.stderr.contains("is not the name of a service"));
    assert!(run("")?.stderr.contains("is not the name of a service"));
    Ok(())
}

#[test]
fn a_service_without_store_paths_has_no_table_of_them() -> Result<()> {
    let scratch = scratch()?;
    let expression = r#"{ services.web = { confinement.enable = true; serviceConfig.ExecStart = "/usr/bin/web"; }; }"#;
    bundle(["--expr", expression, "-o", "out"])
        .within(scratch.path())
        .succeeds()?;
    let shown = confinix(["show", "out", "web"])
        .within(scratch.path())
        .succeeds()?
        .stdout;
    assert!(shown.contains("No closure roots"), "{shown}");
    assert!(!shown.contains("PATH"), "{shown}");
    Ok(())
}
