//! A nix that is missing, too old, killed or verbose.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::Result;

use crate::support::{
    CHECKOUT, bundle, bundle_json, confinix, fake_nix, files, keys, names, scratch, shop,
};

/// Confinix, with a nix that runs this script, must fail with these words and write nothing.
fn fails_with(script: &str, parts: &[&str]) -> Result<String> {
    let scratch = scratch()?;
    let path = fake_nix(scratch.path(), script)?;
    let ran = bundle(["--expr", "{ }", "-o", "out"])
        .env("PATH", path)
        .within(scratch.path())
        .fails(3, parts)?;
    assert_eq!(names(scratch.path())?, ["fake-bin"]);
    Ok(ran.stderr)
}

#[test]
fn no_nix_on_path() -> Result<()> {
    let scratch = scratch()?;
    bundle(["-f", "x.nix"])
        .env("PATH", scratch.path())
        .within(scratch.path())
        .fails(
            3,
            &[
                "nix is not on PATH",
                "https://nixos.org/download",
                "--services and --graph",
            ],
        )?;
    assert!(names(scratch.path())?.is_empty());
    Ok(())
}

#[test]
fn a_nix_that_is_no_program() -> Result<()> {
    let scratch = scratch()?;
    fs::write(scratch.path().join("nix"), "text")?;
    fs::set_permissions(
        scratch.path().join("nix"),
        fs::Permissions::from_mode(0o644),
    )?;
    bundle(["-f", "x.nix"])
        .env("PATH", scratch.path())
        .within(scratch.path())
        .fails(3, &["cannot start nix", "Permission denied"])?;
    Ok(())
}

#[test]
fn a_nix_that_is_too_old() -> Result<()> {
    let said = fails_with(
        "echo \"error: unrecognised flag '--extra-experimental-features'\" >&2; echo \"Try 'nix --help' for more information.\" >&2; exit 1",
        &[
            "cannot evaluate the services of the expression: nix failed (exit status: 1)",
            "This nix is too old: confinix needs 2.8 or newer.",
        ],
    )?;
    assert!(said.ends_with("newer.\n"), "{said}");
    Ok(())
}

#[test]
fn a_nix_that_is_killed() -> Result<()> {
    fails_with(
        "kill -9 $$",
        &[
            "cannot evaluate the services of the expression: nix failed (signal: 9 (SIGKILL))",
            "It was killed",
            "run it again",
        ],
    )?;
    fails_with(
        "echo '{\"version\":1,'; kill -9 $$",
        &["nix failed (signal: 9 (SIGKILL))"],
    )?;
    Ok(())
}

#[test]
fn a_nix_that_fails_without_a_word() -> Result<()> {
    let said = fails_with("exit 7", &["nix failed (exit status: 7)"])?;
    assert_eq!(said.lines().count(), 1, "{said}");
    Ok(())
}

#[test]
fn a_nix_that_prints_something_else() -> Result<()> {
    for (script, word) in [
        ("", "EOF while parsing"),
        ("echo hello", "line 1 column"),
        ("echo '{\"version\":1,'", "EOF while parsing"),
        ("printf '\\377\\376'", "line 1"),
        ("yes x | head -c 10000000", "line 1"),
        ("echo '{}'", "missing field"),
    ] {
        fails_with(
            script,
            &[
                "cannot evaluate the services of the expression: cannot read what nix printed: ",
                word,
            ],
        )?;
    }
    Ok(())
}

#[test]
fn a_talkative_standard_error_does_no_harm() -> Result<()> {
    let scratch = scratch()?;
    // The real nix, with long warnings before and after its output.
    let real = std::env::var("PATH").unwrap_or_default();
    let noise = "head -c 300000 /dev/zero | tr '\\0' 'x' >&2; echo >&2; printf '\\377warning\\n' >&2; echo 'warning: deprecated' >&2";
    let path = fake_nix(
        scratch.path(),
        &format!(
            "{noise}; PATH='{real}'; name=$(basename \"$0\"); \"$name\" \"$@\"; code=$?; {noise}; exit $code"
        ),
    )?;
    let ran = bundle(["-f", "fixtures/shop", "-o"])
        .arg(scratch.path().join("out"))
        .env("PATH", path)
        .within(CHECKOUT)
        .succeeds()?;
    assert_eq!(files(&scratch.path().join("out"))?, files(shop()?)?);
    assert!(
        ran.stderr.lines().all(|line| line == "warning: deprecated"),
        "{:?}",
        &ran.stderr[..200]
    );
    Ok(())
}

#[test]
fn the_store_is_asked_once_for_all_services() -> Result<()> {
    let scratch = scratch()?;
    let log = scratch.path().join("calls");
    let real = std::env::var("PATH").unwrap_or_default();
    let path = fake_nix(
        scratch.path(),
        &format!(
            "for word in \"$@\"; do case $word in path-info|eval|store|--realise|--closure-size|-S|--recursive|-r) printf '%s ' \"$word\" >> {0};; esac; done; echo >> {0}; PATH='{real}'; exec \"$(basename \"$0\")\" \"$@\"",
            log.display()
        ),
    )?;
    shop()?;
    bundle(["-f", "fixtures/shop", "-o"])
        .arg(scratch.path().join("out"))
        .env("PATH", path)
        .within(CHECKOUT)
        .succeeds()?;
    let calls = fs::read_to_string(log)?;
    let recursive: Vec<_> = calls
        .lines()
        .filter(|line| line.contains("--recursive"))
        .collect();
    assert_eq!(recursive.len(), 1, "{calls}");
    assert!(
        !calls.contains("-S") && !calls.contains("--closure-size"),
        "{calls}"
    );
    Ok(())
}

/// Nix 2.33 warns without a format, and later versions may refuse. The shape of the output determines how it is read.
#[test]
fn a_nix_that_wants_to_be_told_the_format_is_told() -> Result<()> {
    let real = std::env::var("PATH").unwrap_or_default();
    for answer in [
        r#"echo "warning: '--json' without '--json-format' is deprecated" >&2"#,
        r#"echo "error: '--json' wants '--json-format'" >&2; exit 1"#,
    ] {
        let scratch = scratch()?;
        let path = fake_nix(
            scratch.path(),
            &format!(
                r#"told=; asks=; left=$#
                while [ $left -gt 0 ]; do
                  word=$1; shift; left=$((left - 1))
                  case $word in
                    --json-format) told=yes; shift; left=$((left - 1)); continue;;
                    path-info) asks=yes;;
                  esac
                  set -- "$@" "$word"
                done
                [ "$asks$told" != yes ] || {{ {answer}; }}
                PATH='{real}'; exec "$(basename "$0")" "$@""#
            ),
        )?;
        let out = scratch.path().join("out");
        let ran = bundle(["-f", "fixtures/shop", "-o"])
            .arg(&out)
            .env("PATH", path)
            .within(CHECKOUT)
            .succeeds()?;
        assert_eq!(files(&out)?, files(shop()?)?);
        assert_eq!(ran.stderr, "");
    }
    Ok(())
}

#[test]
fn arguments_too_long_for_one_call_are_split() -> Result<()> {
    // A nix that accepts all paths as valid, without references.
    let scratch = scratch()?;
    let path = fake_nix(
        scratch.path(),
        r#"echo called >> "$(dirname "$0")/../calls"
        printf '['; separator=
        for word in "$@"; do case $word in /nix/store/*)
          printf '%s{"path":"%s","narHash":"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","narSize":1,"references":[]}' "$separator" "$word"; separator=,;;
        esac; done; printf ']'"#,
    )?;
    let paths: Vec<_> = (0..12_000)
        .map(|number| format!("{}{}", crate::made::path(number), "x".repeat(60)))
        .collect();
    let commands: Vec<_> = paths.iter().map(|path| crate::made::text(path)).collect();
    let mut service = crate::made::service("");
    service["exec"]["ExecStart"] = commands.into();
    // confinix does not look at files in a store elsewhere whose paths are this small.
    let services = crate::made::one("a.service", &service);
    bundle([
        "--services",
        "-",
        "--store",
        "ssh-ng://nowhere",
        "-o",
        "out",
    ])
    .input(services.to_string())
    .env("PATH", path)
    .within(scratch.path())
    .succeeds()?;
    assert_eq!(
        keys(&bundle_json(&scratch.path().join("out"))?["paths"])?.len(),
        paths.len()
    );
    let calls = fs::read_to_string(scratch.path().join("calls"))?
        .lines()
        .count();
    assert_eq!(calls, 2);
    Ok(())
}

/// Applies the printed remedies for a freshly installed Nix, one after the other, until the bundle is made.
#[test]
fn a_nix_that_was_only_just_installed_is_told_how_to_build() -> Result<()> {
    let scratch = scratch()?;
    fs::write(
        scratch.path().join("nix.conf"),
        "build-users-group = confinix-no-such-group\nsandbox = true\nsubstituters =\n",
    )?;
    // It was never built before, because its name contains that of the new directory.
    let name = scratch.path().file_name().unwrap_or_default();
    let expression = format!(
        r#"{{ services.web = {{
          confinement.enable = true;
          serviceConfig.ExecStart = "${{derivation {{
            name = "web{}"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo > $out" ];
          }}}}";
        }}; }}"#,
        name.to_string_lossy()
    );
    let bundle = |options: &[&str]| {
        bundle(["--impure", "--expr", &expression, "-o", "out"])
            .args(options)
            .env("NIX_CONF_DIR", scratch.path())
            .within(scratch.path())
    };
    let without_users = ["--option", "build-users-group", ""];
    bundle(&[]).fails(
        3,
        &[
            "cannot build or substitute",
            "Nix has no build users on this machine",
            "--option build-users-group ''",
        ],
    )?;
    // A mistake elsewhere has another cause, though nix warns of the missing group there too.
    let ran = confinix(["bundle", "--expr", "{ services.web = nothing; }"])
        .env("NIX_CONF_DIR", scratch.path())
        .within(scratch.path())
        .run()?
        .with_code(3)?
        .saying(&["undefined variable"])?;
    assert!(!ran.stderr.contains("build users"), "{}", ran.stderr);
    // Every call of nix prints this warning; confinix repeats it once, before the error of the failed call.
    let ran = bundle(&[]).run()?;
    let before = ran.stderr.split("confinix: ").next().unwrap_or_default();
    assert_eq!(
        before.matches("does not exist").count(),
        1,
        "{}",
        ran.stderr
    );
    let in_the_sandbox = bundle(&without_users).run()?;
    // Without user namespaces, Nix builds without its sandbox.
    if in_the_sandbox.code != Some(0) {
        in_the_sandbox.with_code(3)?.saying(&[
            "Nix's sandbox lacks the program that the build starts with",
            "--option sandbox false",
        ])?;
        bundle(&["--option", "sandbox", "false"])
            .args(without_users)
            .succeeds()?;
    }
    assert!(scratch.path().join("out/bundle.json").is_file());
    Ok(())
}
