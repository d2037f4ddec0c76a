//! What people type first who know other tools.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::support::{confinix, shop};

#[test]
fn words_of_other_tools_are_answered_with_what_to_type() -> Result<()> {
    for (word, answer) in [
        ("tree", "confinix show TARGET SERVICE"),
        ("why-depends", "confinix why TARGET SERVICE PATTERN"),
        ("build", "confinix bundle"),
        ("lint", "confinix audit TARGET"),
        ("test", "confinix rehearse TARGET"),
        ("shell", "confinix enter TARGET SERVICE"),
        ("compare", "confinix diff OLD NEW"),
        ("critical-chain", "`systemd-analyze` has it"),
        ("capability", "`systemd-analyze` has it"),
        ("sleep", "`confinix --help` lists them"),
        ("security", "confinix audit TARGET"),
        ("os", "`nixos-rebuild` deploys"),
        ("clean", "confinix install TARGET"),
        ("bans", "confinix sbom TARGET"),
        ("fix", "confinix check TARGET"),
        ("restart", "`systemctl` and `journalctl`"),
        ("path-info", "confinix show TARGET"),
        ("plot", "confinix report TARGET"),
        ("version", "--version"),
        ("update", "confinix install TARGET"),
        ("doctor", "confinix check TARGET"),
        ("inspect-elf", "`systemd-analyze` has it"),
        ("web.service", "`confinix show TARGET web.service`"),
    ] {
        let ran = confinix([word]).fails(2, &[answer])?;
        ensure!(
            ran.stderr
                .starts_with(&format!("confinix: there is no subcommand {word}: "))
        );
    }
    Ok(())
}

/// What people type first who know nix-tree, cargo-deny, hyperfine, nh or systemd-analyze works, or is answered with what to type.
#[test]
fn ten_first_tries_work_or_are_answered() -> Result<()> {
    let shop = shop()?.to_str().unwrap_or_default();
    for (arguments, answer) in [
        // nix-tree takes the target first.
        (&[shop][..], "confinix browse"),
        (
            &[".#nixosConfigurations.web"],
            "confinix show '.#nixosConfigurations.web'",
        ),
        (&["show", "--derivation", shop], "the target is a bundle"),
        // cargo-deny.
        (&["list", "--format", "json"], "confinix show TARGET"),
        (&["bans"], "confinix audit TARGET"),
        // hyperfine.
        (
            &["audit", shop, "--export-json", "x.json"],
            "--format json=FILE",
        ),
        // nh.
        (&["os", "switch", "."], "nixos-rebuild"),
        (
            &["check", shop, "--hostname", "web"],
            ".#nixosConfigurations.HOST",
        ),
        (&["bundle", "--dry", "-f", "x.nix"], "confinix diff OLD NEW"),
        // systemd-analyze.
        (&["security", "cart.service"], "confinix audit TARGET"),
        (&["audit", shop, "--threshold=50"], "--exposure LEVEL"),
        (&["verify", shop, "--unit=cart"], "-s NAME"),
        (&["audit", shop, "--config", "deny.toml"], "--policy FILE"),
        (&["--log-level", "warn", "check", shop], "--verbose"),
        (&["check", shop, "--no-color"], "--color never"),
        (&["--dot", shop], "confinix report TARGET"),
        (
            &["-f", "services.nix"],
            "confinix check --file services.nix",
        ),
        (&["check", "--argstr", "a", "b"], "confinix check --expr"),
        (&["--runs", "5"], "hyperfine 'confinix check TARGET'"),
        (&["--show-output"], "hyperfine 'confinix check TARGET'"),
        (&["--store", "x"], "confinix check --help"),
        (&["--update"], "nix flake update"),
        (&["--root", "/x"], "confinix rehearse TARGET --root DIR"),
        (&["check", "--show-stats"], "the numbers of findings"),
        (&["init", "--force"], "remove it first"),
        (&["init", "--zq"], "`--help` lists the options"),
    ] {
        confinix(arguments).fails(2, &["confinix: there is no ", answer])?;
    }
    for (arguments, answer) in [
        (
            &["check", "advisories"][..],
            "advisories is not a target: `confinix sbom TARGET`",
        ),
        (
            &["audit", "bans", "sources"],
            "bans is not a target: `confinix audit TARGET`",
        ),
        (
            &["show", "web.service"],
            "name the target first, as in `confinix show TARGET web.service`",
        ),
        (
            &["why", "bash"],
            "SERVICE is missing: type `confinix why TARGET SERVICE PATTERN`; `confinix why --help` has examples",
        ),
        (&["verify"], "DIR is missing: type `confinix verify DIR`"),
        (
            &["enter"],
            "TARGET is missing: type `confinix enter TARGET SERVICE [-- COMMAND...]`",
        ),
        (
            &["status", "web"],
            "`systemctl status web` shows one service",
        ),
    ] {
        confinix(arguments).fails(2, &[answer])?;
    }
    for arguments in [
        &["check", "--no-policy", shop][..],
        &["explain", "shell-present"],
        &["--version"],
        &["help", "audit"],
        &["show", shop, "cart.service"],
    ] {
        confinix(arguments).succeeds()?;
    }
    Ok(())
}

#[test]
fn words_of_other_tools_may_be_attribute_paths() -> Result<()> {
    let expression = r#"{ bans.services.web = { confinement.enable = true; serviceConfig.ExecStart = "/usr/bin/web"; }; }"#;
    confinix(["audit", "--no-policy", "--no-foresight"])
        .args(["--expr", expression, "bans"])
        .succeeds()?;
    Ok(())
}

#[test]
fn a_typing_error_is_not_corrected_to_what_help_does_not_list() -> Result<()> {
    for arguments in [&["guest-bot"][..], &["--quiet"]] {
        let ran = confinix(arguments).fails(2, &["`confinix --help` lists them"])?;
        ensure!(!ran.stderr.contains("guest-boot"), "{}", ran.stderr);
    }
    confinix(["completion"]).fails(2, &["a similar subcommand exists: 'completions'"])?;
    Ok(())
}

#[test]
fn json_has_one_name_everywhere() -> Result<()> {
    let bundle = shop()?;
    let bundle = bundle.to_str().unwrap_or_default();
    for command in [
        &["show", bundle][..],
        &["why", bundle, "web", "*"],
        &["audit", bundle, "--no-foresight", "--no-policy"],
        &["check", bundle, "--no-policy"],
        &["diff", bundle, bundle],
        &["presets", "--no-policy"],
        &["explain"],
    ] {
        let short = confinix(command).arg("--json").run()?;
        let long = confinix(command).args(["--format", "json"]).run()?;
        ensure!(short.stdout == long.stdout, "{command:?}");
        serde_json::from_str::<Value>(&short.stdout)?;
    }
    confinix(["show", bundle, "--json", "--format", "json"]).fails(2, &["cannot be used with"])?;
    confinix([
        "check",
        bundle,
        "--no-policy",
        "--json",
        "--format",
        "human",
    ])
    .fails(2, &["only one format can go to standard output"])?;
    Ok(())
}

#[test]
fn services_of_a_bundle_can_be_selected_everywhere() -> Result<()> {
    let bundle = shop()?;
    let run = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.insert(1, bundle.to_str().unwrap_or_default());
        confinix(all)
    };
    let shown = run(&["show", "-s", "search*"]).succeeds()?.stdout;
    let names: Vec<_> = shown
        .lines()
        .skip(1)
        .take(2)
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(names, ["search-index", "search"], "{shown}");
    ensure!(
        shown.contains("\n\n2 services, 1 closure, 4 store paths"),
        "{shown}"
    );
    let audited = run(&[
        "audit",
        "-s",
        "web",
        "-s",
        "till@back",
        "--json",
        "--no-policy",
        "--no-foresight",
    ]);
    let audited: Value = serde_json::from_str(&audited.run()?.stdout)?;
    ensure!(audited["summary"]["services"] == 2, "{audited}");
    for command in ["audit", "check", "show"] {
        run(&[command, "-s", "wbe"]).fails(3, &["no service is called wbe; did you mean web?"])?;
        run(&[command, "-s", "["]).fails(2, &["is not a glob"])?;
    }
    run(&["show", "web", "-s", "web"]).fails(2, &["show takes the service as an argument"])?;
    Ok(())
}

#[test]
fn an_instance_is_shown_as_its_template() -> Result<()> {
    let bundle = shop()?;
    let show = |name: &str| confinix(["show"]).arg(bundle).arg(name).succeeds();
    assert_eq!(show("till@back")?.stdout, show("till@.service")?.stdout);
    assert_ne!(show("till@front")?.stdout, show("till@.service")?.stdout);
    Ok(())
}

#[test]
fn a_service_after_a_bundle_is_not_taken_for_a_flake() -> Result<()> {
    let bundle = shop()?;
    for command in ["check", "audit"] {
        confinix([command]).arg(bundle).arg("web").fails(
            2,
            &[
                "web is a service of ",
                ", not another target: select it with -s web",
            ],
        )?;
    }
    Ok(())
}

#[test]
fn what_a_target_would_be_is_shown_without_writing_a_bundle() -> Result<()> {
    let expression = r#"{ services.web = { confinement.enable = true; serviceConfig.ExecStart = "/usr/bin/web"; }; }"#;
    let shown = confinix(["show", "--expr", expression, "web"])
        .succeeds()?
        .stdout;
    ensure!(shown.starts_with("web.service: 0 store paths"), "{shown}");
    let listed = confinix(["show", "--expr", expression]).succeeds()?.stdout;
    ensure!(
        listed.ends_with("1 service, 1 closure, 0 store paths of 0 B\n"),
        "{listed}"
    );
    Ok(())
}

#[test]
fn colour_is_chosen_on_the_command_line() -> Result<()> {
    let bundle = shop()?;
    let audit = |colour: &str| {
        let run = confinix([
            "audit",
            "--no-foresight",
            "--no-policy",
            "-D",
            "shell-present",
            "--color",
            colour,
        ]);
        run.arg(bundle)
            .env("NO_COLOR", "1")
            .env("CLICOLOR_FORCE", "1")
            .run()
    };
    ensure!(audit("always")?.stdout.contains('\u{1b}'));
    ensure!(!audit("auto")?.stdout.contains('\u{1b}'));
    ensure!(!audit("never")?.stdout.contains('\u{1b}'));
    confinix(["show", "--color", "perhaps"]).fails(2, &["auto, always, never"])?;
    Ok(())
}
