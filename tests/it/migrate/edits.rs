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
