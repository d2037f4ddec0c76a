//! What a terminal gets, and what only a terminal gets: colours, escape sequences, and a line that moves.

use std::process::Stdio;

use anyhow::{Context, Result};

use super::bash;
use crate::support::{CHECKOUT, Ran, bundle, confinix, not_run, program, scratch, shop};

#[test]
fn no_home_and_no_color_change_nothing() -> Result<()> {
    let scratch = scratch()?;
    let run = || {
        bundle(["-f", "fixtures/shop", "-o"])
            .arg(scratch.path().join("out"))
            .within(CHECKOUT)
    };
    run().without("HOME").without("USER").succeeds()?;
    let ran = run().env("NO_COLOR", "1").env("TERM", "dumb").succeeds()?;
    assert!(!ran.stdout.contains('\u{1b}'));
    assert_eq!(
        crate::support::files(&scratch.path().join("out"))?,
        crate::support::files(shop()?)?
    );
    Ok(())
}

#[test]
fn no_escape_sequence_goes_to_a_file() -> Result<()> {
    for arguments in [
        &["show", "/nonexistent"][..],
        &["bundle", "--nonsense"],
        &["--help"],
    ] {
        let ran = confinix(arguments).run()?;
        assert!(
            !format!("{}{}", ran.stdout, ran.stderr).contains('\u{1b}'),
            "{arguments:?}"
        );
    }
    Ok(())
}

/// Runs as on a terminal, where clap colours its output.
#[test]
fn no_word_of_the_command_line_acts() -> Result<()> {
    for arguments in [
        &["a\u{1b}[2Jb"][..],
        &["bundle", "--strategy", "a\u{1b}[2Jb"],
        &["show", "--a\u{1b}[2Jb"],
    ] {
        let ran = confinix(arguments).env("CLICOLOR_FORCE", "1").run()?;
        let ran = ran.with_code(2)?.saying(&[r"a\u{1b}[2Jb"])?;
        assert!(!ran.stderr.contains('\u{1b}'), "{arguments:?}");
    }
    let ran = confinix(["shw"]).env("CLICOLOR_FORCE", "1").run()?;
    assert!(ran.stderr.contains("\u{1b}["), "{}", ran.stderr);
    Ok(())
}

#[test]
fn a_terminal_gets_a_moving_line_that_leaves_nothing() -> Result<()> {
    // `script` (util-linux) provides the terminal; without it, only the other tests cover plain output.
    if program("script", ["--version"]).run().is_err() {
        return not_run("the progress on a terminal", "there is no script(1)");
    }
    let scratch = scratch()?;
    let line = format!(
        "{} bundle -f fixtures/shop --option substitute false -o {}",
        env!("CARGO_BIN_EXE_confinix"),
        scratch.path().join("out").display()
    );
    let mut command = program("script", ["-qec", &line, "/dev/null"])
        .env("TERM", "xterm")
        .within(CHECKOUT)
        .command();
    let ran = Ran::of(command.stdin(Stdio::null()).output()?)?.with_code(0)?;
    let last = ran
        .stdout
        .trim_end()
        .rsplit('\u{1b}')
        .next()
        .unwrap_or_default();
    assert!(
        last.starts_with("[2K") && last.contains("10 services, 9 closures"),
        "{:?}",
        ran.stdout
    );
    Ok(())
}

#[test]
fn on_a_terminal_the_line_that_moves_gives_way_to_the_result() -> Result<()> {
    for (command, first) in [("audit --no-policy", "cart.service"), ("show", "SERVICE")] {
        let line = format!("script -qec 'confinix {command} '$SHOP /dev/null < /dev/null");
        let ran = bash(&format!(
            "export -f confinix; export SHELL=/bin/bash; {line}"
        ))?;
        let said = ran.stdout;
        let mut lines = said.split(['\r', '\n']);
        let line = lines
            .find(|line| line.contains(first))
            .with_context(|| format!("{said:?} says nothing of {first}"))?;
        let plain = line.replace("\u{1b}[2K", "").replace("\u{1b}[1m", "");
        assert!(plain.starts_with(first), "{said:?}");
    }
    Ok(())
}

#[test]
fn colours_are_for_terminals_that_have_them_and_for_who_asks() -> Result<()> {
    let shop = crate::support::shop()?;
    let bundle = shop.to_string_lossy().into_owned();
    let audit =
        || confinix(["audit", "--no-policy", "--no-foresight", &bundle]).env("TERM", "xterm");
    let is_coloured =
        |run: crate::support::Run| Ok::<_, anyhow::Error>(run.run()?.stdout.contains('\u{1b}'));
    anyhow::ensure!(!is_coloured(audit())?);
    anyhow::ensure!(is_coloured(audit().env("CLICOLOR_FORCE", "1"))?);
    anyhow::ensure!(!is_coloured(audit().env("CLICOLOR_FORCE", "0"))?);
    anyhow::ensure!(!is_coloured(
        audit().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")
    )?);
    if program("script", ["--version"]).run().is_err() {
        return not_run("colours on a terminal", "there is no script(1)");
    }
    let binary = env!("CARGO_BIN_EXE_confinix");
    for (term, is_dumb) in [("xterm", false), ("dumb", true), ("", true)] {
        for line in [
            format!("{binary} audit --no-policy --no-foresight {bundle}"),
            format!("{binary} bundle -f fixtures/shop --option substitute false -o {bundle}.again"),
        ] {
            let mut command = program("script", ["-qec", &line, "/dev/null"])
                .env("TERM", term)
                .without("NO_COLOR")
                .within(CHECKOUT)
                .command();
            let ran = Ran::of(command.stdin(Stdio::null()).output()?)?;
            anyhow::ensure!(
                !is_dumb || !ran.stdout.contains('\u{1b}'),
                "{term}: {:?}",
                ran.stdout
            );
            anyhow::ensure!(
                is_dumb || ran.stdout.contains('\u{1b}'),
                "{term}: {:?}",
                ran.stdout
            );
        }
    }
    Ok(())
}

#[test]
fn sentences_fit_the_terminal() -> Result<()> {
    if program("script", ["--version"]).run().is_err() {
        return not_run("sentences on a terminal", "there is no script(1)");
    }
    let shop = shop()?.to_string_lossy();
    let binary = env!("CARGO_BIN_EXE_confinix");
    let shown = |columns: u32| {
        let line = format!(
            "stty cols {columns}; {binary} --color never -q audit --no-policy --no-foresight -D shell-present {shop}"
        );
        let mut command = program("script", ["-qec", &line, "/dev/null"]).command();
        let ran = Ran::of(command.stdin(Stdio::null()).output()?)?.with_code(1)?;
        Ok::<_, anyhow::Error>(ran.stdout.replace('\r', ""))
    };
    let findings = |text: &str| {
        let lines = text
            .lines()
            .filter(|line| line.starts_with("  ") && !line.starts_with("        "));
        let lines = lines.filter(|line| !line.contains("to allow it") && !line.contains(" = "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (narrow, wide) = (shown(50)?, shown(400)?);
    let longest = |text: &str| findings(text).iter().map(|line| line.chars().count()).max();
    anyhow::ensure!(longest(&narrow) <= Some(50), "{narrow}");
    anyhow::ensure!(longest(&wide) > Some(50), "{wide}");
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(words(&narrow), words(&wide));
    Ok(())
}
