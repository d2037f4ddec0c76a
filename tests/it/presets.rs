//! Presets: confinix's own and those of users, from Nix and from the command line.

mod listed;

use std::fs;

use anyhow::{Context, Result};

use crate::support::{Ran, bundle, bundle_json, confinix, drop_in, scratch, strings};

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
        &[r#"unknown preset "dsn": expected one of dbus, dns,"#],
    )?;
    refused(
        r#"confinement.presets = "dns";"#,
        &["services.web: confinement.presets is a string"],
    )?;
    for (preset, said) in [
        ("binds = [ ];", "presets.x.binds is unknown"),
        (
            r#"bindReadOnly = [ "run" ];"#,
            r#""run" is not a valid bind"#,
        ),
        (r#"environment = { "A B" = ""; };"#, "not a variable name"),
        (
            r#"environment."A-B" = "";"#,
            "presets.x.environment.A-B is not a variable name, so systemd would ignore it: use letters, digits and _",
        ),
    ] {
        let expression = format!(
            r#"{{ presets.x = {{ {preset} }}; services.web = {{ serviceConfig.ExecStart = "/bin/x"; confinement.presets = [ "x" ]; }}; }}"#
        );
        bundle(["--expr", &expression, "-s", "web"]).fails(3, &[said])?;
    }
    Ok(())
}

/// A place with a policy file, and a service without presets.
struct Policied(tempfile::TempDir);

impl Policied {
    fn new(policy: &str) -> Result<Self> {
        let place = Self(scratch()?);
        fs::write(place.0.path().join("confinix.toml"), policy)?;
        Ok(place)
    }

    fn run(&self, arguments: &[&str]) -> crate::support::Run {
        bundle([
            "--expr",
            r#"{ services.web.serviceConfig.ExecStart = builtins.toFile "web" "w"; }"#,
        ])
        .args(["-s", "web", "-o", "out"])
        .args(arguments)
        .within(self.0.path())
    }
}

const MAIL: &str = r#"
[presets.mail]
bind-read-only = ["-/run/mail", "/etc/hosts:/etc/mail hosts"]
environment = { MAIL = "a b" }
"#;

#[test]
fn a_policy_file_defines_presets_too() -> Result<()> {
    let tool = crate::support::nix(["eval", "--raw", "--expr", r#"builtins.toFile "msmtp" "m""#])
        .succeeds()?
        .stdout;
    let place = Policied::new(&format!(
        "{MAIL}packages = [{tool:?}]\n[levels]\nnothing = 1\n"
    ))?;
    // A broken policy matters only if its presets are used.
    place.run(&["--preset", "dns"]).succeeds()?;
    place
        .run(&["--preset", "mail"])
        .fails(3, &["confinix.toml:7:1: "])?;
    let policy = format!("{MAIL}packages = [{tool:?}]\n");
    fs::write(place.0.path().join("confinix.toml"), &policy)?;
    place.run(&["--preset", "mail"]).succeeds()?;
    let out = place.0.path().join("out");
    let text = drop_in(&out, "web.service")?;
    for line in [
        "BindReadOnlyPaths=-/run/mail\n",
        "BindReadOnlyPaths=/etc/hosts:/etc/mail\" \"hosts\n",
        "Environment=\"MAIL=a b\"\n",
        "-msmtp\n",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    let origins: Vec<_> = bundle_json(&out)?["services"]["web.service"]["roots"]
        .as_array()
        .context("no roots")?
        .iter()
        .map(|root| root["origin"].clone())
        .collect();
    assert_eq!(origins, ["ExecStart[0]", "presets.mail"]);
    // From another file, and in a recording.
    let other = place.0.path().join("other.toml");
    fs::rename(place.0.path().join("confinix.toml"), &other)?;
    place
        .run(&["--preset", "mail"])
        .fails(3, &["no such file here"])?;
    place
        .run(&["--preset", "mail", "--preset-file", "other.toml"])
        .succeeds()?;
    let recorded = confinix(["services", "--expr"])
        .arg(r#"{ services.web.serviceConfig.ExecStart = "/x"; }"#)
        .args(["--all", "--preset", "mail", "--preset-file", "other.toml"])
        .within(place.0.path())
        .succeeds()?;
    assert!(
        recorded.stdout.contains("/etc/mail hosts"),
        "{}",
        recorded.stdout
    );
    Ok(())
}

#[test]
fn an_audit_makes_its_policy_s_presets() -> Result<()> {
    let place = Policied::new("")?;
    fs::write(place.0.path().join("p.toml"), MAIL)?;
    let audit = |arguments: &[&str]| {
        confinix(["audit", "--no-foresight", "--expr"])
            .arg(r#"{ services.web.serviceConfig.ExecStart = builtins.toFile "web" "w"; }"#)
            .args(crate::support::OFFLINE)
            .args(["--all", "--preset", "mail"])
            .args(arguments)
            .within(place.0.path())
            .run()
    };
    audit(&["--policy", "p.toml"])?.with_code(0)?;
    let ran = audit(&[])?.with_code(3)?;
    assert!(
        ran.stderr.contains("unknown preset \"mail\""),
        "{}",
        ran.stderr
    );
    Ok(())
}

#[test]
fn unknown_names_list_the_known_ones() -> Result<()> {
    let place = Policied::new(MAIL)?;
    place.run(&["--preset", "mial"]).fails(
        3,
        &[
            "unknown preset \"mial\": expected one of dbus, dns,",
            "mail in confinix.toml",
            "security.confinix.presets",
        ],
    )?;
    fs::write(place.0.path().join("confinix.toml"), "[[rule]]\n")?;
    place
        .run(&["--preset", "mail"])
        .fails(3, &["none in confinix.toml"])?;
    fs::write(
        place.0.path().join("confinix.toml"),
        "[presets.mail]\nbind = 1\n",
    )?;
    place
        .run(&["--preset", "mail"])
        .fails(3, &["confinix.toml:2:1: unknown key \"bind\" in [presets."])?;
    let both =
        r#"{ presets.mail.environment.A = "b"; services.web.serviceConfig.ExecStart = "/x"; }"#;
    fs::write(place.0.path().join("confinix.toml"), MAIL)?;
    bundle([
        "--expr",
        both,
        "--all",
        "--preset",
        "mail",
        "--preset-file",
        "confinix.toml",
    ])
    .within(place.0.path())
    .fails(
        3,
        &[
            "cannot use the presets of confinix.toml",
            "is defined both there and in Nix",
        ],
    )?;
    Ok(())
}
