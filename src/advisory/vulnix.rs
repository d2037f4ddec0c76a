//! The output of `vulnix --json`.

use anyhow::Result;
use serde::Deserialize;

use super::file::File;
use super::versions::Versions;
use super::{Advisory, Ecosystem, Kind, Named, Product};

/// A derivation with its advisories.
#[derive(Deserialize)]
pub struct Entry {
    pname: String,
    version: String,
    #[serde(default)]
    affected_by: Vec<String>,
    #[serde(default)]
    whitelisted: Vec<String>,
}

/// Adds these advisories.
pub fn add(entries: Vec<Entry>, file: &mut File) -> Result<()> {
    for entry in entries {
        for id in &entry.whitelisted {
            let place = format!("{}-{}", entry.pname, entry.version);
            file.leave_out(&place, &format!("a whitelist of vulnix accepts {id} there"))?;
        }
        for id in entry.affected_by {
            let named = Named::Package(Ecosystem::nixpkgs(), entry.pname.clone());
            let product = Product {
                affected: vec![Versions::Exactly(entry.version.clone())],
                ..Product::new(named)
            };
            let advisory = Advisory {
                kind: Some(Kind::Vulnix),
                products: vec![product],
                ..Advisory::default()
            };
            file.add(id, advisory)?;
        }
    }
    Ok(())
}
