//! What advisories say about services, and how much a bill of materials knows.

use anyhow::Result;
use serde::Serialize;

use super::versioned;
use crate::sbom::{Answer, Bill, Seen, Status, Vex};
use crate::service::UnitName;
use crate::store::{Package, StorePath};
use crate::text::Document;

/// Counts of a bill of materials, and every advisory with every service.
pub fn bill(bill: &Bill) -> Result<Document> {
    let bundle = bill.bundle;
    let closures = &bundle.closures;
    let services = bundle.services.iter().map(|(name, service)| Service {
        name,
        components: closures[&service.closure].paths.len(),
    });
    let vex = bill.vex.as_ref();
    versioned(&Counted {
        seal: bill.seal.to_string(),
        services: services.collect(),
        components: bundle.paths.len(),
        with_license: bill.with_license(),
        with_source: bill.with_source(),
        advisories: vex.map(|vex| advisories(bill, vex)),
        left_out: vex.map(|vex| vex.left_out),
    })
}

fn advisories<'a>(bill: &'a Bill, vex: &'a Vex) -> Vec<Reported<'a>> {
    let answers = vex.answers.iter();
    answers
        .map(|(id, answer)| Reported {
            id,
            aliases: answer.advisory.aliases.iter().map(String::as_str).collect(),
            summary: answer.advisory.summary.as_deref(),
            services: bill
                .bundle
                .services
                .keys()
                .map(|name| concerned(answer, name))
                .collect(),
        })
        .collect()
}

fn concerned<'a>(answer: &'a Answer, name: &'a UnitName) -> Concerned<'a> {
    let seen = answer.seen.get(name);
    let status = answer.status(name);
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
    seal: String,
    services: Vec<Service<'a>>,
    components: usize,
    with_license: usize,
    with_source: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    advisories: Option<Vec<Reported<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'a [String]>,
}

#[derive(Serialize)]
struct Service<'a> {
    name: &'a UnitName,
    components: usize,
}

#[derive(Serialize)]
struct Reported<'a> {
    id: &'a str,
    aliases: Vec<&'a str>,
    summary: Option<&'a str>,
    services: Vec<Concerned<'a>>,
}

#[derive(Serialize)]
struct Concerned<'a> {
    name: &'a UnitName,
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
