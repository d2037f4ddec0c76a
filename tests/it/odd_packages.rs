//! Packages with odd units: links, masks, two with the same name, and unreadable ones.

use anyhow::Result;

use crate::merged::{exec, made, nixos, shipped};
use crate::shipped::{Packages, UNITS};
use crate::support::{bundle, scratch, strings};

#[test]
fn a_link_that_leads_nowhere_leaves_the_unit_to_the_service() -> Result<()> {
    let packages = Packages::new()?;
    packages.link("one", &format!("{UNITS}/a.service"), "nowhere.service")?;
    let services = r#"services.a = { serviceConfig.ExecStart = "/own"; };"#;
    let service = &made(&nixos(&packages, &["one"], services)?)?["a.service"];
    assert_eq!(exec(service, "ExecStart")?, ["/own"]);
    Ok(())
}

#[test]
fn a_masked_unit_of_a_package_is_refused() -> Result<()> {
    let packages = Packages::new()?;
    packages.link("one", "share/null", "/dev/null")?;
    packages.link("one", &format!("{UNITS}/a.service"), "../../../share/null")?;
    packages.unit("one", "b.service", "")?;
    for name in ["a", "b"] {
        let services = format!(r#"services.{name} = {{ serviceConfig.ExecStart = "/own"; }};"#);
        let expression = nixos(&packages, &["one"], &services)?;
        let masked = format!("{name}.service is masked");
        bundle(["--expr", &expression, "--all"]).fails(3, &[&masked, "from systemd.packages"])?;
    }
    Ok(())
}

/// NixOS links one of them; which one is undefined.
#[test]
fn two_packages_with_different_drop_ins_of_one_name_are_refused() -> Result<()> {
    let packages = Packages::new()?;
    for (package, text) in [("one", "UMask=1"), ("two", "UMask=1"), ("three", "UMask=3")] {
        let text = format!("[Service]\n{text}\n");
        packages.file(package, &format!("{UNITS}/a.service.d/x.conf"), &text)?;
        packages.file(package, "share/name", package)?;
    }
    let services = r#"services.a = { serviceConfig.ExecStart = "/own"; };"#;
    let service = &made(&nixos(&packages, &["one", "two"], services)?)?["a.service"];
    assert_eq!(strings(&service["settings"]["UMask"])?, ["1"]);
    let expression = nixos(&packages, &["one", "three"], services)?;
    bundle(["--expr", &expression, "--all"]).fails(
        3,
        &["a.service", "x.conf", "-one", "-three", "different names"],
    )?;
    Ok(())
}

/// confinix ignores mistakes in a unit that is not confined.
#[test]
fn units_of_others_are_not_read() -> Result<()> {
    let packages = Packages::new()?;
    shipped(&packages)?;
    packages.unit("one", "b.service", "[Service\nnonsense\n")?;
    packages.unit("one", "b.service.d/x.conf", "nonsense\n")?;
    let services = r"services.a = { }; services.b = { };";
    let expression = nixos(&packages, &["one"], services)?;
    bundle(["--expr", &expression, "-s", "a"]).succeeds()?;
    bundle(["--expr", &expression, "-s", "b"]).fails(
        3,
        &[
            "cannot read what packages ship for b.service",
            "b.service:1: the section header",
        ],
    )?;
    Ok(())
}

/// systemd ignores them too.
#[test]
fn a_drop_in_that_is_no_file_is_ignored_with_a_warning() -> Result<()> {
    let packages = Packages::new()?;
    packages.unit("one", "a.service.d/directory.conf/file", "")?;
    let link = |name: &str, target: &str| {
        packages.link("one", &format!("{UNITS}/a.service.d/{name}.conf"), target)
    };
    link("host", "/etc/passwd")?;
    link("dangling", "nowhere")?;
    link("masked", "/dev/null")?;
    let services = r#"services.a = { serviceConfig.ExecStart = "/own"; };"#;
    let expression = nixos(&packages, &["one"], services)?;
    let out = scratch()?;
    let ran = bundle(["--expr", &expression, "--all", "-o"])
        .arg(out.path().join("out"))
        .succeeds()?;
    for said in [
        "directory.conf is ignored: it is a directory",
        "host.conf is ignored: its target is outside the store",
        "dangling.conf is ignored: it is a dangling link",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("masked.conf"));
    Ok(())
}

#[test]
fn a_name_with_a_newline_is_shown_on_one_line() -> Result<()> {
    let packages = Packages::new()?;
    packages.file("tool", "bin/tool", "tool")?;
    let text = format!("[Service]\nExecStop={}/bin/tool\n", packages.add("tool")?);
    packages.unit("one", "a.service.d/a\nb\u{1b}.conf", &text)?;
    let services = r#"services.a = { serviceConfig.ExecStart = "/own"; };"#;
    let service = &made(&nixos(&packages, &["one"], services)?)?["a.service"];
    assert_eq!(
        service["roots"][0]["origin"],
        r"one/lib/systemd/system/a.service.d/a\nb\u{1b}.conf:ExecStop[0]"
    );
    Ok(())
}

/// A unit can name a path that its package does not depend on.
#[test]
fn a_unit_that_names_a_path_which_does_not_exist_is_refused() -> Result<()> {
    let dead = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-dead-1";
    let package = format!(
        r#"derivation {{
            name = "one";
            system = builtins.currentSystem;
            builder = "/bin/sh";
            args = [ "-c" "PATH=/run/current-system/sw/bin:/usr/bin:/bin; mkdir -p $out/{UNITS}; echo '[Service]' > $out/{UNITS}/a.service; echo ExecStart={dead} >> $out/{UNITS}/a.service" ];
        }}"#
    );
    let expression = format!(
        r#"{{ packages = [ ({package}) ]; services.a.serviceConfig.ExecStartPre = "/own"; }}"#
    );
    bundle(["--impure", "--expr", &expression, "--all"]).fails(
        3,
        &["a.service names", dead, "the package whose unit names it"],
    )?;
    Ok(())
}
