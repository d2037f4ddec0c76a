//! One service.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use super::treemap::{Item, svg};
use super::{anchor, escape};
use crate::bundle::{Bundle, Why};
use crate::output::audit::route;
use crate::output::share::Shares;
use crate::service::UnitName;
use crate::store::{Package, bytes};

/// How many packages a picture shows by themselves.
const MAX_RECTANGLES: usize = 40;
/// How many paths are listed where there is no JavaScript.
const MAX_PATHS: usize = 15;

/// What a service sees: a picture, its roots, and its largest paths with their chains.
pub fn section(bundle: &Bundle, shares: &Shares, why: &Why, name: &UnitName) -> String {
    let service = &bundle.services[name];
    let closure = &bundle.closures[&service.closure];
    let mut text = format!(
        "<details class=\"service\" id=\"{}\" data-service=\"{}\">\n<summary><b>{}</b> {} paths, {}</summary>\n",
        anchor(name.as_str()),
        escape(name.as_str()),
        escape(name.stem()),
        closure.paths.len(),
        bytes(closure.nar_size),
    );
    text.push_str(&picture(bundle, shares, name));
    text.push_str("<h3>Roots</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Roots\">\n<table><thead><tr><th scope=\"col\">Option</th><th scope=\"col\">Path</th></tr></thead><tbody>\n");
    for root in &service.roots {
        let _ = writeln!(
            text,
            "<tr><td><code>{}</code></td><td><code>{}</code></td></tr>",
            root.origin.option(),
            escape(root.path.as_str())
        );
    }
    text.push_str("</tbody></table>\n</div>\n");
    let mut paths: Vec<_> = closure.paths.iter().collect();
    paths.sort_by_cached_key(|path| (Reverse(bundle.paths[*path].nar_size), path.as_str()));
    let shown = paths.len().min(MAX_PATHS);
    let _ = writeln!(
        text,
        "<h3>{}</h3>\n<div class=\"tools\" hidden><label>Why is it there? <input type=\"search\" placeholder=\"a package\" data-why></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Paths\">\n<table class=\"paths sortable\"><thead><tr><th scope=\"col\" class=\"number\">Size</th>\
         <th scope=\"col\">Package</th><th scope=\"col\">Why</th></tr></thead><tbody>",
        if shown == paths.len() {
            "Paths".to_owned()
        } else {
            format!("The largest {shown} of {} paths", paths.len())
        },
    );
    for path in paths.into_iter().take(MAX_PATHS) {
        let size = bundle.paths[path].nar_size;
        let _ = writeln!(
            text,
            "<tr><td class=\"number\" data-sort=\"{size}\">{}</td><td title=\"{}\">{}{}</td><td class=\"chain\">{}</td></tr>",
            bytes(size),
            escape(path.as_str()),
            escape(path.name()),
            if shares.is_shared(path) {
                ""
            } else {
                " <span class=\"own\">own</span>"
            },
            why.shortest(path)
                .map(|chain| escape(&route(&chain)))
                .unwrap_or_default(),
        );
    }
    text.push_str("</tbody></table>\n</div>\n</details>\n");
    text
}

fn picture(bundle: &Bundle, shares: &Shares, name: &UnitName) -> String {
    let closure = &bundle.closures[&bundle.services[name].closure];
    let mut packages: BTreeMap<(&str, bool), u64> = BTreeMap::new();
    for path in &closure.paths {
        let package = Package::parse(path.name()).name;
        *packages
            .entry((package, shares.is_shared(path)))
            .or_default() += bundle.paths[path].nar_size;
    }
    let mut items: Vec<_> = packages
        .into_iter()
        .map(|((package, is_shared), size)| Item {
            label: package.to_owned(),
            size,
            class: if is_shared { "shared" } else { "own" },
        })
        .collect();
    items.sort_by_key(|item| Reverse(item.size));
    if items.len() > MAX_RECTANGLES {
        let rest = items.split_off(MAX_RECTANGLES - 1);
        items.push(Item {
            label: format!("{} more", rest.len()),
            size: rest.iter().map(|item| item.size).sum(),
            class: "rest",
        });
        items.sort_by_key(|item| Reverse(item.size));
    }
    format!(
        "<figure>{}<figcaption>Packages by size. <span class=\"key own\">only this service</span> <span class=\"key shared\">others too</span></figcaption></figure>\n",
        svg(&items, &format!("Packages that {name} sees, by size"))
    )
}
