//! Hosts and store paths as components.

use anyhow::Result;
use serde::Serialize;

use super::{Property, sealed};
use crate::bundle::BundlePath;
use crate::nix::{About, License};
use crate::sbom::{Host, purl};
use crate::store::{Package, StorePath};

/// A host of a fleet, or a store path.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    bom_ref: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<[Hash; 1]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<Choice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_references: Vec<Reference<'a>>,
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
struct Choice<'a> {
    license: Chosen<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Chosen<'a> {
    Id(&'a str),
    Name(&'a str),
}

#[derive(Serialize)]
struct Reference<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

impl<'a> Component<'a> {
    /// The component of a host.
    pub fn of_host(name: &'a str, host: &Host) -> Self {
        Self {
            kind: "operating-system",
            bom_ref: name,
            name,
            version: "",
            hashes: None,
            licenses: Vec::new(),
            purl: None,
            external_references: Vec::new(),
            properties: vec![sealed(host)],
        }
    }

    /// The component of a store path, with what its package says about itself.
    pub fn of_path(
        path: &'a StorePath,
        info: &BundlePath,
        about: Option<&'a About>,
    ) -> Result<Self> {
        let package = Package::parse(path.name());
        let mut properties = vec![Property::new("nix:nar_size", info.nar_size.to_string())];
        if !package.output.is_empty() {
            properties.push(Property::new("nix:output", package.output));
        }
        properties.push(Property::new("nix:store_path", path.as_str()));
        let website = about.and_then(About::homepage).map(|url| ("website", url));
        let sources = about.into_iter().flat_map(About::sources);
        let sources = sources.map(|url| ("source-distribution", url));
        let urls = website.into_iter().chain(sources);
        let licenses = about.into_iter().flat_map(|about| &about.licenses);
        Ok(Self {
            kind: if info.file.is_some() {
                "file"
            } else {
                "application"
            },
            bom_ref: path.as_str(),
            name: package.name,
            version: package.version,
            hashes: Some([Hash {
                alg: "SHA-256",
                content: info.nar_hash.hex(),
            }]),
            licenses: licenses.filter_map(chosen).collect(),
            purl: Some(purl(path)?),
            external_references: urls.map(|(kind, url)| Reference { kind, url }).collect(),
            properties,
        })
    }
}

fn chosen(license: &License) -> Option<Choice<'_>> {
    let id = license.listed_id().map(Chosen::Id);
    let name = || {
        let name = license.name.as_deref().or(license.spdx_id.as_deref());
        name.map(Chosen::Name)
    };
    let license = id.or_else(name)?;
    Some(Choice { license })
}
