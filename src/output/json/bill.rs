//! What advisories say about services, and how much a bill of materials knows.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;

use super::audit::Failed;
use super::versioned;
use crate::sbom::{Answer, Bill, Seen, Status, Vex};
use crate::service::{HostName, HostService};
use crate::store::{Package, StorePath};
use crate::text::Document;

/// Counts of a bill of materials, and every advisory with every service.
pub fn bill(bill: &Bill) -> Result<Document> {
    let services = bill.hosts.iter().flat_map(|host| {
        host.services().map(|(name, service)| Service {
            name,
            components: host.bundle.closures[&service.closure].paths.len(),
        })
    });
    let hosts = bill.named().map(|(name, host)| Host {
        name,
        seal: host.seal.to_string(),
    });
    let only = bill.only();
    let vex = bill.vex.as_ref();
    versioned(&Counted {
        seal: only.map(|host| host.seal.to_string()),
        hosts: only.is_none().then(|| hosts.collect()),
        failed: (only.is_none()).then(|| bill.failed.iter().map(Failed::from).collect()),
        services: services.collect(),
        components: bill.components.count(),
        with_license: bill.with_license(),
        with_source: bill.with_source(),
        advisories: vex.map(|vex| advisories(bill, vex)),
        left_out: vex.map(|vex| vex.left_out),
    })
}

fn advisories<'a>(bill: &'a Bill, vex: &'a Vex) -> Vec<Reported<'a>> {
    let answers = vex.answers.iter();
    answers
        .map(|(id, answer)| {
            let seeing: BTreeSet<_> = answer.seen.keys().map(|name| name.host.as_ref()).collect();
            let only = bill.only();
            let is_told = |host: Option<&HostName>| only.is_some() || seeing.contains(&host);
            let services = bill.services().map(|(name, _)| name);
            let others = bill.hosts.iter().filter_map(|host| host.name);
            Reported {
                id,
                aliases: answer.advisory.aliases.iter().map(String::as_str).collect(),
                summary: answer.advisory.summary.as_deref(),
                services: services
                    .filter(|name| is_told(name.host.as_ref()))
                    .map(|name| concerned(answer, name))
                    .collect(),
                other_hosts: only.is_none().then(|| Others {
                    status: answer.least().name(),
                    reason: answer.doubt.as_deref(),
                    hosts: others.filter(|host| !is_told(Some(host))).collect(),
                }),
            }
        })
        .collect()
}

fn concerned<'a>(answer: &'a Answer, name: HostService) -> Concerned<'a> {
    let seen = answer.seen.get(&name);
    let status = answer.status(&name);
    Concerned {
        name,
        status: status.name(),
        // An affected component leaves no doubt.
        reason: answer
            .doubt
            .as_deref()
            .filter(|_| status == Status::Unknown),
        components: seen.into_iter().flatten().map(Component::from).collect(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counted<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<Vec<Host<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<Vec<Failed<'a>>>,
    services: Vec<Service>,
    components: usize,
    with_license: usize,
    with_source: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    advisories: Option<Vec<Reported<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'a [String]>,
}

#[derive(Serialize)]
struct Host<'a> {
    name: &'a str,
    seal: String,
}

#[derive(Serialize)]
struct Service {
    #[serde(flatten)]
    name: HostService,
    components: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reported<'a> {
    id: &'a str,
    aliases: Vec<&'a str>,
    summary: Option<&'a str>,
    services: Vec<Concerned<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_hosts: Option<Others<'a>>,
}

/// Hosts of which no service sees a component.
#[derive(Serialize)]
struct Others<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    hosts: Vec<&'a HostName>,
}

#[derive(Serialize)]
struct Concerned<'a> {
    #[serde(flatten)]
    name: HostService,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    components: Vec<Component<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Component<'a> {
    path: &'a StorePath,
    name: &'a str,
    version: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    executables: Option<u64>,
    hidden_executables: Option<u64>,
}

impl<'a> From<&Seen<'a>> for Component<'a> {
    fn from(seen: &Seen<'a>) -> Self {
        let package = Package::parse(seen.path.name());
        Self {
            path: seen.path,
            name: package.name,
            version: package.version,
            status: Status::from(seen.verdict).name(),
            reason: seen.verdict.reason(),
            executables: seen.executables.map(|executables| executables.seen),
            hidden_executables: seen.executables.map(|executables| executables.hidden),
        }
    }
}
