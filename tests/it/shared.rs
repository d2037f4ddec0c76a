//! Lists and decisions that exist on the Nix side and in confinix are the same.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use confinix::confine::preset_names;
use confinix::service::{ExecSetting, Mode, Strategy};
use serde_json::{Value, json};

use crate::made;
use crate::support::{CHECKOUT, bundle, confinix, fixture, nix, scratch};

/// Returns the value of an expression.
fn value(expr: &str) -> Result<Value> {
    let ran = nix(["eval", "--impure", "--json", "--expr", expr]).succeeds()?;
    Ok(serde_json::from_str(&ran.stdout)?)
}

/// Returns the value of a file in nix/, applied to arguments.
fn in_nix(file: &str, rest: &str) -> Result<Value> {
    value(&format!("(import {CHECKOUT}/nix/{file}){rest}"))
}

/// Returns the values that a definition of schemas/bundle.schema.json allows.
fn in_schema(definition: &str) -> Result<Value> {
    let schema = fs::read(fixture("schemas/bundle.schema.json"))?;
    let schema: Value = serde_json::from_slice(&schema)?;
    Ok(schema["$defs"][definition]["enum"].clone())
}

#[test]
fn modes_and_strategies() -> Result<()> {
    // Add a new one here too.
    let mode = |mode: Mode| match mode {
        Mode::FullApivfs | Mode::ChrootOnly => mode.name(),
    };
    let modes = [Mode::FullApivfs, Mode::ChrootOnly].map(mode);
    let strategies = Strategy::ALL.map(Strategy::name);
    assert_eq!(in_nix("choices.nix", ".modes")?, json!(modes));
    let mut choices = vec!["auto"];
    choices.extend(strategies);
    assert_eq!(in_nix("choices.nix", ".strategies")?, json!(choices));
    assert_eq!(in_schema("strategy")?, json!(strategies));
    Ok(())
}

#[test]
fn settings_with_commands() -> Result<()> {
    let names = ExecSetting::ALL.map(ExecSetting::name);
    assert_eq!(in_nix("services/settings.nix", ".exec")?, json!(names));
    assert_eq!(in_schema("execSetting")?, json!(names));
    Ok(())
}

#[test]
fn options_of_confinement() -> Result<()> {
    let plain = value(&format!(
        "builtins.sort builtins.lessThan (import {CHECKOUT}/nix/services/settings.nix).confinement"
    ))?;
    let arguments = " { lib = { }; nixos = { }; } { name = \"\"; config = { }; options = { }; }";
    let module = value(&format!(
        "builtins.attrNames (removeAttrs (import {CHECKOUT}/nix/module/service.nix{arguments}).options.confinement [ \"conflicts\" ])"
    ))?;
    assert_eq!(plain, module);
    Ok(())
}

/// Settings that conflict with confinement, and similar ones that don't.
const SETTINGS: [(&str, &str, bool); 19] = [
    ("RootDirectory", "/srv/root", true),
    ("RootDirectory", "", false),
    ("RootImage", "/srv/root.img", true),
    ("RootDirectoryStartOnly", "1", true),
    ("RootDirectoryStartOnly", "yes", true),
    ("RootDirectoryStartOnly", "Y", true),
    ("RootDirectoryStartOnly", "true", true),
    ("RootDirectoryStartOnly", "T", true),
    ("RootDirectoryStartOnly", "on", true),
    ("RootDirectoryStartOnly", "0", false),
    ("RootDirectoryStartOnly", "off", false),
    ("TemporaryFileSystem", "/", true),
    ("TemporaryFileSystem", "/:ro,mode=0755", true),
    ("TemporaryFileSystem", "/srv:ro //", true),
    ("TemporaryFileSystem", "/./", true),
    ("TemporaryFileSystem", "/srv /var/lib", false),
    ("BindReadOnlyPaths", "/srv", false),
    ("InaccessiblePaths", "/", false),
    ("MountAPIVFS", "no", false),
];

/// The part of nixpkgs' lib that nix/conflicts.nix uses.
const LIB: &str = r#"
    with builtins; rec {
      inherit concatMap concatStringsSep filter;
      flatten = x: if isList x then concatMap flatten x else [ x ];
      hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
      removePrefix = prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
      concatMapStringsSep = separator: f: xs: concatStringsSep separator (map f xs);
      optional = is: x: if is then [ x ] else [ ];
      splitString = separator: text: filter isString (split "[${separator}]" text);
      unique = xs: xs;
      boolToString = x: if x then "true" else "false";
      last = xs: elemAt xs (length xs - 1);
      toLower = replaceStrings [ "Y" "T" ] [ "y" "t" ];
    }"#;

#[test]
fn what_confinement_can_not_stand_beside() -> Result<()> {
    let settings: Vec<_> = SETTINGS
        .iter()
        .map(|(setting, value, _)| format!("{{ {setting} = {}; }}", json!(value)))
        .collect();
    let found = value(&format!(
        "map (serviceConfig: import {CHECKOUT}/nix/conflicts.nix {{ lib = {LIB}; name = \"web\"; inherit serviceConfig; definitions = [ ]; }} != [ ]) [ {} ]",
        settings.join(" ")
    ))?;
    let found = found.as_array().context("no list")?;
    assert_eq!(found.len(), SETTINGS.len());
    for ((setting, value, expected), in_nix) in SETTINGS.iter().zip(found) {
        assert_eq!(in_nix.as_bool(), Some(*expected), "nix: {setting}={value}");
        let mut service = made::service("/x");
        service["settings"] = json!({ *setting: [value] });
        let dir = scratch()?;
        let made =
            made::Recording::of(dir.path(), &made::one("web.service", &service), &json!({}))?;
        let ran = made.bundle().run()?;
        let refused = ran.with_code(if *expected { 3 } else { 0 });
        refused.with_context(|| format!("confinix: {setting}={value}"))?;
    }
    Ok(())
}

/// Settings of a service that change what confinement sets.
const MORE: [&str; 3] = [
    "",
    "PrivateTmp = false;",
    r#"Type = "notify"; NotifyAccess = "all";"#,
];

/// nix/from-bundle.nix must know everything that confinix writes into drop-ins and mount units.
#[test]
fn what_a_drop_in_may_set() -> Result<()> {
    let dir = scratch()?;
    let presets: String = preset_names()
        .iter()
        .map(|name| format!("{name:?} "))
        .collect();
    let mut services = String::new();
    for mode in ["full-apivfs", "chroot-only"] {
        for (number, more) in MORE.iter().enumerate() {
            write!(
                services,
                r#"
                "{mode}-{number}" = {{
                  confinement = {{ enable = true; binSh = builtins.toFile "sh" ""; mode = "{mode}"; presets = [ {presets}]; }};
                  serviceConfig = {{ ExecStart = "${{builtins.toFile "x" ""}}"; {more} }};
                }};"#
            )?;
        }
    }
    let expr = format!("{{ services = {{ {services} }}; }}");
    for strategy in Strategy::ALL.map(Strategy::name) {
        let out = dir.path().join(strategy);
        bundle(["--expr", &expr, "--strategy", strategy, "-o"])
            .arg(&out)
            .succeeds()?;
        confinix(["verify", "--offline"]).arg(&out).succeeds()?;
        value(&format!(
            "import {CHECKOUT}/nix/from-bundle.nix {{ pkgs.runCommandLocal = _: attrs: _: attrs.outputChecks; bundle = {}; }}",
            out.display()
        ))
        .with_context(|| format!("strategy {strategy}"))?;
    }
    Ok(())
}
