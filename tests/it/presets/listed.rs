//! `confinix presets`, and the list that the NixOS module has.

use std::fs;

use anyhow::{Context, Result};

use super::{MAIL, Policied};
use crate::support::{confinix, fixture};

#[test]
fn presets_are_listed() -> Result<()> {
    let listed = confinix(["presets"]).succeeds()?.stdout;
    let presets: Vec<_> = listed.split("\n\n").collect();
    let names: Vec<_> = (presets.iter())
        .filter_map(|preset| preset.split_once(':').map(|(name, _)| name))
        .collect();
    assert_eq!(names, confinix::confine::preset_names());
    // A selection that covers all properties.
    let some = ["dbus", "nscd", "sendmail", "tls"];
    let shown: Vec<_> = (presets.iter().zip(names))
        .filter(|(_, name)| some.contains(name))
        .map(|(preset, _)| *preset)
        .collect();
    insta::assert_snapshot!(shown.join("\n\n"));
    Ok(())
}

#[test]
fn presets_of_the_policy_are_listed_with_its_file() -> Result<()> {
    let built_in = confinix(["presets", "--no-policy"]).succeeds()?.stdout;
    let place = Policied::new(&format!(
        "{MAIL}packages = [\"/nix/store/00000000000000000000000000000000-msmtp\"]\n[presets.a]\nenvironment = {{ A = \"b\\nc\" }}\n"
    ))?;
    let presets = |arguments: &[&str]| {
        let place = place.0.path();
        confinix(["presets"]).args(arguments).within(place)
    };
    let listed = presets(&[]).succeeds()?.stdout;
    let own = listed.strip_prefix(&built_in);
    insta::assert_snapshot!(own.context("the built-in ones should stay as they are")?);
    let built_in_table = presets(&["--markdown", "--no-policy"]).succeeds()?.stdout;
    let table = presets(&["--markdown"]).succeeds()?.stdout;
    let own = table.strip_prefix(&built_in_table);
    insta::assert_snapshot!(own.context("the built-in ones should stay as they are")?);
    // Another file, from a subdirectory, and none.
    fs::write(
        place.0.path().join("other.toml"),
        "[presets.b]\nenvironment.A = \"b\"\n",
    )?;
    let other = presets(&["--policy", "other.toml"]).succeeds()?.stdout;
    assert_eq!(
        other.strip_prefix(&built_in),
        Some("\nb: defined in other.toml\n    A=b\n")
    );
    let below = place.0.path().join("below");
    fs::create_dir(&below)?;
    let found = confinix(["presets"]).within(&below).succeeds()?.stdout;
    assert!(
        found.contains("mail: defined in ../confinix.toml\n"),
        "{found}"
    );
    fs::write(place.0.path().join("confinix.toml"), "")?;
    assert_eq!(presets(&[]).succeeds()?.stdout, built_in);
    Ok(())
}

#[test]
fn presets_of_a_wrong_policy_are_an_error() -> Result<()> {
    let place = Policied::new("[presets.mail]\nbind = 1\n")?;
    let presets = |arguments: &[&str]| {
        let place = place.0.path();
        confinix(["presets"]).args(arguments).within(place)
    };
    presets(&[]).fails(3, &["confinix.toml:2:1: unknown key \"bind\" in [presets."])?;
    presets(&["--policy", "absent.toml"]).fails(3, &["absent.toml"])?;
    presets(&["--no-policy"]).succeeds()?;
    presets(&["--no-policy", "--policy", "x"]).fails(2, &["cannot be used with"])?;
    Ok(())
}

/// The module reads the names from the source of the table, line by line.
#[test]
fn the_module_finds_every_preset_in_the_table() -> Result<()> {
    let module = fs::read_to_string(fixture("nix/module/confinement.nix"))?;
    let pattern = r#""\n        name: \"([a-z-]+)\",""#;
    assert!(
        module.contains(pattern),
        "the module should look for {pattern}"
    );
    let table = fs::read_to_string(fixture("src/confine/presets/table.rs"))?;
    let found: Vec<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("        name: \"")?.strip_suffix("\","))
        .collect();
    assert_eq!(found, confinix::confine::preset_names());
    Ok(())
}
