//! CycloneDX 1.6 (<https://cyclonedx.org/docs/1.6/json/>): services, the store paths of their closures, and what advisories say.
//!
//! A host of a fleet is a component too, an operating system that depends on its services.

mod component;
mod vulnerability;

use std::borrow::Cow;

use anyhow::Result;
use serde::Serialize;

use self::component::Component;
use self::vulnerability::{Vulnerability, vulnerabilities};
use super::uuid::uuid;
use crate::bundle::BundleService;
use crate::sbom::{Bill, Host};
use crate::service::{HostName, HostService, UnitName};
use crate::text::Document;

/// The URL of the schema, by which readers know the version.
const SCHEMA: &str = "http://cyclonedx.org/schema/bom-1.6.schema.json";

/// A bill of materials. Everything is sorted, and its serial number follows from the rest: the same services have the same bill.
pub fn bill(bill: &Bill) -> Result<Document> {
    let mut bom = bom(bill)?;
    bom.serial_number = Some(format!("urn:uuid:{}", uuid(&serde_json::to_vec(&bom)?)));
    Document::json(&bom)
}

fn bom<'a>(bill: &'a Bill) -> Result<Bom<'a>> {
    let hosts = bill
        .named()
        .map(|(name, host)| Component::of_host(name, host));
    let paths = bill.components.iter().map(|(path, info)| {
        let about = bill.about.get(path);
        Component::of_path(path, info, about)
    });
    let of_hosts = bill.named().map(|(name, host)| Dependency {
        reference: name.into(),
        depends_on: references(host.services().map(|(service, _)| service)),
    });
    let of_services = bill.of_services().map(|(name, roots)| Dependency {
        reference: name.to_string().into(),
        depends_on: roots.into_iter().map(|root| root.as_str().into()).collect(),
    });
    let of_paths = bill.of_paths().map(|(path, others)| Dependency {
        reference: path.as_str().into(),
        depends_on: others.map(|other| other.as_str().into()).collect(),
    });
    let seal = bill.only().map(sealed).into_iter();
    let failed = bill.failed.iter();
    let failed = failed.map(|host| Property::new("confinix:failed_host", host.name.as_str()));
    Ok(Bom {
        schema: SCHEMA,
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: None,
        version: 1,
        metadata: Metadata {
            timestamp: bill.created.as_ref().map(ToString::to_string),
            tools: Tools {
                components: [Tool {
                    kind: "application",
                    name: env!("CARGO_PKG_NAME"),
                    version: env!("CARGO_PKG_VERSION"),
                }],
            },
            properties: seal.chain(failed).collect(),
        },
        components: hosts.map(Ok).chain(paths).collect::<Result<_>>()?,
        services: bill
            .services()
            .map(|(name, service)| Service::new(name, service))
            .collect(),
        dependencies: of_hosts.chain(of_services).chain(of_paths).collect(),
        vulnerabilities: bill
            .vex
            .as_ref()
            .map(|vex| vulnerabilities(vex, bill.hosts)),
    })
}

fn references<'a>(services: impl Iterator<Item = HostService>) -> Vec<Cow<'a, str>> {
    services.map(|service| service.to_string().into()).collect()
}

fn sealed(host: &Host) -> Property {
    Property::new("confinix:seal", host.seal.to_string())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    version: u32,
    metadata: Metadata,
    components: Vec<Component<'a>>,
    services: Vec<Service>,
    dependencies: Vec<Dependency<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vulnerabilities: Option<Vec<Vulnerability<'a>>>,
}

#[derive(Serialize)]
struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    tools: Tools,
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Tools {
    components: [Tool; 1],
}

#[derive(Serialize)]
struct Tool {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    version: &'static str,
}

/// A property of our own: its name begins with `confinix:` or `nix:`.
#[derive(Serialize)]
struct Property {
    name: &'static str,
    value: String,
}

impl Property {
    fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self {
            name,
            value: value.into(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'a> {
    #[serde(rename = "ref")]
    reference: Cow<'a, str>,
    depends_on: Vec<Cow<'a, str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Service {
    bom_ref: String,
    /// The host of a fleet.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<HostName>,
    name: UnitName,
    properties: Vec<Property>,
}

impl Service {
    fn new(name: HostService, service: &BundleService) -> Self {
        let hide = service
            .hide
            .iter()
            .map(|class| Property::new("confinix:hide", class.name()));
        let properties = [
            Property::new("confinix:mode", service.mode.name()),
            Property::new("confinix:strategy", service.strategy.name()),
        ];
        Self {
            bom_ref: name.to_string(),
            group: name.host,
            name: name.unit,
            properties: properties.into_iter().chain(hide).collect(),
        }
    }
}
