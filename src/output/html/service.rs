//! One service.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::chains::tree;
use super::treemap::{Item, svg};
use super::{Room, anchor};
use crate::bundle::{Bundle, Why};
use crate::output::audit::route;
use crate::output::human::surface::sentence;
use crate::output::share::{Seen, Shares};
use crate::service::UnitName;
use crate::store::{Package, StorePath};
use crate::surface::Surface;
use crate::text::bytes;
use crate::text::{Html, Text, count, text};

/// What is known of a service.
pub struct Known<'a> {
    pub bundle: &'a Bundle,
    pub shares: &'a Shares<'a>,
    pub why: Why<'a>,
    pub surface: Option<Surface>,
    pub room: Room,
}

/// What a service sees: why, as a tree, a treemap, its closure roots, and its largest paths with their chains.
pub fn section(name: &UnitName, known: &Known) -> Text<Html> {
    let (bundle, room) = (known.bundle, known.room);
    let closure = &bundle.closures[&bundle.services[name].closure];
    let within = content(name, known);
    text!(
        "<details class=\"service\" id=\"{}\" data-service=\"{}\"{}>\n<summary><b>{}</b> {}, {}</summary>\n{}</details>\n",
        anchor(name.as_str()),
        name,
        Text::own(if bundle.services.len() == 1 {
            " open"
        } else {
            ""
        }),
        name.stem(),
        count(closure.paths.len(), "path"),
        bytes(closure.nar_size),
        if room.is_folded {
            text!("<noscript>\n{}</noscript>\n", within)
        } else {
            within
        }
    )
}

fn content(name: &UnitName, known: &Known) -> Text<Html> {
    let Known {
        bundle,
        shares,
        why,
        surface,
        room,
    } = known;
    let service = &bundle.services[name];
    let closure = &bundle.closures[&service.closure];
    let mut text = tree(why, shares, room.branches);
    let mut paths: Vec<_> = closure
        .paths
        .iter()
        .map(|path| (path, shares.path(path)))
        .collect();
    text.push(picture(&paths, name, room.rectangles));
    if let Some(surface) = surface {
        text.push(text!("<p>Surface: {}.</p>\n", sentence(surface)));
    }
    text.push(Text::own("<h3>Roots</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Roots\">\n<table><thead><tr><th scope=\"col\">Option</th><th scope=\"col\">Path</th></tr></thead><tbody>\n"));
    for root in &service.roots {
        text.push(text!(
            "<tr><td><code>{}</code></td><td><code>{}</code></td></tr>\n",
            root.origin.option(),
            root.path
        ));
    }
    text.push(Text::own("</tbody></table>\n</div>\n"));
    largest_first(&mut paths, room.paths);
    let shown = paths.len().min(room.paths);
    text.push(text!(
        "<h3>{}</h3>\n<div class=\"tools\" hidden><label>Why is it there? <input type=\"search\" placeholder=\"a package\" data-why></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Paths\">\n<table class=\"paths sortable\"><thead><tr><th scope=\"col\" class=\"number\">Size</th>\
         <th scope=\"col\">Package</th><th scope=\"col\">Why</th></tr></thead><tbody>\n",
        if shown == paths.len() {
            "Paths".to_owned()
        } else {
            format!("The largest {shown} of {} paths", paths.len())
        },
    ));
    let largest = paths.first().map_or(1, |(_, seen)| seen.size.max(1));
    for (path, seen) in paths.into_iter().take(room.paths) {
        let size = seen.size;
        text.push(text!(
            "<tr><td class=\"number bar\" style=\"--share:{}%\" data-sort=\"{}\">{}</td><td title=\"{}\">{}{}</td><td class=\"chain\">{}</td></tr>\n",
            size.saturating_mul(100) / largest,
            size,
            bytes(size),
            path,
            path.name(),
            Text::own(if seen.is_shared() {
                ""
            } else {
                " <span class=\"own\">own</span>"
            }),
            why.shortest(path)
                .map(|chain| route(&chain))
                .unwrap_or_default(),
        ));
    }
    text.push(Text::own("</tbody></table>\n</div>\n"));
    text
}

/// Moves the `count` largest to the front, in order; the order of the others is undefined.
fn largest_first(paths: &mut [(&StorePath, Seen)], count: usize) {
    fn key<'a>((path, seen): &(&'a StorePath, Seen)) -> (Reverse<u64>, &'a StorePath) {
        (Reverse(seen.size), *path)
    }
    let count = count.min(paths.len());
    if count < paths.len() {
        paths.select_nth_unstable_by(count, |a, b| key(a).cmp(&key(b)));
    }
    paths[..count].sort_by(|a, b| key(a).cmp(&key(b)));
}

fn picture(paths: &[(&StorePath, Seen)], name: &UnitName, rectangles: usize) -> Text<Html> {
    let mut packages: BTreeMap<(&str, bool), u64> = BTreeMap::new();
    for (path, seen) in paths {
        let package = Package::parse(path.name()).name;
        *packages.entry((package, seen.is_shared())).or_default() += seen.size;
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
    if items.len() > rectangles {
        let rest = items.split_off(rectangles - 1);
        items.push(Item {
            label: format!("{} more", rest.len()),
            size: rest.iter().map(|item| item.size).sum(),
            class: "rest",
        });
        items.sort_by_key(|item| Reverse(item.size));
    }
    text!(
        "<figure><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Packages by size\">{}</div><figcaption>Packages by size. \
         <span class=\"key own\">only this service</span> <span class=\"key shared\">others too</span></figcaption></figure>\n",
        svg(&items, &format!("Packages that {name} sees, by size"))
    )
}
