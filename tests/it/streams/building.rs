//! What the progress line says while nix builds.

use std::process::Stdio;

use anyhow::{Result, ensure};

use crate::support::{Ran, not_run, program, scratch};

/// A service whose program is built; `script` is a part of its builder.
fn expression(script: &str) -> String {
    format!(
        "{{ services.web = {{ confinement.enable = true; serviceConfig.ExecStart = \"${{derivation {{ \
         name = \"slow-web-1.0\"; system = \"{}-linux\"; builder = \"/bin/sh\"; PATH = \"/usr/bin:/bin\"; \
         args = [ \"-euc\" \"echo from the builder; sleep 1; {script}\\n:\" ]; }}}}/bin/web\"; }}; }}",
        std::env::consts::ARCH
    )
}

/// Makes a bundle of it as on a terminal.
fn on_a_terminal(expression: &str) -> Result<Option<Ran>> {
    if program("script", ["--version"]).run().is_err() {
        not_run(
            "the progress of builds on a terminal",
            "there is no script(1)",
        )?;
        return Ok(None);
    }
    let scratch = scratch()?;
    std::fs::write(scratch.path().join("services.nix"), expression)?;
    let line = format!(
        "stty cols 100; {} bundle -f services.nix --option substitute false --strategy bind -o out",
        env!("CARGO_BIN_EXE_confinix")
    );
    let mut command = program("script", ["-qec", &line, "/dev/null"])
        .env("TERM", "xterm")
        .within(scratch.path())
        .command();
    Ok(Some(Ran::of(command.stdin(Stdio::null()).output()?)?))
}

/// What the terminal got; it must name this, and have nothing of nix' log.
fn named(ran: Ran, what: &str) -> Result<String> {
    let told = ran.with_code(0)?.stdout;
    ensure!(told.contains(what), "{told:?}");
    ensure!(!told.contains("@nix"), "{told:?}");
    Ok(told)
}

#[test]
fn on_a_terminal_the_line_names_what_is_built() -> Result<()> {
    let expression = expression("mkdir -p $out/bin; echo new > $out/bin/web");
    let Some(ran) = on_a_terminal(&expression)? else {
        return Ok(());
    };
    let told = named(ran, "building slow-web-1.0")?;
    ensure!(!told.contains("from the builder"), "{told:?}");
    Ok(())
}

#[test]
fn a_failed_build_is_told_as_without_a_terminal() -> Result<()> {
    let Some(ran) = on_a_terminal(&expression("exit 7"))? else {
        return Ok(());
    };
    let ran = ran.with_code(3)?;
    for part in [
        "cannot build or substitute",
        "slow-web-1.0",
        "exit code 7",
        "from the builder",
    ] {
        ensure!(ran.stdout.contains(part), "{part}: {:?}", ran.stdout);
    }
    ensure!(
        !ran.stdout.contains("@nix") && !ran.stdout.contains("\u{1b}[31"),
        "{:?}",
        ran.stdout
    );
    Ok(())
}

#[test]
fn on_a_terminal_the_line_names_what_an_evaluation_builds() -> Result<()> {
    let imports = format!(
        "let made = derivation {{ name = \"slow-port\"; system = \"{}-linux\"; builder = \"/bin/sh\"; PATH = \"/usr/bin:/bin\"; \
         args = [ \"-euc\" \"sleep 1; echo 80 > $out\\n:\" ]; }}; in builtins.seq (builtins.readFile made) ({})",
        std::env::consts::ARCH,
        expression("mkdir -p $out/bin; echo other > $out/bin/web")
    );
    let Some(ran) = on_a_terminal(&imports)? else {
        return Ok(());
    };
    named(ran, "building slow-port")?;
    Ok(())
}

#[test]
fn a_failed_evaluation_is_told_as_without_a_terminal() -> Result<()> {
    let expression = "builtins.trace \"on the way\" { services.web = throw \"no such luck\"; }";
    let Some(ran) = on_a_terminal(expression)? else {
        return Ok(());
    };
    let ran = ran.with_code(3)?;
    for part in ["cannot evaluate", "no such luck", "trace: on the way"] {
        ensure!(ran.stdout.contains(part), "{part}: {:?}", ran.stdout);
    }
    ensure!(
        !ran.stdout.contains("@nix") && !ran.stdout.contains("\u{1b}[31"),
        "{:?}",
        ran.stdout
    );
    Ok(())
}
