//! SPDX 2.3 (<https://spdx.github.io/spdx-spec/v2.3/>): hosts of a fleet, services, and the store paths of their closures as packages.

use std::borrow::Cow;
use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

use super::uuid::uuid;
use crate::bundle::BundlePath;
use crate::nix::{About, License};
use crate::sbom::{Bill, purl};
use crate::store::{Package, StorePath};
use crate::text::Document;

/// SPDX requires a time. This one stands for none.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// What SPDX writes where nothing is known.
const NOTHING: &str = "NOASSERTION";

/// A document. Everything is sorted, and its namespace follows from the rest.
pub fn bill(bill: &Bill) -> Result<Document> {
    let mut document = document(bill)?;
    let uuid = uuid(&serde_json::to_vec(&document)?);
    // The prefix that the specification proposes to creators without a site of their own.
    document.document_namespace = format!("https://spdx.org/spdxdocs/confinix-{uuid}");
    Document::json(&document)
}

fn document<'a>(bill: &'a Bill) -> Result<Spdx<'a>> {
    let hosts = bill.named().map(|(name, host)| {
        let comment = format!("a host; the seal of its services is {}", host.seal);
        Item::other(host_id(name), name, "OPERATING_SYSTEM", comment)
    });
    let services = bill.services().map(|(name, _)| {
        let name = name.to_string();
        Item::other(service_id(&name), name, "OTHER", "a systemd service")
    });
    let paths = bill
        .components
        .iter()
        .map(|(path, info)| Item::of_path(path, info, bill.about.get(path)));
    let described = bill.services().map(|(name, _)| Relationship {
        element: name.host.as_ref().map_or_else(
            || "SPDXRef-DOCUMENT".to_owned(),
            |host| host_id(host.as_str()),
        ),
        kind: if name.host.is_some() {
            "CONTAINS"
        } else {
            "DESCRIBES"
        },
        related: service_id(&name.to_string()),
    });
    let described_hosts = bill.named().map(|(name, _)| Relationship {
        element: "SPDXRef-DOCUMENT".to_owned(),
        kind: "DESCRIBES",
        related: host_id(name),
    });
    let of_services = bill.of_services().flat_map(|(name, roots)| {
        roots.into_iter().map(move |root| Relationship {
            element: service_id(&name.to_string()),
            kind: "DEPENDS_ON",
            related: path_id(root),
        })
    });
    let of_paths = bill.of_paths().flat_map(|(path, others)| {
        others.map(move |other| Relationship {
            element: path_id(path),
            kind: "DEPENDS_ON",
            related: path_id(other),
        })
    });
    let created = bill.created.as_ref();
    Ok(Spdx {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: "SPDXRef-DOCUMENT",
        name: "confinix",
        document_namespace: String::new(),
        creation_info: CreationInfo {
            created: created.map_or_else(|| NO_TIME.to_owned(), ToString::to_string),
            creators: [concat!("Tool: confinix-", env!("CARGO_PKG_VERSION"))],
        },
        comment: comment(bill),
        packages: hosts
            .chain(services)
            .map(Ok)
            .chain(paths)
            .collect::<Result<_>>()?,
        relationships: described_hosts
            .chain(described)
            .chain(of_services)
            .chain(of_paths)
            .collect(),
    })
}

/// What the document says about itself.
fn comment(bill: &Bill) -> String {
    let seal = bill.only().into_iter();
    let seal = seal.map(|host| format!("The seal of these services is {}.", host.seal));
    let failed: Vec<_> = bill.failed.iter().map(|host| host.name.as_str()).collect();
    let failed = (!failed.is_empty())
        .then(|| format!("These hosts failed and are missing: {}.", failed.join(", ")));
    seal.chain(failed).collect::<Vec<_>>().join(" ")
}

fn service_id(name: &str) -> String {
    id("Service", name)
}

fn host_id(name: &str) -> String {
    id("Host", name)
}

/// The identifier of something that is no store path. Identifiers have letters, digits, dots and dashes; everything else, and the dash,
/// becomes a dash with two hexadecimal digits.
fn id(kind: &str, name: &str) -> String {
    let mut id = format!("SPDXRef-{kind}-");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'.' {
            id.push(byte.into());
        } else {
            let _ = write!(id, "-{byte:02x}");
        }
    }
    id
}

fn path_id(path: &StorePath) -> String {
    format!("SPDXRef-{}", path.hash())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spdx<'a> {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    id: &'static str,
    name: &'static str,
    document_namespace: String,
    creation_info: CreationInfo,
    #[serde(skip_serializing_if = "String::is_empty")]
    comment: String,
    packages: Vec<Item<'a>>,
    relationships: Vec<Relationship>,
}

#[derive(Serialize)]
struct CreationInfo {
    created: String,
    creators: [&'static str; 1],
}

#[derive(Serialize)]
struct Relationship {
    #[serde(rename = "spdxElementId")]
    element: String,
    #[serde(rename = "relationshipType")]
    kind: &'static str,
    #[serde(rename = "relatedSpdxElement")]
    related: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(rename = "SPDXID")]
    id: String,
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<&'a str>,
    download_location: &'a str,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<&'a str>,
    license_concluded: &'static str,
    license_declared: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_comments: Option<String>,
    copyright_text: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<ExternalRef>,
    primary_package_purpose: &'static str,
    comment: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: &'static str,
    checksum_value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: String,
}

impl<'a> Item<'a> {
    /// What is no store path.
    fn other(
        id: String,
        name: impl Into<Cow<'a, str>>,
        purpose: &'static str,
        comment: impl Into<Cow<'a, str>>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            version_info: None,
            download_location: NOTHING,
            files_analyzed: false,
            homepage: None,
            license_declared: NOTHING,
            license_concluded: NOTHING,
            license_comments: None,
            copyright_text: NOTHING,
            checksums: Vec::new(),
            external_refs: Vec::new(),
            primary_package_purpose: purpose,
            comment: comment.into(),
        }
    }

    fn of_path(path: &'a StorePath, info: &BundlePath, about: Option<&'a About>) -> Result<Self> {
        let package = Package::parse(path.name());
        let licenses = about
            .map(|about| about.licenses.as_slice())
            .unwrap_or_default();
        let ids: Vec<_> = licenses.iter().filter_map(License::listed_id).collect();
        // Of several, nixpkgs does not tell whether all apply.
        let (declared, comments) = match (&ids[..], licenses) {
            ([id], [_]) => (*id, None),
            (_, []) => (NOTHING, None),
            (_, licenses) => {
                let names: Vec<_> = licenses.iter().filter_map(License::known_as).collect();
                (
                    NOTHING,
                    Some(format!("meta.license of the package: {}", names.join(", "))),
                )
            }
        };
        let mut sources = about.into_iter().flat_map(About::sources);
        Ok(Self {
            id: path_id(path),
            name: package.name.into(),
            version_info: Some(package.version).filter(|version| !version.is_empty()),
            download_location: sources.next().unwrap_or(NOTHING),
            files_analyzed: false,
            homepage: about.and_then(About::homepage),
            license_concluded: NOTHING,
            license_declared: declared,
            license_comments: comments,
            copyright_text: NOTHING,
            checksums: vec![Checksum {
                algorithm: "SHA256",
                checksum_value: info.nar_hash.hex(),
            }],
            external_refs: vec![ExternalRef {
                reference_category: "PACKAGE-MANAGER",
                reference_type: "purl",
                reference_locator: purl(path)?,
            }],
            primary_package_purpose: if info.file.is_some() {
                "FILE"
            } else {
                "APPLICATION"
            },
            comment: path.as_str().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_differ_as_the_names_do() {
        assert_eq!(
            service_id("a-b@c.service"),
            "SPDXRef-Service-a-2db-40c.service"
        );
        assert_ne!(service_id("a-b.service"), service_id("a@b.service"));
    }
}
