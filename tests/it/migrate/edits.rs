//! What people edit in the file that a migration wrote.

use anyhow::{Context, Result};

use super::Place;

#[test]
fn what_people_edited_stays_and_what_would_be_written_is_told() -> Result<()> {
    let place = Place::new()?;
    place.migrate(&[])?.with_code(0)?;
    let edit = ("\"dbus\"", "\"dbus\" \"dns\" # we look up names");
    place.edit("confined.nix", edit.0, edit.1)?;
    place.edit(
        "confined.nix",
        "{ lib, pkgs, ... }:\n",
        "# ours\n{ lib, pkgs, ... }:\n",
    )?;
    let edited = place.read("confined.nix")?;
    let told = place.migrate(&[])?.with_code(0)?.stdout;
    assert!(
        told.contains("bus.service: its block was edited, and stays as it is\n"),
        "{told}"
    );
    assert_eq!(place.read("confined.nix")?, edited);

    // What confinix would write now is told only if it is something else than before.
    place.edit(
        "services.nix",
        "User = \"bus\"",
        "User = \"bus\"; WorkingDirectory = \"/srv/bus\"",
    )?;
    let told = place.migrate(&[])?.with_code(0)?.stdout;
    assert!(
        told.contains("stays as it is; confinix would write\n"),
        "{told}"
    );
    assert!(told.contains("\"/srv/bus\""), "{told}");
    assert_eq!(place.read("confined.nix")?, edited);

    // Without its block, it is written again, and a block of a service that is gone is removed.
    let is_of_bus = |block: &&str| block.starts_with("bus.service");
    let block = edited
        .split("  # confinix: block ")
        .find(is_of_bus)
        .context("no block")?;
    place.edit("confined.nix", &format!("  # confinix: block {block}"), "")?;
    place.edit("services.nix", "plain.", "plainer.")?;
    let decided = place.decided(&[])?;
    assert_eq!(decided["services"]["bus.service"]["block"], "new");
    assert_eq!(decided["gone"], serde_json::json!(["plain.service"]));
    let text = place.read("confined.nix")?;
    assert!(
        text.starts_with("# ours\n") && text.contains("/srv/bus"),
        "{text}"
    );
    assert!(!text.contains("services.\"plain\""), "{text}");
    Ok(())
}

#[test]
fn exceptions_of_the_user_stay_until_their_block_is_removed() -> Result<()> {
    let place = Place::new()?;
    place
        .migrate(&["--except", "plain= drivers ${come} from anywhere"])?
        .with_code(0)?;
    let text = place.read("confined.nix")?;
    assert!(
        text.contains("  # confinix: block plain.service given\n  security.confinix.default.except.\"plain\".reason = \"drivers \\${come} from anywhere\";\n"),
        "{text}"
    );
    assert_eq!(place.migrate(&["--check"])?.code, Some(0));
    let only = place.decided(&["--only", "w*", "--evidence"])?;
    assert_eq!(
        only["services"].as_object().map(serde_json::Map::len),
        Some(1)
    );
    assert!(
        place
            .read("confined.nix")?
            .contains("block plain.service given")
    );
    Ok(())
}

#[test]
fn an_exception_does_not_replace_a_block_that_was_edited() -> Result<()> {
    let place = Place::new()?;
    place.migrate(&[])?.with_code(0)?;
    place.edit("confined.nix", "\"dbus\"", "\"dbus\" # ours")?;
    let edited = place.read("confined.nix")?;
    let ran = place.migrate(&["--except", "bus=a"])?.with_code(3)?;
    let line = edited.lines().position(|line| line.contains("block bus."));
    let line = line.context("no block")? + 1;
    let said = format!(
        "confined.nix:{line}: the block of bus.service was edited, and --except bus would replace it: remove the block, or drop --except"
    );
    assert!(ran.stderr.contains(&said), "{said}: {}", ran.stderr);
    assert_eq!(place.read("confined.nix")?, edited);

    // An exception that was given before has another reason, but keeps what people wrote beside it.
    place.migrate(&["--except", "plain=a"])?.with_code(0)?;
    place.migrate(&["--except", "plain=b"])?.with_code(0)?;
    place.edit("confined.nix", "reason = \"b\";", "reason = \"b\"; # ours")?;
    place.migrate(&["--except", "plain=b"])?.with_code(3)?;
    place.migrate(&["--check"])?.with_code(0)?;
    Ok(())
}

#[test]
fn the_reason_of_the_user_counts_for_an_instance_of_a_template_that_stays_out() -> Result<()> {
    let place = Place::new()?;
    place.services(
        r#"
        "x@".serviceConfig.ExecStart = "${tool}/bin/sshd";
        "x@one".serviceConfig.ExecStart = [ "" "${tool}/bin/tool" ];
        "x@two".serviceConfig.ExecStart = [ "" "${tool}/bin/tool" ];
    "#,
    )?;
    let decided = place.decided(&["--except", "x@one=we look after it"])?;
    let reason = |name: &str| decided["services"][name]["reason"].as_str();
    assert_eq!(reason("x@one.service"), Some("we look after it"));
    assert_eq!(reason("x@two.service"), reason("x@.service"));
    Ok(())
}

#[test]
fn an_exception_for_a_service_that_runs_nothing_of_the_store_is_told() -> Result<()> {
    let place = Place::new()?;
    place.migrate(&["--except", "plain=a"])?.with_code(0)?;
    place.write("confinix.toml", "[default.except]\nworks.reason = \"b\"\n")?;
    let none = serde_json::json!({});
    assert_eq!(place.decided(&[])?["unneeded"], none);
    for name in ["plain.serviceConfig", "works.serviceConfig"] {
        place.edit(
            "services.nix",
            name,
            &format!("{name}.ExecStart = \"/usr/bin/host\"; old{name}"),
        )?;
    }
    let told = place.migrate(&[])?.with_code(0)?.stdout;
    for said in [
        "plain.service: its exception in its block is not needed: it runs no program of the store\n",
        "works.service: its exception at confinix.toml:2:1 is not needed: it runs no program of the store\n",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert_eq!(place.decided(&["--only", "bus"])?["unneeded"], none);
    Ok(())
}

#[test]
fn an_exception_in_the_policy_takes_the_place_of_a_block() -> Result<()> {
    let place = Place::new()?;
    place.migrate(&["--except", "plain=ours"])?.with_code(0)?;
    let first = place.read("confined.nix")?;
    place.write(
        "confinix.toml",
        "[default.except]\nplain.reason = \"a\"\nworks.reason = \"b\"\n",
    )?;
    place.migrate(&["--check"])?.with_code(1)?;
    let told = place.migrate(&[])?.with_code(0)?.stdout;
    assert!(told.contains("works.service: stays out: b\n"), "{told}");
    let text = place.read("confined.nix")?;
    assert!(!text.contains("\"works\""), "{text}");
    assert!(text.contains("block plain.service given"), "{text}");
    place.migrate(&["--check"])?.with_code(0)?;

    // A block that someone edited stays, and is told.
    place.write("confined.nix", &first)?;
    place.edit(
        "confined.nix",
        "systemd.services.\"works\" = {",
        "systemd.services.\"works\" = { # ours",
    )?;
    let told = place.migrate(&[])?.with_code(0)?.stdout;
    let said = "works.service: its block was edited, and stays as it is; confinix would write\n";
    assert!(told.contains(said), "{told}");
    assert!(place.read("confined.nix")?.contains("{ # ours"));
    Ok(())
}
