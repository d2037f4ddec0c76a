use anyhow::Result;
use confinix::code::Code;
use insta::assert_snapshot;

use crate::support::Place;

#[test]
fn codes_are_listed() -> Result<()> {
    let listed = Place::new()?.stdout(0, &["explain"])?;
    let lines: Vec<_> = listed.lines().collect();
    for (code, line) in Code::ALL.iter().zip(&lines[1..]) {
        let (name, level) = (code.as_str(), code.level().name());
        assert_eq!(line.split_whitespace().next(), Some(name));
        assert_eq!(line.split_whitespace().nth(1), Some(level));
        assert!(line.ends_with(code.summary()), "{line}");
    }
    // A sample of the output; each code has one line.
    let some = [&lines[..4], &lines[Code::ALL.len() + 1..]].concat();
    assert_snapshot!(some.join("\n"));
    Ok(())
}

#[test]
fn a_code_is_explained() -> Result<()> {
    assert_snapshot!(Place::new()?.stdout(0, &["explain", "denied-package"])?);
    Ok(())
}

#[test]
fn an_unknown_code_is_wrong_usage() -> Result<()> {
    let place = Place::new()?;
    assert_snapshot!(place.stderr(2, &["explain", "denied"])?);
    assert_snapshot!(place.stderr(2, &["explain", "E0308"])?);
    Ok(())
}

#[test]
fn the_policy_to_begin_with_allows_everything() -> Result<()> {
    let place = Place::with_bundle()?;
    place.stdout(0, &["init"])?;
    assert_snapshot!(place.stdout(
        0,
        &[
            "audit",
            "bundle",
            "-A",
            "shell-present",
            "-A",
            "host-store-writable"
        ]
    )?);
    assert_snapshot!(place.stderr(3, &["init"])?, @"confinix: confinix.toml already exists and was not changed (use -o FILE for another file)");
    Ok(())
}

/// The examples in its comments must be correct too.
#[test]
fn the_policy_to_begin_with_shows_what_works() -> Result<()> {
    let place = Place::with_bundle()?;
    place.stdout(0, &["init"])?;
    let text = place.read("confinix.toml")?;
    let settings = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(code) if code.contains(" = ") || code.starts_with(['[', ']', ' ']) => code,
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    place.write("confinix.toml", &settings)?;
    let report = place.stdout(1, &["audit", "bundle", "--today", "2026-11-21"])?;
    assert!(!report.contains("unknown-policy-key"), "{report}");
    assert!(report.contains("required-package-missing"), "{report}");
    Ok(())
}
