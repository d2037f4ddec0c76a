use anyhow::{Context, Result};
use insta::assert_snapshot;

use crate::common::without_strategies;
use crate::support::Place;

#[test]
fn every_subcommand_of_this_part_helps() -> Result<()> {
    let place = Place::new()?;
    for subcommand in [
        "why", "diff", "audit", "check", "report", "sbom", "explain", "init",
    ] {
        let help = place.stdout(0, &[subcommand, "--help"])?;
        assert_snapshot!(format!("help_{subcommand}"), without_strategies(&help));
    }
    Ok(())
}

#[test]
fn shells_get_completions() -> Result<()> {
    let place = Place::new()?;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = place.stdout(0, &["completions", shell])?;
        assert!(text.contains("CONFINIX_COMPLETE"), "{shell} does not ask");
    }
    place.stderr(2, &["completions", "csh"])?;
    Ok(())
}

#[test]
fn every_subcommand_has_a_manual_page() -> Result<()> {
    let place = Place::new()?;
    place.stdout(0, &["man", "pages"])?;
    let mut names: Vec<_> = std::fs::read_dir(place.path("pages"))?
        .map(|entry| {
            let name = entry?.file_name().into_string();
            name.ok().context("an odd name")
        })
        .collect::<Result<_>>()?;
    names.sort();
    let help = place.stdout(0, &["--help"])?;
    let subcommands: Vec<_> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            line.strip_prefix("  ")
                .and_then(|line| line.split(' ').next())
        })
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    let mut expected: Vec<_> = subcommands
        .iter()
        .map(|name| format!("confinix-{name}.1"))
        .collect();
    expected.push("confinix.1".to_owned());
    expected.sort();
    assert_eq!(names, expected);
    let page = place.read("pages/confinix-why.1")?;
    assert!(
        page.contains(".TH confinix-why 1") && page.contains("PATTERN"),
        "{page}"
    );
    Ok(())
}
