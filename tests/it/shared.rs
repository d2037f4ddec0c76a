//! Lists and decisions that exist on the Nix side and in confinix are the same.

mod hide;
use std::{fmt::Write as _, fs};

use anyhow::{Context, Result};
use confinix::config::parse_config;
use confinix::confine::preset_names;
use confinix::service::{ExecSetting, Mode, Preset, Strategy, UnitName};
use serde_json::{Value, json};

use crate::made;
use crate::support::{CHECKOUT, bundle, confinix, fixture, keys, nix, scratch, strings};

/// Returns the value of an expression.
fn value(expr: &str) -> Result<Value> {
    let ran = nix(["eval", "--impure", "--json", "--expr", expr]).succeeds()?;
    Ok(serde_json::from_str(&ran.stdout)?)
}

/// Returns the value of a file in nix/, applied to arguments.
fn in_nix(file: &str, rest: &str) -> Result<Value> {
    value(&format!("(import {CHECKOUT}/nix/{file}){rest}"))
}

/// Returns a definition of a schema.
fn definition(schema: &str, name: &str) -> Result<Value> {
    let schema = fs::read(fixture("schemas").join(schema))?;
    let schema: Value = serde_json::from_slice(&schema)?;
    Ok(schema["$defs"][name].clone())
}

/// Returns the values that a definition of schemas/bundle.schema.json allows.
fn in_schema(name: &str) -> Result<Value> {
    Ok(definition("bundle.schema.json", name)?["enum"].clone())
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
    for strategy in Strategy::ALL {
        let means = in_nix("choices.nix", &format!(".meansOf.\"{}\"", strategy.name()))?;
        let of = |name: &str| means[name].as_bool();
        assert_eq!(of("isView"), Some(strategy.is_view()), "{means}");
        assert_eq!(of("isReadOnly"), Some(strategy.is_read_only()), "{means}");
    }
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
    let arguments = " { lib = { }; nixos = { }; defaultOn = { }; } { name = \"\"; config = { }; options = { }; }";
    let module = value(&format!(
        "builtins.attrNames (removeAttrs (import {CHECKOUT}/nix/module/service.nix{arguments}).options.confinement [ \"byDefault\" \"conflicts\" \"definedIn\" ])"
    ))?;
    assert_eq!(plain, module);
    Ok(())
}

#[test]
fn fields_of_presets() -> Result<()> {
    let fields = in_nix("services/settings.nix", ".preset")?;
    let with_name = |preset: &Value| -> Result<Value> {
        let mut keys = keys(preset)?;
        keys.retain(|key| key != "name");
        Ok(json!(keys))
    };
    assert_eq!(with_name(&json!(Preset::named("x")))?, fields);
    let schema = definition("services.schema.json", "preset")?;
    assert_eq!(with_name(&schema["properties"])?, fields);
    let types = "builtins.mapAttrs (_: f: x: if f then x else null) { attrsOf = true; submodule = true; listOf = false; nullOr = false; }";
    let lib = format!(
        "{{ literalExpression = x: x; mkOption = x: x; types = {types} // {{ str = null; package = null; path = null; anything = null; either = _: _: null; }}; }}"
    );
    let module = value(&format!(
        "builtins.attrNames (import {CHECKOUT}/nix/module/options.nix {{ lib = {lib}; pkgs = null; }}).presets.type.options"
    ))?;
    assert_eq!(module, fields);
    let error = parse_config("p.toml", "[presets.x]").err();
    let error = error.context("an empty preset was accepted")?.to_string();
    let (_, listed) = error.split_once("give it ").context("no list")?;
    let in_config: Vec<_> = strings(&fields)?
        .iter()
        .map(|field| field.replace("Only", "-only").replace("Read", "-read"))
        .collect();
    assert_eq!(listed, in_config.join(", "));
    Ok(())
}

#[test]
fn names_of_units() -> Result<()> {
    let long = |length: usize| format!("{}.service", "a".repeat(length - ".service".len()));
    let names = [
        "a.service",
        "-a.service",
        ":.service",
        "a@.service",
        "a@b@c.service",
        r"a\x2db:c_d.e.service",
        &long(253),
        &long(254),
        "",
        ".service",
        "@a.service",
        ".a.service",
        "a.socket",
        "a.service.d",
        "a/b.service",
        "a b.service",
        "a\nb.service",
        "ä.service",
    ];
    let is_valid: Vec<_> = names
        .iter()
        .map(|name| UnitName::parse(name).is_ok())
        .collect();
    assert_eq!(is_valid.iter().filter(|is_valid| **is_valid).count(), 7);
    let quoted: Vec<_> = names.iter().map(|name| json!(name).to_string()).collect();
    let list = quoted.join(" ");
    let in_nix = value(&format!(
        "map (import {CHECKOUT}/nix/choices.nix).isUnitName [ {list} ]"
    ))?;
    assert_eq!(in_nix, json!(is_valid));
    let schema = definition("bundle.schema.json", "unitName")?;
    let by_schema = names.map(|name| jsonschema::is_valid(&schema, &json!(name)));
    assert_eq!(json!(by_schema), json!(is_valid));
    Ok(())
}

#[test]
fn packages_that_path_without_systemd_leaves_out() -> Result<()> {
    let names = [
        ("systemd", true),
        ("systemd-257.9", true),
        ("systemd-257.9-bin", true),
        ("systemd-minimal", true),
        ("systemd-minimal-257.9", true),
        ("systemd-minimal-libs-257.9", false),
        ("systemd-libs-257.9", false),
        ("systemdtool-1", false),
        ("my-systemd-1", false),
        ("coreutils-9.8", false),
    ];
    let paths = names.map(|(name, _)| format!("/nix/store/{:032}-{name}", 0));
    let expected = names.map(|(_, is_left_out)| is_left_out);
    let left_out = |ran: &str| -> Result<Vec<bool>> {
        let services: Value = serde_json::from_str(ran)?;
        let path = &services["services"]["web.service"]["confinement"]["path"];
        let texts = path.as_array().context("no path")?.iter();
        Ok(texts.map(|text| text["text"] == json!("")).collect())
    };
    let scratch = scratch()?;
    let include = ["services", "-s", "web", "--include", "path-without-systemd"];
    let quoted: Vec<_> = paths.iter().map(|path| json!(path).to_string()).collect();
    let expr = format!(
        "{{ services.web = {{ serviceConfig.ExecStart = \"/x\"; path = [ {} ]; }}; }}",
        quoted.join(" ")
    );
    let from_nix = confinix(include).args(["--expr", &expr]).succeeds()?;
    assert_eq!(left_out(&from_nix.stdout)?, expected);
    let path = paths.map(|path| format!("{path}/bin")).join(":");
    let unit = format!("[Service]\nExecStart=/x\nEnvironment=PATH={path}\n");
    fs::write(scratch.path().join("web.service"), unit)?;
    let from_units = confinix(include)
        .arg("--units")
        .arg(scratch.path())
        .succeeds()?;
    assert_eq!(left_out(&from_units.stdout)?, expected);
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
                "-{mode}-{number}" = {{
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
