//! Nix computes the same seal.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::made::{self, Recording};
use crate::support::{bundle_json, nix, scratch, shop};

/// Returns the seal of a bundle, over compact JSON with sorted keys, as serde_json writes it.
pub fn of(bundle: &Value) -> Result<String> {
    let mut bundle = bundle.clone();
    bundle.as_object_mut().context("no object")?.remove("seal");
    let hash = Sha256::digest(bundle.to_string());
    Ok(format!("sha256-{}", data_encoding::BASE64.encode(&hash)))
}

/// Returns the seal that Nix computes, in base 16.
fn of_nix(directory: &std::path::Path) -> Result<String> {
    let expression = format!(
        "builtins.hashString \"sha256\" (builtins.toJSON (removeAttrs (builtins.fromJSON (builtins.readFile {}/bundle.json)) [ \"seal\" ]))",
        directory.display()
    );
    Ok(nix(["eval", "--impure", "--raw", "--expr", &expression])
        .succeeds()?
        .stdout)
}

fn in_hex(seal: &Value) -> Result<String> {
    let digits = seal
        .as_str()
        .and_then(|seal| seal.strip_prefix("sha256-"))
        .context("no SRI")?;
    Ok(data_encoding::HEXLOWER.encode(&data_encoding::BASE64.decode(digits.as_bytes())?))
}

#[test]
fn the_seal_is_what_nix_computes() -> Result<()> {
    let json = bundle_json(shop()?)?;
    assert_eq!(json["seal"], of(&json)?);
    assert_eq!(in_hex(&json["seal"])?, of_nix(shop()?)?);
    Ok(())
}

#[test]
fn texts_that_json_can_write_in_several_ways_do_not_break_the_seal() -> Result<()> {
    let scratch = scratch()?;
    for odd in [
        "a\"b\\c/d",
        "tab\tline\nend",
        "ä→𝄞",
        "<&>'",
        "\u{2028}\u{2029}",
        "\u{fffd}\u{feff}",
    ] {
        let mut service = made::service(&format!("{} {odd}", made::path(0)));
        service["settings"] = json!({ "BindPaths": [odd] });
        let recording = Recording::of(
            scratch.path(),
            &made::one("a.service", &service),
            &made::graph(&[&[]]),
        )?;
        recording.bundle().succeeds()?;
        let json = bundle_json(&recording.out())?;
        assert_eq!(in_hex(&json["seal"])?, of_nix(&recording.out())?, "{odd:?}");
    }
    Ok(())
}
