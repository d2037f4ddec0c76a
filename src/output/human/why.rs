//! Why a service sees what it sees.

use std::fmt::Write;

use super::count;
use crate::bundle::Chain;
use crate::output::Matches;
use crate::store::bytes;

/// Every match with its chains.
pub fn why(found: &Matches) -> String {
    let Matches {
        service, pattern, ..
    } = found;
    if found.matches.is_empty() {
        let closest = match &found.proposals[..] {
            [] => "nothing comes close".to_owned(),
            proposals => format!("what comes closest: {}", proposals.join(", ")),
        };
        return format!("{service} sees nothing that matches {pattern}; {closest}\n");
    }
    let mut text = format!(
        "{service} sees {} that match{} {pattern}\n",
        count(found.matches.len(), "store path"),
        if found.matches.len() == 1 { "es" } else { "" },
    );
    for found in &found.matches {
        let _ = writeln!(text, "\n{} ({})", found.path.base(), bytes(found.nar_size));
        for chain in &found.chains {
            text.push_str(&tree(chain, "  "));
        }
    }
    text
}

/// A chain as a tree of one branch, each line behind `indent`.
pub fn tree(chain: &Chain, indent: &str) -> String {
    let mut text = format!("{indent}{}\n", chain.origin.option());
    for (depth, path) in chain.paths.iter().enumerate() {
        let _ = writeln!(text, "{indent}{}└─ {path}", "   ".repeat(depth));
    }
    text
}
