//! The output of `vulnix --json`.

use serde::Deserialize;

use super::versions::Versions;
use super::{Advisories, Advisory, Ecosystem, Kind, Named, Product};

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
pub fn add(file: &str, entries: Vec<Entry>, into: &mut Advisories) {
    for entry in entries {
        for id in &entry.whitelisted {
            let place = format!("{}-{}", entry.pname, entry.version);
            into.leave_out(
                file,
                &place,
                &format!("a whitelist of vulnix accepts {id} there"),
            );
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
            into.add(id, advisory);
        }
    }
}
