//! What the pages list.

mod closure;
mod findings;
mod help;
mod path;
mod paths;
mod services;
mod settings;
mod surface;
mod tree;
mod wrapped;

use super::data::Data;
use super::listing::Listing;
use super::page::{Page, Tab};
use super::visit::Visit;

/// The rows of an open page, for a screen of this width.
pub fn listing(data: &Data, visit: &Visit, width: usize) -> Listing {
    match &visit.page {
        Page::Services => services::listing(data),
        Page::Paths => paths::listing(data),
        Page::Findings => findings::listing(data, None, width),
        Page::Service(service, tab) => match tab {
            Tab::Closure => closure::listing(data, service),
            Tab::Tree => tree::listing(data, service, &visit.unfolded),
            Tab::Surface => surface::listing(data, service, width),
            Tab::Findings => findings::listing(data, Some(service), width),
            Tab::Settings => settings::listing(data, service, width),
        },
        Page::Path(Some(service), path) => path::of_service(data, service, path),
        Page::Path(None, path) => path::of_all(data, path),
        Page::Help => help::listing(width),
        Page::Finding(number) => findings::details(data, *number, width),
    }
}
