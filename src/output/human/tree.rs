//! The root of a service, as a tree.

use std::collections::BTreeMap;

use crate::enter::{Shown, Tree};
use crate::text::{Terminal, Text, text};

#[derive(Default)]
struct Node<'a> {
    shown: Option<&'a Shown>,
    below: BTreeMap<&'a str, Node<'a>>,
}

/// The content of a root, by path.
pub fn tree(tree: &Tree) -> Text<Terminal> {
    let mut root = Node::default();
    for (place, shown) in tree {
        let mut node = &mut root;
        for part in place.split('/').filter(|part| !part.is_empty()) {
            node = node.below.entry(part).or_default();
        }
        node.shown = Some(shown);
    }
    let mut text = Text::own("/\n");
    render(&root, "/", "", &mut text);
    text
}

fn render(node: &Node, place: &str, indent: &str, text: &mut Text<Terminal>) {
    let mut rest = node.below.len();
    for (name, below) in &node.below {
        rest -= 1;
        let (branch, deeper) = if rest == 0 {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let here = format!("{place}{name}");
        let what = below.shown.map_or(String::new(), |shown| {
            describe(&here, shown, below.below.is_empty())
        });
        text.push(text!("{}{}{}{}\n", indent, branch, *name, what));
        render(
            below,
            &format!("{here}/"),
            &format!("{indent}{deeper}"),
            text,
        );
    }
}

fn describe(place: &str, shown: &Shown, is_empty: bool) -> String {
    match shown {
        Shown::Bind { source, writable } => {
            let from = match source {
                source if source == place => String::new(),
                source => format!(" = {source}"),
            };
            format!("{from}{}", if *writable { " (writable)" } else { "" })
        }
        Shown::Link { target } => format!(" -> {target}"),
        Shown::Directory => "/".to_owned(),
        Shown::Empty { writable } => match (is_empty, writable) {
            (true, true) => "/ (empty, writable)",
            (true, false) => "/ (empty)",
            (false, true) => "/ (writable)",
            (false, false) => "/",
        }
        .to_owned(),
        Shown::Processes => "/ (processes in the root)".to_owned(),
        Shown::Devices => "/ (null, zero, full, random, urandom, tty)".to_owned(),
        Shown::AllDevices => "/ (all devices)".to_owned(),
    }
}
