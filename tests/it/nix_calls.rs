//! How confinix calls nix: how often, with which arguments, and what it makes of standard error.

use std::fs;

use anyhow::Result;

use crate::support::{CHECKOUT, bundle, bundle_json, fake_nix, files, keys, scratch, shop};

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
