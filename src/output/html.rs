//! One page about a bundle, for browsers: it needs no network and no JavaScript, and is readable in the dark, on a phone and by
//! keyboard.

mod chains;
mod changes;
mod data;
mod findings;
mod fleet;
mod matrix;
mod overview;
mod parts;
mod service;
mod treemap;
mod verdict;

use std::fmt::Write;

use anyhow::Result;
use rayon::prelude::*;

use super::audit::Audited;
use super::folded_cause::FoldedCause;
use super::human;
use super::share::Shares;
use crate::bundle::{Bundle, Why, graph};
use crate::surface::Surfaces;
use crate::text::{Document, Html, Text, text};

pub use changes::changes;
pub use fleet::{FleetPage, page as fleet_page};
pub use verdict::About;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// Of more services, a browser with scripts reads each only when it is opened: it takes seconds to lay out the whole of 1,000.
const MANY: usize = 100;

/// How much of each service a page shows at first.
#[derive(Clone, Copy)]
struct Room {
    /// Branches of the tree that tells why it sees what it sees.
    branches: usize,
    /// Packages that a treemap shows separately.
    rectangles: usize,
    /// Paths that are listed; the script finds the others.
    paths: usize,
    /// Whether a browser with scripts reads it only when the service is opened.
    is_folded: bool,
}

impl Room {
    /// For each of so many services.
    fn of(services: usize) -> Self {
        let is_folded = services > MANY;
        Self {
            branches: if is_folded { 16 } else { 24 },
            rectangles: if is_folded { 20 } else { 40 },
            paths: if is_folded { 8 } else { 15 },
            is_folded,
        }
    }
}

/// A bundle with its audit.
pub struct Page<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// The audit.
    pub audited: &'a Audited<'a>,
    /// The files of its store paths, if they were looked at.
    pub surfaces: Option<&'a Surfaces<'a>>,
    /// What it is about.
    pub about: About<'a>,
}

/// The whole page.
pub fn page(page: &Page) -> Result<Document> {
    let &Page {
        bundle,
        audited,
        surfaces,
        about,
    } = page;
    let graph = graph(bundle)?;
    let has_shared = bundle.closures.len() > 1;
    let shares = Shares::of(bundle);
    let mut text = parts::head(&about.head(), "");
    text.push(text!(
        "<a class=\"skip\" href=\"#services\">To the services</a>\n\
         <header>\n<h1>{}</h1>\n{}{}\
         <nav aria-label=\"Parts of the page\"><a href=\"#findings\">Findings</a> <a href=\"#services\">Services</a> \
         <a href=\"#packages\">Packages</a> {}<a href=\"#closures\">Closures</a></nav>\n</header>\n<main>\n",
        about.heading(),
        verdict::section(audited),
        verdict::facts(&about, audited, &human::summary(bundle)),
        Text::own(if has_shared {
            "<a href=\"#shared\">Shared paths</a> "
        } else {
            ""
        })
    ));
    let causes = findings::sorted(audited.report);
    let services = |_, cause: &FoldedCause| findings::services(cause);
    text.push(findings::section(&causes, 0, services));
    text.push(overview::section(page, &shares));
    text.push(overview::unconfined(bundle));
    text.push(packages());
    if has_shared {
        text.push(matrix::section(bundle, &graph));
    }
    text.push(Text::own("<section id=\"closures\">\n<h2>Closures</h2>\n<p>What each service sees; areas are proportional to size. Open a service for its closure roots, its largest paths and the reasons for them.</p>\n"));
    let room = Room::of(bundle.services.len());
    let sections = bundle
        .services
        .par_iter()
        .map(|(name, about)| {
            let known = service::Known {
                bundle,
                shares: &shares,
                why: Why::new(&graph, about)?,
                surface: surfaces.and_then(|surfaces| surfaces.of(bundle, about)),
                room,
            };
            Ok(service::section(name, &known))
        })
        .collect::<Result<Vec<_>>>()?;
    text.push(sections.into_iter().collect());
    text.push(Text::own("</section>\n"));
    text.push(parts::end(&data::json(bundle)?, &[]));
    Ok(text.into())
}

/// A field that finds the services which see a package. The script fills the table.
fn packages() -> Text<Html> {
    Text::own(
        "<section id=\"packages\" class=\"tools\" hidden>\n<h2>Packages</h2>\n\
         <div class=\"tools\"><label>Which services see <input type=\"search\" data-who placeholder=\"openssl\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Services that see the package\">\n<table id=\"packages-table\">\n\
         <thead><tr><th scope=\"col\">Service</th><th scope=\"col\">Through</th></tr></thead>\n<tbody></tbody>\n</table>\n</div>\n</section>\n",
    )
}

/// The fragment of a link to a service in the page.
fn anchor(name: &str) -> String {
    let mut anchor = String::from("service-");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            anchor.push(char::from(byte));
        } else {
            let _ = write!(anchor, "~{byte:02x}");
        }
    }
    anchor
}
