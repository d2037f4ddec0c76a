//! Stores other than the machine's own, and paths that they lack.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::support::{
    CHECKOUT, bundle, bundle_json, confinix, drop_in, files, keys, nix, program, scratch, shop,
};

/// Writes an expression like the shop's with a package that no store has: its content is new in every run.
fn unbuilt(directory: &Path) -> Result<String> {
    let word = directory
        .file_name()
        .context("no name")?
        .to_string_lossy()
        .into_owned();
    Ok(format!(
        r#"
let
  build = name: text: derivation {{
    inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo ${{text}} > $out" ];
  }};
  needed = build "needed" "{word}";
in
{{ services.web = {{ confinement.enable = true; serviceConfig.ExecStart = "${{build "web" "${{needed}}"}} --serve"; }}; }}
"#
    ))
}

/// Returns a store with its own root in this directory.
fn below(directory: &Path) -> String {
    format!("local?root={}", directory.join("root").display())
}

/// Returns a binary cache in this directory.
fn cache(directory: &Path) -> String {
    format!("file://{}", directory.join("cache").display())
}

/// Returns the store paths of the shop's bundle.
fn shop_paths() -> Result<Vec<String>> {
    keys(&bundle_json(shop()?)?["paths"])
}

/// Returns a recording of some of the shop's services whose units no package ships.
fn some_services() -> Result<String> {
    let some = ["-s", "web", "-s", "cart", "-s", "search*", "-s", "till@*"];
    let services = confinix(["services", "-f", "fixtures/shop"]).args(some);
    Ok(services.within(CHECKOUT).succeeds()?.stdout)
}

#[test]
fn what_the_store_lacks_is_built() -> Result<()> {
    let scratch = scratch()?;
    let expression = unbuilt(scratch.path())?;
    let out = scratch.path().join("out");
    let run = || bundle(["--impure", "--expr", &expression, "-o"]).arg(&out);
    let ran = run().arg("--no-build").fails(
        3,
        &[
            "the store lacks paths that services need",
            "run without --no-build",
            "-web (web.service)",
        ],
    )?;
    assert!(
        !ran.stderr.contains("-needed"),
        "only roots are listed: {}",
        ran.stderr
    );
    assert!(!out.exists());
    run().succeeds()?;
    assert_eq!(keys(&bundle_json(&out)?["paths"])?.len(), 2);
    run().arg("--no-build").succeeds()?;
    Ok(())
}

#[test]
fn nothing_is_built_in_a_binary_cache_nor_deleted_here() -> Result<()> {
    let scratch = scratch()?;
    let expression = unbuilt(scratch.path())?;
    let here = scratch.path().join("here");
    let of = |out: &Path| bundle(["--impure", "--expr", &expression, "-o"]).arg(out);
    of(&here).succeeds()?;
    let cache = cache(scratch.path());
    let into_cache = || of(&scratch.path().join("out"));
    for run in [
        into_cache().args(["--store", &cache]),
        into_cache().args(["--option", "store", &cache]),
        into_cache().env("NIX_REMOTE", &cache),
    ] {
        run.fails(
            3,
            &[
                "can't build them",
                "nix copy --to file://",
                "-web (web.service)",
            ],
        )?;
    }
    assert!(!scratch.path().join("out").exists());
    for path in keys(&bundle_json(&here)?["paths"])? {
        assert!(Path::new(&path).exists(), "{path} was deleted");
    }
    Ok(())
}

#[test]
fn only_a_service_whose_build_failed_is_named() -> Result<()> {
    let scratch = scratch()?;
    for (word, script, parts) in [
        ("doomed", "exit 9", &["-doomed for bad.service:"][..]),
        (
            "fine",
            "echo > $out",
            &["-broken.drv, which ", "-doomed for bad.service needs:"],
        ),
    ] {
        let expression = format!(
            r#"let
              make = name: script: derivation {{ inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" script ]; }};
              good = n: {{ name = "good${{toString n}}"; value = {{ confinement.enable = true; serviceConfig.ExecStart = "${{make "good${{toString n}}" "echo > $out"}}"; }}; }};
              broken = make "broken" "exit 8";
              doomed = make "doomed" ("{script}" + (if "{word}" == "fine" then " ${{broken}}" else ""));
            in {{ services = builtins.listToAttrs (map good [ 1 2 3 4 5 6 7 8 ]) // {{
              bad = {{ confinement.enable = true; serviceConfig.ExecStart = "${{doomed}}"; }};
            }}; }}"#
        );
        let ran = bundle(["--impure", "--expr", &expression])
            .within(scratch.path())
            .fails(3, parts)?;
        let headline = ran.stderr.lines().next().unwrap_or_default();
        ensure!(!headline.contains("good"), "{}", ran.stderr);
    }
    Ok(())
}

#[test]
fn a_build_that_fails_is_told_with_its_service() -> Result<()> {
    let scratch = scratch()?;
    let ran = bundle([
        "--impure",
        "--expr",
        r#"{ services.web = { confinement.enable = true; serviceConfig.ExecStart = "${derivation {
            name = "doomed"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo this went wrong >&2; exit 9" ];
        }}"; }; }"#,
    ])
    .within(scratch.path())
    .fails(3, &["cannot build or substitute", "-doomed", "this went wrong", "web.service"])?;
    assert!(ran.stderr.starts_with("confinix: "), "{}", ran.stderr);
    assert!(crate::support::names(scratch.path())?.is_empty());
    Ok(())
}

#[test]
fn a_store_below_another_root_gives_the_same_bundle() -> Result<()> {
    let scratch = scratch()?;
    let store = below(scratch.path());
    let paths = shop_paths()?;
    nix(["copy", "--no-check-sigs", "--to", &store])
        .args(&paths)
        .succeeds()?;
    let services = some_services()?;
    let out = scratch.path().join("out");
    bundle(["--services", "-", "-s", "web", "-s", "cart", "-s", "search"])
        .args(["--no-build", "--store", &store, "-o"])
        .arg(&out)
        .input(services)
        .succeeds()?;
    for service in ["web.service", "cart.service", "search.service"] {
        assert_eq!(drop_in(&out, service)?, drop_in(shop()?, service)?);
    }
    confinix(["verify", "--store", &store])
        .arg(&out)
        .succeeds()?;
    let ran = confinix(["verify", "--store", &store]).arg(shop()?).run()?;
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    Ok(())
}

#[test]
fn a_store_below_another_root_can_be_built_in() -> Result<()> {
    let scratch = scratch()?;
    let store = below(scratch.path());
    let expression = r#"
        let a = builtins.toFile "a" "some text"; in
        { services.web = {
          confinement = { enable = true; binSh = builtins.toFile "shell-below" ""; };
          serviceConfig.ExecStart = "${builtins.toFile "b" "refers to ${a}"}";
        }; }"#;
    let out = scratch.path().join("out");
    for named in [&["--store", &store][..], &["--option", "store", &store]] {
        bundle(["--expr", expression])
            .args(named)
            .arg("-o")
            .arg(&out)
            .succeeds()?;
        assert_eq!(keys(&bundle_json(&out)?["paths"])?.len(), 3);
        confinix(["verify", "--store", &store])
            .arg(&out)
            .succeeds()?;
    }
    Ok(())
}

#[test]
fn a_store_that_is_not_on_this_machine_gives_the_same_bundle() -> Result<()> {
    let scratch = scratch()?;
    let cache = cache(scratch.path());
    let paths = shop_paths()?;
    nix(["copy", "--to", &cache]).args(&paths).succeeds()?;
    let services = some_services()?;
    let live = scratch.path().join("live");
    let remote = scratch.path().join("remote");
    bundle(["--services", "-", "-o"])
        .arg(&live)
        .input(services.as_str())
        .succeeds()?;
    bundle(["--services", "-", "--store", &cache, "-o"])
        .arg(&remote)
        .input(services)
        .succeeds()?;
    assert_eq!(files(&remote)?, files(&live)?);
    confinix(["verify", "--store", &cache])
        .arg(&remote)
        .succeeds()?;
    Ok(())
}

#[test]
fn what_a_cache_lacks_is_named() -> Result<()> {
    let scratch = scratch()?;
    let cache = cache(scratch.path());
    let paths = shop_paths()?;
    nix(["copy", "--to", &cache]).arg(&paths[0]).succeeds()?;
    let ran = confinix(["verify", "--store", &cache])
        .arg(shop()?)
        .run()?
        .with_code(1)?;
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert!(
        lines
            .iter()
            .all(|line| line.ends_with(": not valid in the store")),
        "{lines:?}"
    );
    assert!(!ran.stdout.contains(&paths[0]));
    bundle(["-f", "fixtures/shop", "-s", "web", "--no-build"])
        .args(["--store", &cache, "--eval-store", "auto", "-o"])
        .arg(scratch.path().join("out"))
        .within(CHECKOUT)
        .fails(3, &["the store lacks", "web.service"])?;
    Ok(())
}

#[test]
fn an_evaluation_may_have_a_store_of_its_own() -> Result<()> {
    let scratch = scratch()?;
    let store = below(scratch.path());
    let expression = unbuilt(scratch.path())?;
    let out = scratch.path().join("out");
    bundle([
        "--impure",
        "--expr",
        &expression,
        "--eval-store",
        &store,
        "-o",
    ])
    .arg(&out)
    .succeeds()?;
    for path in keys(&bundle_json(&out)?["paths"])? {
        program("nix-store", ["-q", "--hash", &path]).succeeds()?;
    }
    Ok(())
}

#[test]
fn a_store_that_cannot_be_had_is_named() -> Result<()> {
    let scratch = scratch()?;
    bundle(["-f", "fixtures/shop", "--store", "nonsense://x", "-o"])
        .arg(scratch.path().join("out"))
        .within(CHECKOUT)
        .fails(
            3,
            &["cannot evaluate the services of fixtures/shop", "nonsense"],
        )?;
    Ok(())
}
