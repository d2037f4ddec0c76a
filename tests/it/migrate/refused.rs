//! What a migration refuses: with the place and the remedy, and nothing is written.

use anyhow::Result;

use super::Place;

#[test]
fn exceptions_are_for_services_that_exist_and_have_reasons() -> Result<()> {
    let place = Place::new()?;
    for (code, arguments, said) in [
        (
            2,
            &["--except", "plain"][..],
            "--except plain has no reason: write --except 'plain=why",
        ),
        (2, &["--except", "plain= "], "has no reason"),
        (
            2,
            &["--except", "plain=a", "--except", "plain.service=b"],
            "gives plain.service two reasons, \"a\" and \"b\"",
        ),
        (
            2,
            &["--except", "a b=c"],
            "\"a b.service\" is not the name of a service",
        ),
        (
            3,
            &["--except", "plane=a"],
            "--except names plane.service, which is no service there; did you mean plain?",
        ),
        (
            3,
            &["--except", "host=a"],
            "--except host: host.service is not migrated, because it runs no program of the store, or --only leaves it out: drop --except",
        ),
        (
            3,
            &["--except", "plain=a", "--only", "w*"],
            "--except plain: plain.service is not migrated",
        ),
        (
            3,
            &["--only", "plane"],
            "no service is called plane; did you mean plain?",
        ),
        (2, &["--only", ""], "is not a glob"),
        (
            2,
            &["--select", "plain"],
            "--select has no effect: migrate takes every service, or those of --only",
        ),
        (2, &["--all"], "--all has no effect"),
        (
            2,
            &["--for", "3s"],
            "--for has no effect without --rehearse",
        ),
        (2, &["-o", "-"], "- is not a file name"),
        (2, &["-o", "/dev/null"], "/dev/null is not a regular file"),
        (
            2,
            &["-o", "confinix.toml"],
            "these are configured in Nix: name a file that ends in .nix",
        ),
        (
            3,
            &["--only", "host"],
            "none of the services runs a program of the store",
        ),
    ] {
        let ran = place.migrate(arguments)?.with_code(code)?;
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        assert!(!place.path("confined.nix").exists(), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn a_policy_and_an_exception_do_not_contradict_each_other() -> Result<()> {
    let place = Place::new()?;
    place.write(
        "confinix.toml",
        "[[rule]]\nservices = [\"w*\", \"plain\"]\nmax-paths = 3\n",
    )?;
    let ran = place.migrate(&["--except", "plain=a"])?.with_code(3)?;
    let said = "--except plain: plain.service is excepted from confinement, but the rule at confinix.toml:2:19 is for it: drop one of the two";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    place.migrate(&["--except", "works=a"])?.with_code(0)?;
    place.write("confinix.toml", "[default.except.works]\nreason = \"b\"\n")?;
    let ran = place.migrate(&["--except", "works=a"])?.with_code(3)?;
    let said = "--except works: works.service is excepted at confinix.toml:1:17 for another reason: drop one of the two";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    place.migrate(&["--except", "works=b"])?.with_code(0)?;
    place.write("confinix.toml", "[default.except.plane]\nreason = \"a\"\n")?;
    let ran = place.migrate(&[])?.with_code(3)?;
    let said = "confinix.toml:1:17: the exception names plane.service, which is no service there; did you mean plain?";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    Ok(())
}

#[test]
fn a_file_that_does_not_parse_stays_as_it_is() -> Result<()> {
    let place = Place::new()?;
    place.write("confined.nix", "{ }\n")?;
    let refused = |said: &str| -> Result<()> {
        let before = place.read("confined.nix")?;
        let ran = place.migrate(&[])?.with_code(3)?;
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        assert_eq!(place.read("confined.nix")?, before);
        Ok(())
    };
    refused("confined.nix has no blocks of confinix: name another file with -o")?;
    std::fs::remove_file(place.path("confined.nix"))?;
    place.migrate(&[])?.with_code(0)?;
    let whole = place.read("confined.nix")?;
    for (from, to, said) in [
        (
            "  # confinix: end\n",
            "",
            "confined.nix: the blocks of confinix have no end: restore the line `# confinix: end`",
        ),
        (
            "block works.service",
            "block bus.service",
            "bus.service has another block at confined.nix:5: remove one of the two",
        ),
        (
            "block works.service",
            "block works",
            "\"works\" is not the name of a service",
        ),
        (
            "\"works\" = {",
            "\"works\" {",
            "confined.nix was edited into something that is no Nix expression: correct it",
        ),
    ] {
        place.write("confined.nix", &whole)?;
        place.edit("confined.nix", from, to)?;
        refused(said)?;
    }
    // A block that someone edited is not removed with its service.
    place.write("confined.nix", &whole)?;
    place.edit(
        "confined.nix",
        "systemd.services.\"plain\" = {",
        "systemd.services.\"plain\" = { # ours",
    )?;
    place.edit("services.nix", "plain.", "plainer.")?;
    refused("the block is for plain.service, which is no service there; did you mean plainer?")
}

#[test]
fn a_target_without_services_is_told() -> Result<()> {
    let place = Place::new()?;
    place.write("none.nix", "{ services = { }; }")?;
    let ran = place.run(&["-f", "none.nix"]).run()?.with_code(3)?;
    assert!(
        ran.stderr.contains("there is no service to confine"),
        "{}",
        ran.stderr
    );
    place.write("twice.nix", "{ services = { a.serviceConfig.ExecStart = \"/bin/a\"; \"a.service\".serviceConfig.ExecStart = \"/bin/b\"; }; }")?;
    let ran = place.run(&["-f", "twice.nix"]).run()?.with_code(3)?;
    assert!(
        ran.stderr.contains("are both named a.service"),
        "{}",
        ran.stderr
    );
    Ok(())
}
