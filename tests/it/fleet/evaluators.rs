//! How the hosts of a fleet are evaluated: how often nix runs, and what becomes of evaluators that are killed.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::Result;

use super::{HOSTS, bundle_of, sound};
use crate::support::{fake_nix, names, scratch};

/// A nix that runs `before` when it evaluates the host web1, and then the real one.
fn nix(directory: &Path, before: &str) -> Result<String> {
    let real = std::env::var("PATH").unwrap_or_default();
    let log = directory.join("calls");
    fake_nix(
        directory,
        &format!(
            r#"for word in "$@"; do
  case $word in
    path-info|eval|--realise) printf '%s\n' "$word" >> {log};;
    *'host = "web1";'*) {before};;
  esac
done
PATH='{real}'; exec "$(basename "$0")" "$@""#,
            log = log.display()
        ),
    )
}

#[test]
fn hosts_are_evaluated_one_by_one_and_the_store_is_asked_once() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    // What is not in the store yet is looked up again once it is.
    bundle_of(here, &["-o", "out"]).succeeds()?;
    let path = nix(here, ":")?;
    bundle_of(here, &["-o", "out"])
        .env("PATH", path)
        .succeeds()?;
    let calls = fs::read_to_string(here.join("calls"))?;
    let number = |what: &str| calls.lines().filter(|line| *line == what).count();
    // One evaluation lists the hosts.
    assert_eq!(
        (number("eval"), number("path-info"), number("--realise")),
        (4, 1, 0),
        "{calls}"
    );
    Ok(())
}

#[test]
fn a_failure_is_printed_while_other_hosts_are_evaluated() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), HOSTS)?;
    let (printed, seen) = (here.join("printed"), here.join("seen"));
    let wait = format!(
        "for i in $(seq 300); do ! grep -q 'this host is broken' {} || {{ touch {}; break; }}; sleep 0.1; done",
        printed.display(),
        seen.display()
    );
    let mut bundle = bundle_of(here, &["-o", "out", "--eval-workers", "2"])
        .env("PATH", nix(here, &wait)?)
        .command();
    bundle.stdout(Stdio::null());
    let status = bundle.stderr(fs::File::create(&printed)?).status()?;
    assert_eq!(status.code(), Some(3));
    assert!(seen.exists());
    // And not again at the end.
    let printed = fs::read_to_string(printed)?;
    assert_eq!(
        printed.matches("confinix: broken: ").count(),
        1,
        "{printed}"
    );
    Ok(())
}

#[test]
fn an_evaluator_that_was_killed_is_tried_again_alone() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    let once = format!(
        "[ -e {0} ] || {{ touch {0}; kill -9 $$; }}",
        here.join("killed").display()
    );
    let path = nix(here, &once)?;
    bundle_of(here, &["-o", "out"])
        .env("PATH", path)
        .succeeds()?;
    assert!(here.join("killed").exists());
    assert_eq!(names(&here.join("out"))?, ["quiet", "web1", "web2"]);
    Ok(())
}

#[test]
fn an_evaluator_that_is_killed_again_fails_its_host() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    let path = nix(here, "kill -9 $$")?;
    let ran = bundle_of(here, &["-o", "out"])
        .env("PATH", path)
        .run()?
        .with_code(3)?;
    ran.saying(&["confinix: web1: ", "It was killed"])?;
    assert_eq!(names(&here.join("out"))?, ["quiet", "web2"]);
    let calls = fs::read_to_string(here.join("calls"))?;
    assert_eq!(
        calls.lines().filter(|line| *line == "eval").count(),
        5,
        "{calls}"
    );
    Ok(())
}

#[test]
fn evaluators_keep_to_their_budget() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    // The evaluation of web1 needs a list of more than 64 MiB, and takes long enough to be seen.
    let large = "length = builtins.length (builtins.genList (n: n) 12000000); web = service \"${toString length}\";";
    let hosts = sound().replace(
        "web1.services.web = service \"--one\";",
        &format!("web1.services = let {large} in {{ inherit web; }};"),
    );
    let hosts = hosts.replace("builtins.length (", "builtins.foldl' (a: b: a + b) 0 (");
    fs::write(here.join("hosts.nix"), hosts)?;
    let ran = bundle_of(
        here,
        &["-o", "out", "--eval-memory", "96MiB", "--eval-workers", "2"],
    )
    .run()?
    .with_code(3)?;
    ran.saying(&[
        "confinix: web1: ",
        "evaluators may use 96.0 MiB together (--eval-memory)",
    ])?;
    assert_eq!(names(&here.join("out"))?, ["quiet", "web2"]);
    Ok(())
}

#[test]
fn as_many_evaluators_run_as_are_wanted() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    bundle_of(here, &["-o", "out"]).succeeds()?;
    let real = std::env::var("PATH").unwrap_or_default();
    // web1 waits for web2, so many rounds.
    let path = fake_nix(
        here,
        &format!(
            r#"host=
for word in "$@"; do
  case $word in *'host = "web1";'*) host=web1;; *'host = "web2";'*) host=web2;; esac
done
PATH='{real}'
if [ "$host" ]; then echo "begin $host" >> {log}; fi
if [ "$host" = web1 ]; then
  until [ "$ROUNDS" = 0 ] || grep -q 'begin web2' {log}; do
    sleep 0.1
    ROUNDS=$((ROUNDS - 1))
  done
fi
"$(basename "$0")" "$@"
status=$?
if [ "$host" ]; then echo "end $host" >> {log}; fi
exit $status"#,
            log = here.join("log").display()
        ),
    )?;
    let log = |workers: &str, rounds: &str| {
        let _ = fs::remove_file(here.join("log"));
        bundle_of(here, &["-o", "out", "--eval-workers", workers])
            .env("PATH", &path)
            .env("ROUNDS", rounds)
            .succeeds()?;
        Ok::<_, anyhow::Error>(fs::read_to_string(here.join("log"))?)
    };
    assert_eq!(
        log("1", "10")?,
        "begin web1\nend web1\nbegin web2\nend web2\n"
    );
    let both = log("2", "600")?;
    assert!(both.starts_with("begin web1\nbegin web2\n"), "{both}");
    Ok(())
}
