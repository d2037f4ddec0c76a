//! One page about the services of many hosts: their findings, hosts and services, and a search for packages.

mod data;
mod findings;
mod sets;
mod tables;

use anyhow::Result;

use self::data::Data;
use self::sets::Hosts;
use super::{SCRIPT, head, verdict};
use crate::bundle::Bundle;
use crate::output::audit::Audited;
use crate::output::folded::FoldedCause;
use crate::output::human::audit::total;
use crate::service::HostName;
use crate::text::{Document, Html, Text, text};

const OWN_SCRIPT: &str = include_str!("script.js");
const OWN_STYLE: &str = include_str!("style.css");

/// The bundles of hosts with their audit.
pub struct FleetPage<'a> {
    /// The hosts, sorted by name.
    pub hosts: Vec<(&'a HostName, &'a Bundle)>,
    /// The audit of all of them.
    pub audited: &'a Audited<'a>,
    /// What the page is about, in the words of whoever asked for it.
    pub title: Option<&'a str>,
}

/// The whole page.
pub fn page(page: &FleetPage) -> Result<Document> {
    let audited = page.audited;
    let title = page.title.unwrap_or("confinix report");
    let services = page.hosts.iter().map(|(_, bundle)| bundle.services.len());
    let mut text = head(title);
    text.push(text!(
        "<style>\n{}</style>\n<a class=\"skip\" href=\"#packages\">To the search</a>\n\
         <header>\n<h1>{}</h1>\n{}<p>{}.</p>\n\
         <nav aria-label=\"Parts of the page\"><a href=\"#packages\">Packages</a> <a href=\"#findings\">Findings</a> \
         <a href=\"#grid\">Hosts × services</a> <a href=\"#hosts\">Hosts</a> <a href=\"#services\">Services</a></nav>\n</header>\n<main>\n",
        Text::own(OWN_STYLE),
        title,
        verdict::section(audited, services.sum()),
        total(audited),
    ));
    let mut hosts = Hosts::new(page.hosts.iter().map(|(host, _)| *host));
    let causes = FoldedCause::all(audited.report);
    text.push(failed(audited));
    text.push(Text::own(PACKAGES));
    text.push(findings::section(&causes));
    text.push(Text::own(GRID));
    text.push(tables::hosts(page, &causes));
    text.push(tables::services(page, &causes));
    let data = Data::new(page, &causes, &mut hosts).json(&hosts)?;
    text.push(text!(
        "</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n<script>\n{}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
        data,
        Text::own(SCRIPT),
        Text::own(OWN_SCRIPT)
    ));
    Ok(text.into())
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

/// The hosts that failed, with the reasons.
fn failed(audited: &Audited) -> Text<Html> {
    if audited.failed.is_empty() {
        return Text::new();
    }
    let mut text = Text::own("<section id=\"failed\">\n<h2>Hosts that failed</h2>\n<ul>\n");
    for host in audited.failed {
        text.push(text!(
            "<li><b>{}</b> <span class=\"chain\">{}</span></li>\n",
            host.name,
            host.reason()
        ));
    }
    text.push(Text::own("</ul>\n</section>\n"));
    text
}
