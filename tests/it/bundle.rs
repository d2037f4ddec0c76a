//! Compares a bundle of the shop with Nix's own answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::support::{
    CHECKOUT, bundle, bundle_json, closure_paths, drop_in, files, keys, program, scratch, shop,
    strings,
};

/// Returns the closure of the service's roots according to `nix-store -qR`.
fn closure_of(roots: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let ran = program("nix-store", ["-qR"]).args(roots).succeeds()?;
    Ok(ran.stdout.lines().map(str::to_owned).collect())
}

/// Returns the targets of a drop-in's binds with their sources.
pub fn binds(drop_in: &str) -> BTreeMap<String, String> {
    drop_in
        .lines()
        .filter_map(|line| line.strip_prefix("BindReadOnlyPaths="))
        .map(|word| match word.split_once(':') {
            Some((source, target)) => (target.to_owned(), source.to_owned()),
            None => (word.trim_start_matches('-').to_owned(), word.to_owned()),
        })
        .collect()
}

fn roots(service: &Value) -> Result<BTreeSet<String>> {
    service["roots"]
        .as_array()
        .context("no roots")?
        .iter()
        .map(|root| Ok(root["path"].as_str().context("no path")?.to_owned()))
        .collect()
}

#[test]
fn every_closure_is_what_nix_store_says() -> Result<()> {
    let shop = shop()?;
    let json = bundle_json(shop)?;
    let services = json["services"].as_object().context("no services")?;
    assert_eq!(services.len(), 10);
    let mut union = BTreeSet::new();
    for (name, service) in services {
        let expected = closure_of(&roots(service)?)?;
        let id = service["closure"].as_str().context("no id")?;
        let paths = closure_paths(&json, id)?;
        assert!(paths.is_sorted(), "{name}");
        assert_eq!(
            paths.iter().cloned().collect::<BTreeSet<_>>(),
            expected,
            "{name}"
        );
        let shown: BTreeSet<_> = binds(&drop_in(shop, name)?)
            .into_keys()
            .filter(|target| target != "/bin/sh")
            .collect();
        assert_eq!(shown, expected, "{name}");
        union.extend(expected);
    }
    assert_eq!(keys(&json["paths"])?, union.into_iter().collect::<Vec<_>>());
    Ok(())
}

#[test]
fn hashes_sizes_and_references_are_what_the_store_has() -> Result<()> {
    let json = bundle_json(shop()?)?;
    let paths = keys(&json["paths"])?;
    let query = |what: &str| {
        let ran = program("nix-store", ["-q", what]).args(&paths).succeeds()?;
        Ok::<_, anyhow::Error>(ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>())
    };
    let hashes: Vec<_> = paths
        .iter()
        .map(|path| to_hex(&json["paths"][path]["narHash"]))
        .collect::<Result<_>>()?;
    let in_base_32 = program("nix-hash", ["--type", "sha256", "--to-base32"])
        .args(&hashes)
        .succeeds()?
        .stdout;
    let expected: Vec<_> = in_base_32
        .lines()
        .map(|hash| format!("sha256:{hash}"))
        .collect();
    assert_eq!(query("--hash")?, expected);
    let sizes: Vec<_> = paths
        .iter()
        .map(|path| json["paths"][path]["narSize"].to_string())
        .collect();
    assert_eq!(query("--size")?, sizes);
    for path in &paths {
        let ran = program("nix-store", ["-q", "--references", path]).succeeds()?;
        let references: BTreeSet<_> = ran.stdout.lines().map(str::to_owned).collect();
        let known = strings(&json["paths"][path]["references"])?;
        assert!(known.is_sorted(), "{path}");
        assert_eq!(
            known.into_iter().collect::<BTreeSet<_>>(),
            references,
            "{path}"
        );
    }
    let sum = |paths: &[String]| {
        paths
            .iter()
            .map(|path| json["paths"][path]["narSize"].as_u64())
            .sum::<Option<u64>>()
    };
    for id in keys(&json["closures"])? {
        let size = json["closures"][&id]["narSize"].as_u64();
        assert_eq!(size, sum(&closure_paths(&json, &id)?));
    }
    Ok(())
}

fn to_hex(sri: &Value) -> Result<String> {
    let digits = sri
        .as_str()
        .and_then(|sri| sri.strip_prefix("sha256-"))
        .context("no SRI")?;
    let bytes = data_encoding::BASE64.decode(digits.as_bytes())?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

#[test]
fn equal_closures_are_stored_once() -> Result<()> {
    let json = bundle_json(shop()?)?;
    let id = |name: &str| json["services"][name]["closure"].clone();
    assert_eq!(id("search.service"), id("search-index.service"));
    assert_ne!(id("search.service"), id("web.service"));
    assert_eq!(keys(&json["closures"])?.len(), 9);
    Ok(())
}

#[test]
fn every_service_has_one_drop_in_and_nothing_else_is_written() -> Result<()> {
    let shop = shop()?;
    let mut expected: Vec<_> = keys(&bundle_json(shop)?["services"])?
        .iter()
        .map(|name| PathBuf::from(format!("lib/systemd/system/{name}.d/zz-confinement.conf")))
        .collect();
    expected.push("bundle.json".into());
    expected.sort();
    let there: Vec<_> = files(shop)?.into_iter().map(|(name, _)| name).collect();
    assert_eq!(there, expected);
    Ok(())
}

#[test]
fn threads_do_not_show_in_the_bytes() -> Result<()> {
    for threads in ["1", "2", "7"] {
        let scratch = scratch()?;
        let out = scratch.path().join("again");
        bundle(["-f", "fixtures/shop", "-o"])
            .arg(&out)
            .env("RAYON_NUM_THREADS", threads)
            .within(CHECKOUT)
            .succeeds()?;
        assert_eq!(files(&out)?, files(shop()?)?, "{threads} threads");
    }
    Ok(())
}

#[test]
fn nothing_of_the_host_is_in_the_bytes() -> Result<()> {
    let scratch = scratch()?;
    let out = scratch.path().join("again");
    bundle(["-f", "./shop/default.nix", "-o"])
        .arg(&out)
        .within(format!("{CHECKOUT}/fixtures"))
        .env("TZ", "Asia/Tokyo")
        .env("LC_ALL", "C")
        .env("USER", "somebody")
        .env("XDG_CACHE_HOME", scratch.path().join("cache"))
        .succeeds()?;
    assert_eq!(files(&out)?, files(shop()?)?);
    for (name, content) in files(&out)? {
        let content = String::from_utf8(content)?;
        for word in [
            CHECKOUT,
            &scratch.path().display().to_string(),
            "/root",
            "somebody",
        ] {
            assert!(!content.contains(word), "{word} is in {}", name.display());
        }
    }
    Ok(())
}

#[test]
fn the_result_is_told_in_one_line() -> Result<()> {
    let scratch = scratch()?;
    let ran = bundle(["-f"])
        .arg(format!("{CHECKOUT}/fixtures/shop"))
        .within(scratch.path())
        .succeeds()?;
    assert_eq!(
        ran.stdout,
        "confinix-bundle: 10 services, 9 closures, 16 store paths of 8.5 KiB\n"
    );
    assert_eq!(ran.stderr, "");
    assert_eq!(
        files(&scratch.path().join("confinix-bundle"))?,
        files(shop()?)?
    );
    Ok(())
}

#[test]
fn verbose_tells_every_step_and_quiet_none() -> Result<()> {
    let scratch = scratch()?;
    let run = |flag: &str| {
        bundle([flag, "-f", "fixtures/shop", "-o"])
            .arg(scratch.path().join("out"))
            .within(CHECKOUT)
            .succeeds()
    };
    let told = run("-v")?.stderr;
    for step in [
        "evaluating fixtures/shop",
        "querying the store",
        "closures of 10 services in 16 store paths",
        "writing 11 files to ",
    ] {
        assert!(told.contains(step), "{step:?} is not in:\n{told}");
    }
    assert_eq!(run("-q")?.stderr, "");
    Ok(())
}
