//! Migrations of unit files, into `confinix.toml`.

use std::fs;

use anyhow::{Context, Result};

use super::Place;
use crate::support::{bundle, bundle_json, program};

/// A place with units that run programs of the store.
fn place() -> Result<Place> {
    let place = Place::new()?;
    let added = program("nix-store", ["--add"])
        .arg(place.path("tool"))
        .succeeds()?;
    let tool = added.stdout.trim().to_owned();
    fs::create_dir(place.path("units"))?;
    for (name, more) in [
        ("plain", ""),
        ("works", "WorkingDirectory=/srv/works\n"),
        ("bus", "Type=dbus\nBusName=org.example.Bus\nUser=bus\n"),
        (
            "switched",
            "Environment=A=b\nExecReload=/bin/kill -HUP $MAINPID\n",
        ),
    ] {
        let text = format!("[Service]\nExecStart={tool}/bin/tool\n{more}");
        place.write(&format!("units/{name}.service"), &text)?;
    }
    place.write("units/host.service", "[Service]\nExecStart=/usr/bin/host\n")?;
    Ok(place)
}

#[test]
fn options_are_added_to_the_configuration() -> Result<()> {
    let place = place()?;
    place.write(
        "confinix.toml",
        "# ours\n[levels]\nshell-present = \"allow\"\n",
    )?;
    let told = place.run(&["--units", "units"]).succeeds()?.stdout;
    assert!(
        told.contains("confinix.toml: 2 services confined, 2 not; changed\n"),
        "{told}"
    );
    let text = place.read("confinix.toml")?;
    insta::assert_snapshot!("confinix.toml", text);
    place.run(&["--units", "units", "--check"]).succeeds()?;
    assert_eq!(place.read("confinix.toml")?, text);

    // The file confines them.
    bundle(["--units", "units", "-o", "out"])
        .within(place.path("."))
        .succeeds()?;
    let services = &bundle_json(&place.path("out"))?["services"];
    let names: Vec<_> = services
        .as_object()
        .context("no services")?
        .keys()
        .collect();
    assert_eq!(names, ["bus.service", "plain.service"]);
    assert_eq!(
        services["bus.service"]["presets"],
        serde_json::json!(["dbus"])
    );

    // An update changes only what it is about, and what people edited stays.
    place.edit(
        "confinix.toml",
        "[services.bus]\n",
        "[services.bus]\nadopt = false # ours\n",
    )?;
    place.edit("units/works.service", "/srv/works", "/srv/other")?;
    place.run(&["--units", "units"]).succeeds()?;
    let after = place.read("confinix.toml")?;
    let expected = text
        .replace("[services.bus]\n", "[services.bus]\nadopt = false # ours\n")
        .replace("/srv/works", "/srv/other");
    let without_marks = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.contains("block works"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(without_marks(&after), without_marks(&expected));
    Ok(())
}

#[test]
fn what_people_configure_elsewhere_in_the_file_is_theirs() -> Result<()> {
    let place = place()?;
    let own = "[services.plain]\nenable = true\n[services.bus]\nenable = true\n[default.except.works]\nreason = \"we look after it\"\n";
    place.write("confinix.toml", own)?;
    let told = place.run(&["--units", "units"]).succeeds()?.stdout;
    for said in [
        "works.service: stays out: we look after it\n",
        "plain.service: configured in confinix.toml:1:11\n",
        "bus.service: configured in confinix.toml:3:11; confinix would write\n",
        "works.service: configured in confinix.toml:5:17\n",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    let text = place.read("confinix.toml")?;
    assert!(text.starts_with(own), "{text}");
    assert_eq!(text.matches("# confinix: block").count(), 1, "{text}");
    Ok(())
}

#[test]
fn broken_configurations_are_told_with_their_place() -> Result<()> {
    let place = place()?;
    place
        .run(&["--units", "units", "-o", "new.toml"])
        .succeeds()?;
    let whole = place.read("new.toml")?;
    for (from, to, said) in [
        ("enable = true", "enable = yes", "new.toml:"),
        ("[services.plain]", "[services.bus]", "duplicate key"),
        (
            "# confinix: end\n",
            "",
            "new.toml: the blocks of confinix have no end",
        ),
    ] {
        let broken = whole.replacen(from, to, 1);
        place.write("new.toml", &broken)?;
        place
            .run(&["--units", "units", "-o", "new.toml"])
            .fails(3, &[said])?;
        assert_eq!(place.read("new.toml")?, broken);
    }
    place
        .run(&["--units", "units", "-o", "x.nix"])
        .fails(2, &["x.nix: these services are configured by unit files"])?;
    place
        .run(&[
            "--units",
            "units",
            "-o",
            "a.toml",
            "--preset-file",
            "b.toml",
        ])
        .fails(2, &["-o a.toml and --preset-file b.toml"])?;
    Ok(())
}
