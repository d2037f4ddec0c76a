//! Presets: confinix' own and those of users, from Nix and from the command line.

use std::fs;

use anyhow::{Context, Result};

use crate::support::{Ran, bundle, bundle_json, confinix, drop_in, fixture, scratch, strings};

const WEB: &str = r#"
let file = name: builtins.toFile name name; in
{
  presets.mail = {
    bindReadOnly = [ "-/run/mail" "${file "mail.conf"}:/etc/mail.conf" ];
    environment = { MAIL = "a b"; SSL_CERT_FILE = "/etc/mail.conf"; };
    packages = [ (file "msmtp") ];
  };
  services.web = {
    serviceConfig = {
      ExecStart = "${file "web"}";
      BindReadOnlyPaths = [ "/srv/hosts:/etc/hosts" ];
      Environment = "NIX_SSL_CERT_FILE=/srv/ca";
    };
    REST
  };
}"#;

fn made(rest: &str, arguments: &[&str]) -> Result<(serde_json::Value, String)> {
    let scratch = scratch()?;
    let out = scratch.path().join("out");
    bundle(["--expr", &WEB.replace("REST", rest), "-s", "web"])
        .args(arguments)
        .arg("-o")
        .arg(&out)
        .succeeds()?;
    let mut json = bundle_json(&out)?;
    Ok((
        json["services"]["web.service"].take(),
        drop_in(&out, "web.service")?,
    ))
}

#[test]
fn a_service_sees_what_its_presets_show() -> Result<()> {
    let (service, text) = made(r#"confinement.presets = [ "tls" "dns" ];"#, &[])?;
    assert_eq!(strings(&service["presets"])?, ["tls", "dns"]);
    for line in [
        "BindReadOnlyPaths=-/etc/resolv.conf\n",
        "BindReadOnlyPaths=-/run/systemd/resolve\n",
        "BindReadOnlyPaths=-/etc/ssl/certs/ca-certificates.crt\n",
        "Environment=SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt\n",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(
        !text.contains("/etc/hosts"),
        "the unit's own bind wins: {text}"
    );
    assert!(
        !text.contains("NIX_SSL_CERT_FILE"),
        "the unit's own variable wins: {text}"
    );
    let (_, set) = made(
        r#"confinement.presets = [ "tls" ]; environment.SSL_CERT_FILE = "/x";"#,
        &[],
    )?;
    assert!(!set.contains("SSL_CERT_FILE"), "{set}");
    Ok(())
}

#[test]
fn the_command_line_gives_presets_to_all() -> Result<()> {
    let own = r#"confinement.presets = [ "dns" ];"#;
    let (service, text) = made(own, &["--preset", "dns", "--preset", "time"])?;
    assert_eq!(strings(&service["presets"])?, ["dns", "time"]);
    assert!(
        text.contains("BindReadOnlyPaths=-/etc/localtime\n"),
        "{text}"
    );
    Ok(())
}

#[test]
fn users_define_their_own() -> Result<()> {
    let (service, text) = made("", &["--preset", "mail"])?;
    let roots: Vec<_> = service["roots"]
        .as_array()
        .context("no roots")?
        .iter()
        .filter(|root| root["origin"] == "presets.mail")
        .collect();
    assert_eq!(roots.len(), 2, "the package and the bound file are roots");
    assert!(text.contains("BindReadOnlyPaths=-/run/mail\n"), "{text}");
    assert!(text.contains("-mail.conf:/etc/mail.conf\n"), "{text}");
    assert!(text.contains("Environment=\"MAIL=a b\"\n"), "{text}");
    Ok(())
}

fn refused(rest: &str, parts: &[&str]) -> Result<Ran> {
    bundle(["--expr", &WEB.replace("REST", rest), "-s", "web"]).fails(3, parts)
}

#[test]
fn wrong_presets_are_refused() -> Result<()> {
    refused(
        r#"confinement.presets = [ "dsn" ];"#,
        &[r#"there is no preset "dsn": there are dbus, dns,"#],
    )?;
    refused(
        r#"confinement.presets = "dns";"#,
        &["services.web: confinement.presets is a string"],
    )?;
    for (preset, said) in [
        ("binds = [ ];", "presets.x.binds is unknown"),
        (
            r#"bindReadOnly = [ "run" ];"#,
            r#""run" is not something to bind"#,
        ),
        (
            r#"environment = { "A B" = ""; };"#,
            "not the name of a variable",
        ),
    ] {
        let expression = format!(
            r#"{{ presets.x = {{ {preset} }}; services.web = {{ serviceConfig.ExecStart = "/bin/x"; confinement.presets = [ "x" ]; }}; }}"#
        );
        bundle(["--expr", &expression, "-s", "web"]).fails(3, &[said])?;
    }
    Ok(())
}

#[test]
fn presets_are_listed() -> Result<()> {
    insta::assert_snapshot!(confinix(["presets"]).succeeds()?.stdout);
    Ok(())
}

/// The documents and the module say what the table says.
#[test]
fn the_readme_and_the_module_have_every_preset() -> Result<()> {
    let table = confinix(["presets", "--markdown"]).succeeds()?.stdout;
    let readme = fs::read_to_string(fixture("README.md"))?;
    assert!(
        readme.contains(&table),
        "README.md should have what `confinix presets --markdown` prints"
    );
    let module = fs::read_to_string(fixture("nix/module.nix"))?;
    let (_, rest) = module.split_once("presetNames = [").context("no list")?;
    let (list, _) = rest.split_once(']').context("no end")?;
    let in_module: Vec<_> = list
        .split_whitespace()
        .map(|name| name.trim_matches('"'))
        .collect();
    let in_table: Vec<_> = confinix::unit::PRESETS
        .iter()
        .map(|preset| preset.name)
        .collect();
    assert_eq!(in_module, in_table);
    Ok(())
}
