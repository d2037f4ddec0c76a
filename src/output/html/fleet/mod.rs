//! One page about the services of many hosts: their findings, hosts and services, and a search for packages.

mod data;
mod sets;
mod tables;

use anyhow::Result;

use self::data::Data;
use self::sets::Hosts;
use super::verdict::About;
use super::{findings, parts, verdict};
use crate::bundle::Bundle;
use crate::output::audit::Audited;
use crate::output::folded_cause::FoldedCause;
use crate::service::HostName;
use crate::text::{Document, Html, Text, count, text};

/// Findings that a page shows, the denied and most common ones first.
const MAX_FINDINGS: usize = 1000;

const OWN_SCRIPT: &str = include_str!("script.js");
const OWN_STYLE: &str = include_str!("style.css");

/// The bundles of hosts with their audit.
pub struct FleetPage<'a> {
    /// The hosts, sorted by name.
    pub hosts: Vec<(&'a HostName, &'a Bundle)>,
    /// The audit of all of them.
    pub audited: &'a Audited<'a>,
    /// What it is about.
    pub about: About<'a>,
}

/// The whole page.
pub fn page(page: &FleetPage) -> Result<Document> {
    let (audited, about) = (page.audited, &page.about);
    let services = count(audited.report.services.len(), "service");
    let services = format!("{}{services}", audited.hosts());
    let mut text = parts::head(&about.head(), OWN_STYLE);
    text.push(text!(
        "<a class=\"skip\" href=\"#packages\">To the search</a>\n\
         <header>\n<h1>{}</h1>\n{}{}\
         <nav aria-label=\"Parts of the page\"><a href=\"#packages\">Packages</a> <a href=\"#findings\">Findings</a> \
         <a href=\"#grid\">Hosts × services</a> <a href=\"#hosts\">Hosts</a> <a href=\"#services\">Services</a></nav>\n</header>\n<main>\n",
        about.heading(),
        verdict::section(audited),
        verdict::facts(about, audited, &services),
    ));
    let mut hosts = Hosts::new(page.hosts.iter().map(|(host, _)| *host));
    let causes = findings::sorted(audited.report);
    let shown = &causes[..causes.len().min(MAX_FINDINGS)];
    text.push(parts::failed("Hosts that failed", audited.failed));
    text.push(Text::own(PACKAGES));
    text.push(findings::section(
        shown,
        causes.len() - shown.len(),
        on_hosts,
    ));
    text.push(Text::own(GRID));
    text.push(tables::hosts(page, &causes));
    text.push(tables::services(page, &causes));
    let data = Data::new(page, &causes, shown.len(), &mut hosts).json(&hosts)?;
    text.push(parts::end(&data, &[OWN_SCRIPT]));
    Ok(text.into())
}

/// The services of a finding, in words, and the ways to what it is about. The script names all hosts.
fn on_hosts(index: usize, folded: &FoldedCause) -> Text<Html> {
    let mut text = Text::new();
    if let Some(label) = folded.label(false) {
        text.push(text!(
            "<details data-finding=\"{}\"><summary>{}</summary></details>",
            index,
            label
        ));
    }
    for line in folded.messages().iter().chain(&folded.routes()) {
        text.push(findings::detail(line));
    }
    text
}

/// A field that finds who sees a package. The script fills the tables.
const PACKAGES: &str = "<section id=\"packages\" class=\"tools\" hidden>\n<h2>Packages</h2>\n\
    <label>Which services of which hosts see <input type=\"search\" data-package placeholder=\"openssl\"></label>\n\
    <ul id=\"packages-found\" class=\"services\"></ul>\n\
    <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Services that see the package\">\n<table id=\"packages-table\">\n\
    <thead><tr><th scope=\"col\">Service</th><th scope=\"col\">Hosts</th><th scope=\"col\">Through</th></tr></thead>\n<tbody></tbody>\n</table>\n</div>\n</section>\n";

/// The table of hosts and services. The script fills it.
const GRID: &str = "<section id=\"grid\" class=\"tools\" hidden>\n<h2>Hosts × services</h2>\n\
    <p><span class=\"deny\">✕</span> denied <span class=\"warn\">!</span> warnings <span>✓</span> nothing found; \
    empty: the host does not have the service. The worst are first.</p>\n\
    <label>Hosts <input type=\"search\" data-grid=\"hosts\"></label> <label>Services <input type=\"search\" data-grid=\"units\"></label>\n\
    <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Hosts and services\">\n<table id=\"grid-table\" class=\"matrix grid\"><thead><tr></tr></thead><tbody></tbody></table>\n</div>\n\
    <p id=\"grid-more\" class=\"chain\"></p>\n</section>\n";
