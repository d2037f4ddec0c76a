//! A bundle with another image under an ID of its own. All that Nix itself can compare is then consistent.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Gives the bundle in `dir` this image, and all units and names that follow from its ID. Returns the old ID and the new one. The
/// caller writes the JSON.
pub fn exchange_image(dir: &Path, json: &mut Value, image: &[u8]) -> Result<[String; 2]> {
    let old = json["view"]["image"].as_str().context("no image")?;
    let old = old.to_owned();
    let new = HEXLOWER.encode(&Sha256::digest(image))[..32].to_owned();
    let mut view: Value = serde_json::from_str(&renamed(&json["view"].to_string(), &old, &new))?;
    for file in view["files"].as_array_mut().context("no files")? {
        let path = file["path"].as_str().context("no path")?;
        let before = dir.join(path.replace(&new, &old));
        let content = if path.ends_with(".erofs") {
            image.to_owned()
        } else {
            renamed(&fs::read_to_string(&before)?, &old, &new).into_bytes()
        };
        fs::rename(before, dir.join(path))?;
        fs::write(dir.join(path), &content)?;
        file["sha256"] = format!("sha256-{}", BASE64.encode(&Sha256::digest(&content))).into();
    }
    json["view"] = view;
    Ok([old, new])
}

/// Replaces the ID, and the patterns that match all others.
fn renamed(text: &str, old: &str, new: &str) -> String {
    let pattern = |id: &str, at: usize| format!("{}[!{}]*", &id[..at], &id[at..=at]);
    let mut text = text.replace(old, new);
    for at in 0..8 {
        for around in ["/", "@"] {
            let [from, to] = [old, new].map(|id| format!("{around}{}", pattern(id, at)));
            text = text.replace(&from, &to);
        }
    }
    text
}
