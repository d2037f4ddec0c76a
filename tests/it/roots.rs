//! The closure roots of a service, and the paths that it sees.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bundle::binds;
use crate::support::{
    SNAPSHOTS_HOLD, bundle, bundle_json, closure_paths, drop_in, keys, not_run, scratch, shop,
};

/// Returns the names of a service's closure roots, by origin.
fn roots(service: &str) -> Result<BTreeMap<String, Vec<String>>> {
    let json = bundle_json(shop()?)?;
    let mut roots: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for root in json["services"][service]["roots"]
        .as_array()
        .context("no roots")?
    {
        let origin = root["origin"].as_str().context("no origin")?;
        roots
            .entry(origin.to_owned())
            .or_default()
            .push(name(&root["path"])?);
    }
    Ok(roots)
}

/// A store path without directory and hash.
fn name(path: &Value) -> Result<String> {
    let path = path.as_str().context("no path")?;
    Ok(path.split_once('-').context("no name")?.1.to_owned())
}

fn expected(roots: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    roots
        .iter()
        .map(|(origin, names)| {
            (
                origin.to_string(),
                names.iter().map(ToString::to_string).collect(),
            )
        })
        .collect()
}

/// Returns the paths that a service sees, without directory and hash.
fn closure(service: &str) -> Result<Vec<String>> {
    let json = bundle_json(shop()?)?;
    let id = json["services"][service]["closure"]
        .as_str()
        .context("no id")?;
    let mut names = closure_paths(&json, id)?
        .iter()
        .map(|path| name(&Value::from(path.as_str())))
        .collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

#[test]
fn all_eight_exec_settings_are_searched() -> Result<()> {
    let server: &[&str] = &["shop-server-2.1"];
    assert_eq!(
        roots("web.service")?,
        expected(&[
            ("ExecCondition[0]", server),
            ("ExecStartPre[0]", server),
            ("ExecStartPre[1]", server),
            ("ExecStartPre[2]", &["checkout"]),
            ("ExecStart[0]", &["shop.db", "shop-server-2.1"]),
            ("ExecStartPost[0]", server),
            ("ExecReload[0]", server),
            ("ExecReloadPost[0]", server),
            ("ExecStop[0]", server),
            ("ExecStopPost[0]", server),
        ])
        .into_iter()
        .map(|(origin, names)| (origin, sorted_by_path(names)))
        .collect()
    );
    Ok(())
}

/// Two roots of one origin are in the order of their hashes.
fn sorted_by_path(mut names: Vec<String>) -> Vec<String> {
    if names.len() == 2 {
        names = roots("web.service")
            .ok()
            .and_then(|roots| roots.get("ExecStart[0]").cloned())
            .unwrap_or_default();
        assert!(
            names.contains(&"shop.db".to_owned()),
            "where ?mode=ro follows, the context tells the name"
        );
    }
    names
}

#[test]
fn packages_count_as_package_and_as_string() -> Result<()> {
    let roots = roots("mail.service")?;
    assert_eq!(roots["packages[0]"], ["opening-hours"]);
    assert_eq!(roots["packages[1]"], ["ledger-0.9"]);
    Ok(())
}

#[test]
fn of_several_outputs_only_those_needed_are_seen() -> Result<()> {
    assert_eq!(
        closure("catalogue.service")?,
        [
            "catalogue-3.2",
            "catalogue-3.2-bin",
            "catalogue-latest",
            "ledger-0.9",
            "prices"
        ]
    );
    Ok(())
}

#[test]
fn an_environment_counts_only_with_the_full_unit() -> Result<()> {
    let letters = closure("letters.service")?;
    for name in ["letterhead", "opening-hours"] {
        assert!(letters.contains(&name.to_owned()), "{name}");
    }
    assert!(roots("letters.service")?.contains_key("unit"));
    assert!(!closure("web.service")?.contains(&"letterhead".to_owned()));
    Ok(())
}

#[test]
fn an_instance_stands_on_its_template() -> Result<()> {
    assert_eq!(
        roots("till@front.service")?,
        expected(&[
            ("ExecStartPre[0]", &["catalogue-3.2-bin"]),
            ("ExecStart[2]", &["checkout"]),
        ])
    );
    assert_eq!(
        roots("till@.service")?,
        expected(&[
            ("ExecStartPre[0]", &["catalogue-3.2-bin"]),
            ("ExecStart[0]", &["shop-server-2.1"]),
        ])
    );
    Ok(())
}

#[test]
fn a_unit_that_a_package_ships_is_read() -> Result<()> {
    assert_eq!(
        roots("backup.service")?,
        expected(&[
            (
                "backup-units-5.0/lib/systemd/system/backup.service:ExecStartPre[0]",
                &["archiver-5.0"]
            ),
            (
                "backup-units-5.0/lib/systemd/system/backup.service:ExecStart[0]",
                &["archiver-5.0"]
            ),
        ])
    );
    assert_eq!(closure("backup.service")?, ["archiver-5.0", "shop.db"]);
    Ok(())
}

#[test]
fn a_store_path_that_is_a_symlink_shows_what_it_leads_to() -> Result<()> {
    let json = bundle_json(shop()?)?;
    for (service, link, target) in [
        (
            "catalogue.service",
            "-catalogue-latest",
            "-catalogue-3.2-bin",
        ),
        ("catalogue.service", "-prices", "-ledger-0.9/share/prices"),
        (
            "search.service",
            "-search",
            "-catalogue-3.2-bin/bin/catalogue",
        ),
    ] {
        let binds = binds(&drop_in(shop()?, service)?);
        let (shown, source) = binds
            .iter()
            .find(|(shown, _)| shown.ends_with(link))
            .with_context(|| format!("{link} is not bound"))?;
        assert!(source.ends_with(target), "{shown} shows {source}");
        assert_eq!(json["paths"][shown]["symlink"], source.as_str());
        let resolved = std::fs::canonicalize(shown)?;
        assert_eq!(resolved.to_str(), Some(source.as_str()));
    }
    Ok(())
}

#[test]
fn bin_sh_is_the_program_behind_its_symlinks() -> Result<()> {
    let text = drop_in(shop()?, "cart.service")?;
    let binds = binds(&text);
    let shell = binds.get("/bin/sh").context("no /bin/sh")?;
    assert!(
        shell.ends_with("-counter-shell-1.0/bin/counter-shell"),
        "{shell}"
    );
    assert_eq!(roots("cart.service")?["binSh"], ["sh-is-counter-shell-1.0"]);
    let json = bundle_json(shop()?)?;
    assert_eq!(json["services"]["cart.service"]["binSh"], shell.as_str());
    assert_eq!(
        json["services"]["cart.service"]["mounts"],
        text.matches("BindReadOnlyPaths=").count()
    );
    for service in ["web.service", "mail.service"] {
        assert_eq!(json["services"][service]["binSh"], Value::Null);
        assert!(!drop_in(shop()?, service)?.contains("/bin/sh"), "{service}");
    }
    Ok(())
}

#[test]
fn the_drop_ins_are_these() -> Result<()> {
    if !SNAPSHOTS_HOLD {
        return not_run(
            "snapshots of the shop",
            "its store paths are those of x86_64-linux",
        );
    }
    for service in ["web", "cart", "mail", "till@front", "catalogue"] {
        insta::assert_snapshot!(
            format!("drop-in of {service}"),
            drop_in(shop()?, &format!("{service}.service"))?
        );
    }
    Ok(())
}

#[test]
fn a_derivation_is_a_path_like_others() -> Result<()> {
    let dir = scratch()?;
    let expr = r#"
        let
          input = derivation { name = "input"; system = builtins.currentSystem; builder = "/never-built"; };
          made = derivation { name = "made"; inherit (input) system; builder = "/never-built"; inherit input; };
        in {
          services.builder = {
            serviceConfig.ExecStart = "/usr/bin/nix-store --realise ${builtins.unsafeDiscardOutputDependency made.drvPath}";
            confinement = { enable = true; binSh = null; };
          };
        }"#;
    let out = dir.path().join("out");
    bundle(["--impure", "--expr", expr, "-o"])
        .arg(&out)
        .succeeds()?;
    let json = bundle_json(&out)?;
    let names: BTreeSet<_> = keys(&json["paths"])?
        .iter()
        .map(|path| name(&Value::from(path.as_str())))
        .collect::<Result<_>>()?;
    assert_eq!(names, ["input.drv", "made.drv"].map(str::to_owned).into());
    Ok(())
}
