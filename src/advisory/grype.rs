//! The output of `grype -o json`.

use anyhow::Result;
use serde::Deserialize;

use super::file::File;
use super::versions::Versions;
use super::{Advisory, Kind, Named, Presence, Product};

/// The whole output.
#[derive(Deserialize)]
pub struct Output {
    matches: Vec<Match>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    vulnerability: Vulnerability,
    #[serde(default)]
    related_vulnerabilities: Vec<Vulnerability>,
    artifact: Artifact,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    description: Option<String>,
}

#[derive(Deserialize)]
struct Artifact {
    name: String,
    #[serde(default)]
    version: String,
    purl: Option<String>,
    #[serde(default)]
    locations: Vec<Location>,
}

#[derive(Deserialize)]
struct Location {
    path: String,
}

/// Adds these advisories.
pub fn add(output: Output, file: &mut File) -> Result<()> {
    for (index, found) in output.matches.into_iter().enumerate() {
        let Match {
            vulnerability,
            related_vulnerabilities,
            artifact,
        } = found;
        let products = products(&artifact);
        if products.is_empty() {
            let why = format!(
                "{} has neither a package URL nor a location in a store",
                artifact.name
            );
            file.leave_out(&format!("matches[{index}]"), &why)?;
        }
        let related = related_vulnerabilities.into_iter();
        let advisory = Advisory {
            kind: Some(Kind::Grype),
            aliases: related
                .map(|related| related.id)
                .filter(|id| *id != vulnerability.id)
                .collect(),
            summary: vulnerability.description,
            is_vague: products.is_empty(),
            products,
        };
        file.add(vulnerability.id, advisory)?;
    }
    Ok(())
}

/// The store paths where grype has found the artifact, which tell more than its name unless that is a name of nixpkgs.
fn products(artifact: &Artifact) -> Vec<Product> {
    let url = artifact.purl.as_deref().unwrap_or_default();
    let named = Product::of_url(url).map(|(named, version)| Product {
        affected: vec![Versions::Exactly(
            version.unwrap_or_else(|| artifact.version.clone()),
        )],
        ..Product::new(named)
    });
    let is_of_nixpkgs = |product: &Product| match &product.named {
        Named::Package(ecosystem, _) => ecosystem.presence() == Presence::Nixpkgs,
        Named::Path(_) => false,
    };
    if named.as_ref().is_some_and(is_of_nixpkgs) {
        return named.into_iter().collect();
    }
    let paths = artifact.locations.iter();
    let in_store: Vec<_> = paths
        .filter_map(|location| base_name(&location.path))
        .map(|base| Product {
            affected: vec![Versions::All],
            ..Product::new(Named::Path(base.to_owned()))
        })
        .collect();
    if in_store.is_empty() {
        named.into_iter().collect()
    } else {
        in_store
    }
}

/// The base name of the store path that a file belongs to. A scan of an image has no slash before `nix`.
fn base_name(path: &str) -> Option<&str> {
    let (_, below) = path.split_once("nix/store/")?;
    below.split('/').next().filter(|base| !base.is_empty())
}
