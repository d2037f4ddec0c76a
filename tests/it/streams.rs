//! Pipes, closed streams and the environment.

mod building;
mod terminal;

use anyhow::{Context, Result};

use crate::support::{CHECKOUT, Ran, bundle, confinix, program, scratch, shop};

/// Runs a line of bash in which `confinix` is the tested binary.
fn bash(line: &str) -> Result<Ran> {
    let script = format!(
        "confinix() {{ {} \"$@\"; }}; set -o pipefail; {line}",
        env!("CARGO_BIN_EXE_confinix")
    );
    program("bash", ["-c", &script])
        .env("SHOP", shop()?)
        .within(CHECKOUT)
        .run()
}

#[test]
fn a_reader_who_has_had_enough_is_no_error() -> Result<()> {
    let ran = bash("for i in 1 2 3 4 5; do confinix show $SHOP cart | head -n 1; confinix show $SHOP | true; done")?.with_code(0)?;
    assert_eq!(ran.stderr, "");
    Ok(())
}

#[test]
fn the_answer_is_the_same_where_nobody_reads_it_to_the_end() -> Result<()> {
    let deny = "confinix audit $SHOP --no-policy --no-foresight -D shell-present";
    bash(&format!("{deny} | head -c 1 >/dev/null"))?.with_code(1)?;
    // More output than fits into the pipe.
    let much = format!("{deny} --format sarif");
    let ran = bash(&format!("{much} | true; {much} | head -c 1"))?.with_code(1)?;
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("{", ""));
    Ok(())
}

#[test]
fn an_output_that_is_full_is_told() -> Result<()> {
    let ran = bash("confinix show $SHOP > /dev/full")?.with_code(3)?;
    assert_eq!(
        ran.stderr,
        "confinix: cannot write to standard output: No space left on device (os error 28)\n"
    );
    Ok(())
}

#[test]
fn an_output_that_is_closed_is_told_by_every_subcommand() -> Result<()> {
    let scratch = scratch()?;
    let demo = "--services fixtures/demo/services.json --graph fixtures/demo/graph.json";
    let here = scratch.path().display();
    let commands = [
        "--help",
        "--version",
        "help audit",
        "bundle --help",
        "show $SHOP",
        "show --json $SHOP cart",
        "why $SHOP cart libc",
        "diff $SHOP $SHOP",
        "audit $SHOP --no-foresight --no-policy",
        "audit $SHOP --no-foresight --no-policy -o /dev/stdout",
        "check $SHOP --no-policy --format json",
        "check $SHOP --no-policy --format json=/dev/fd/1",
        &format!("report $SHOP --no-foresight -o {here}/page.html"),
        "explain",
        "presets",
        &format!("init -o {here}/p$RANDOM$RANDOM.toml"),
        "verify --offline $SHOP",
        "services --services fixtures/demo/services.json",
        "enter $SHOP cart --ls",
        "completions bash",
        &format!("bundle {demo} --strategy bind -o {here}/out"),
    ];
    for command in commands {
        // Also a read-only standard output, whose error Rust's own handle conceals.
        for stdout in [">&-", "1</dev/null"] {
            // Such a name opens it again.
            if command.contains("/dev/") && stdout != ">&-" {
                continue;
            }
            let ran = bash(&format!("confinix {command} {stdout}"))?;
            let ran = ran
                .with_code(3)
                .with_context(|| format!("{command} {stdout}"))?;
            assert!(
                ran.stderr.contains("cannot write") && ran.stderr.contains("Bad file descriptor"),
                "{command}: {}",
                ran.stderr
            );
        }
        // Discarding the output is no error, however it is opened.
        for stdout in [">/dev/null", "1<>/dev/null"] {
            let ran = bash(&format!("confinix {command} {stdout}"))?;
            assert!(
                ran.code.is_some_and(|code| code < 2),
                "{command} {stdout}: {ran:?}"
            );
        }
        let ran = bash(&format!("confinix {command} | true"))?;
        assert_eq!(ran.stderr, "", "{command}");
    }
    Ok(())
}

#[test]
fn manual_pages_are_whole() -> Result<()> {
    let scratch = scratch()?;
    confinix(["man", "man"]).within(scratch.path()).succeeds()?;
    let pages = crate::support::names(&scratch.path().join("man"))?;
    assert!(
        pages.contains(&"confinix.1".to_owned()) && pages.contains(&"confinix-audit.1".to_owned()),
        "{pages:?}"
    );
    confinix(["man", "/proc/no"]).fails(3, &["cannot create /proc/no (name another directory)"])?;
    Ok(())
}

#[test]
fn a_bundle_that_is_in_place_is_told_to_be() -> Result<()> {
    let scratch = scratch()?;
    let out = scratch.path().join("out");
    let demo = "--services fixtures/demo/services.json --graph fixtures/demo/graph.json";
    let line = format!("confinix bundle {demo} -o {} > /dev/full", out.display());
    let ran = bash(&line)?.with_code(3)?;
    assert!(ran.stderr.contains("out was written"), "{}", ran.stderr);
    confinix(["verify", "--offline"]).arg(&out).succeeds()?;
    Ok(())
}

#[test]
fn closed_streams_do_not_stop_the_work() -> Result<()> {
    let scratch = scratch()?;
    let out = scratch.path().join("out");
    for (streams, code) in [(">&-", 3), ("2>&-", 0), ("<&-", 0), ("<&- >&- 2>&-", 3)] {
        let line = format!(
            "confinix bundle --strategy bind --option substitute false -f fixtures/shop -o {} {streams}",
            out.display()
        );
        bash(&line)?.with_code(code).context(streams)?;
        assert_eq!(
            crate::support::files(&out)?,
            crate::support::files(shop()?)?
        );
    }
    bash("confinix show /nonexistent 2>&-")?.with_code(3)?;
    bash("confinix show /nonexistent 2> /dev/full")?.with_code(3)?;
    Ok(())
}

#[test]
fn a_directory_that_is_gone_is_no_panic() -> Result<()> {
    let scratch = scratch()?;
    let gone = scratch.path().join("gone");
    std::fs::create_dir(&gone)?;
    let line = format!(
        "cd {0} && rmdir {0} && confinix show x; confinix bundle --services /nonexistent/s --graph /nonexistent/g -o y",
        gone.display()
    );
    let ran = bash(&line)?.with_code(3)?;
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    Ok(())
}

#[test]
fn warnings_of_nix_are_shown_unless_quiet() -> Result<()> {
    let scratch = scratch()?;
    let expression = r#"builtins.trace "look here" { services.a = { confinement.enable = true; serviceConfig = { ExecStart = "/bin/a"; BindReadOnlyPaths = "/bin"; }; }; }"#;
    let run = |flags: &[&str]| {
        bundle(["--expr", expression, "-o"])
            .arg(scratch.path().join("out"))
            .args(flags)
            .succeeds()
    };
    assert_eq!(run(&[])?.stderr, "trace: look here\n");
    assert_eq!(run(&["-q"])?.stderr, "");
    Ok(())
}
