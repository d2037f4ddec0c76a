//! Hosts that nix-eval-jobs evaluates, where it is installed. The one here is a stand-in that prints what nix-eval-jobs prints;
//! `CONFINIX_NIX_EVAL_JOBS` names a real one to test with, with `--select` (version 2.31) for flakes.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::{HOSTS, bundle_of, sound};
use crate::support::{bundle, fake_nix, files, names, scratch};

/// A PATH with nix-eval-jobs, and with a nix that writes down which hosts it evaluates.
fn path(directory: &Path, jobs: &str) -> Result<String> {
    let real = std::env::var("PATH").unwrap_or_default();
    let path = fake_nix(
        directory,
        &format!(
            r#"for word in "$@"; do
  case $word in *' host = "'*) printf '%s\n' "$word" | sed -n 's/.* host = "\([^"]*\)";.*/\1/p' >> {log};; esac
done
PATH='{real}'; exec "$(basename "$0")" "$@""#,
            log = directory.join("evaluated").display()
        ),
    )?;
    let program = Path::new(path.split(':').next().unwrap_or_default()).join("nix-eval-jobs");
    match std::env::var_os("CONFINIX_NIX_EVAL_JOBS") {
        Some(real) if jobs == STAND_IN => std::os::unix::fs::symlink(real, program)?,
        _ => {
            fs::write(&program, jobs.replace("REAL", &real))?;
            let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(&program, executable)?;
        }
    }
    Ok(path)
}

const STAND_IN: &str = r#"#!/bin/sh
PATH='REAL'
impure=
while [ $# -gt 1 ]; do
  case $1 in
  --select) select=$2; shift ;;
  --flake) flake=$2; shift ;;
  --impure) impure=--impure ;;
  esac
  shift
done
[ "$1" != --help ] || { echo "  --select             Apply provided Nix function"; exit; }
evaluate() {
  if [ "$flake" ]; then
    nix --extra-experimental-features 'nix-command flakes' eval $impure --json "$flake" --apply "whole: let jobs = ($select) whole; in $1"
  else
    nix --extra-experimental-features nix-command eval --impure --json --expr "let jobs = import $file; in $1"
  fi
}
file=$1
echo "warning: \`--gc-roots-dir' not specified" >&2
evaluate 'builtins.attrNames jobs' |
  tr -d '[]"' | tr , '\n' | while read -r job || [ "$job" ]; do
  meta=$(evaluate "jobs.$job.meta" 2>/dev/null) &&
    echo "{\"attr\":\"$job\",\"attrPath\":[\"$job\"],\"drvPath\":\"x\",\"meta\":$meta,\"name\":\"x\",\"outputs\":{},\"system\":\"none\"}" ||
    echo "{\"attr\":\"$job\",\"attrPath\":[\"$job\"],\"error\":\"error: failed\"}"
done
"#;

#[test]
fn nix_eval_jobs_gives_the_same_bundles_as_any_number_of_workers() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    // Names that are no names of jobs.
    let hosts = sound()
        .replace("web2.", "\"web 2.example\".")
        .replace("quiet.", "\"0\".");
    fs::write(
        here.join("hosts.nix"),
        format!("{{ version ? \"1\" }}:\n{hosts}"),
    )?;
    for workers in ["1", "3"] {
        bundle_of(here, &["-o", workers, "--eval-workers", workers]).succeeds()?;
    }
    let path = path(here, STAND_IN)?;
    let ran = bundle_of(here, &["-o", "jobs", "--eval-workers", "2"])
        .env("PATH", &path)
        .succeeds()?;
    assert_eq!(ran.stderr, "");
    assert_eq!(names(&here.join("jobs"))?, ["0", "web 2.example", "web1"]);
    let one = files(&here.join("1"))?;
    assert_eq!(files(&here.join("3"))?, one);
    assert_eq!(files(&here.join("jobs"))?, one);
    assert!(!here.join("evaluated").exists(), "nix evaluated a host");
    Ok(())
}

#[test]
fn nix_tells_why_a_host_fails_in_nix_eval_jobs() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), HOSTS)?;
    let plain = bundle_of(here, &["-o", "plain"]).run()?.with_code(3)?;
    let path = path(here, STAND_IN)?;
    let ran = bundle_of(here, &["-o", "jobs"])
        .env("PATH", &path)
        .run()?
        .with_code(3)?;
    assert_eq!(ran.stderr, plain.stderr);
    assert_eq!(files(&here.join("jobs"))?, files(&here.join("plain"))?);
    assert_eq!(fs::read_to_string(here.join("evaluated"))?, "broken\n");
    Ok(())
}

#[test]
fn without_an_answer_of_nix_eval_jobs_nix_evaluates() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    bundle_of(here, &["-o", "plain"]).succeeds()?;
    let plain = files(&here.join("plain"))?;
    for (name, jobs) in [
        (
            "fails",
            "#!/bin/sh\necho 'error: unknown option' >&2\nexit 1\n",
        ),
        ("killed", "#!/bin/sh\nkill -9 $$\n"),
        (
            "odd",
            "#!/bin/sh\necho '{\"attr\":\"h9\",\"meta\":{\"confinix\":\"{}\"}}'\necho not JSON\n",
        ),
        ("silent", "#!/bin/sh\n"),
    ] {
        let place = here.join(name);
        fs::create_dir(&place)?;
        let path = path(&place, jobs)?;
        bundle_of(here, &["-o", "jobs"])
            .env("PATH", &path)
            .succeeds()?;
        assert_eq!(files(&here.join("jobs"))?, plain, "{name}");
        let mut evaluated: Vec<_> = fs::read_to_string(place.join("evaluated"))?
            .lines()
            .map(str::to_owned)
            .collect();
        evaluated.sort();
        assert_eq!(evaluated, ["quiet", "web1", "web2"], "{name}");
    }
    Ok(())
}

#[test]
fn nix_eval_jobs_evaluates_the_hosts_of_a_flake() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    let hosts = HOSTS.replace("web2.", "\"web 2.example\".");
    fs::write(
        here.join("flake.nix"),
        format!("{{ outputs = _: {{ hosts = {hosts}; }}; }}"),
    )?;
    let target = format!("path:{}#hosts", here.display());
    let make = |output: &str| bundle([target.as_str(), "-o", output]).within(here);
    let plain = make("plain").run()?.with_code(3)?;
    let path = path(here, STAND_IN)?;
    let ran = make("jobs").env("PATH", &path).run()?.with_code(3)?;
    assert_eq!(ran.stderr, plain.stderr);
    assert_eq!(files(&here.join("jobs"))?, files(&here.join("plain"))?);
    assert_eq!(fs::read_to_string(here.join("evaluated"))?, "broken\n");
    Ok(())
}

#[test]
fn a_nix_eval_jobs_without_select_leaves_flakes_to_nix() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    let hosts = sound();
    fs::write(
        here.join("flake.nix"),
        format!("{{ outputs = _: {{ hosts = {hosts}; }}; }}"),
    )?;
    let target = format!("path:{}#hosts", here.display());
    let path = path(
        here,
        "#!/bin/sh\necho '  --flake   build a flake'\n[ \"$1\" = --help ] || exit 1\n",
    )?;
    let ran = bundle([target.as_str(), "-o", "jobs", "--verbose"]).within(here);
    let ran = ran.env("PATH", &path).succeeds()?;
    assert!(!ran.stderr.contains("nix-eval-jobs"), "{}", ran.stderr);
    assert_eq!(names(&here.join("jobs"))?, ["quiet", "web1", "web2"]);
    Ok(())
}
