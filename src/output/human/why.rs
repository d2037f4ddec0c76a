//! Why a service sees store paths.

use super::count;
use crate::bundle::Chain;
use crate::output::Matches;
use crate::text::bytes;
use crate::text::{Terminal, Text, text};

/// Every match with its chains.
pub fn why(found: &Matches) -> Text<Terminal> {
    let Matches {
        service, pattern, ..
    } = found;
    if found.matches.is_empty() {
        let closest = match &found.proposals[..] {
            [] => "no similar names".to_owned(),
            proposals => format!("similar names: {}", proposals.join(", ")),
        };
        return text!(
            "{} sees nothing that matches {}; {}\n",
            service,
            *pattern,
            closest
        );
    }
    let mut text = text!(
        "{} sees {} that match{} {}\n",
        service,
        count(found.matches.len(), "store path"),
        if found.matches.len() == 1 { "es" } else { "" },
        *pattern,
    );
    for found in &found.matches {
        text.push(text!(
            "\n{} ({})\n",
            found.path.base(),
            bytes(found.nar_size)
        ));
        for chain in &found.chains {
            text.push(tree(chain, "  "));
        }
    }
    text
}

/// A chain as a tree with one branch, each line after `indent`.
pub fn tree(chain: &Chain, indent: &str) -> Text<Terminal> {
    let mut text = text!("{}{}\n", indent, chain.origin.option());
    for (depth, path) in chain.paths.iter().enumerate() {
        text.push(text!("{}{}└─ {}\n", indent, "   ".repeat(depth), path));
    }
    text
}
