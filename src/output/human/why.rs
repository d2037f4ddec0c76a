//! Why a service sees store paths.

use super::count;
use crate::bundle::Chain;
use crate::output::folded::{folded, label};
use crate::output::{FleetMatches, Matches};
use crate::service::HostService;
use crate::store::StorePath;
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

/// Every chain with the services that see the path through it.
pub fn why_of_fleet(found: &FleetMatches) -> Text<Terminal> {
    let mut ways = Vec::new();
    for (host, of) in &found.services {
        let service = HostService {
            host: host.cloned(),
            unit: of.service.clone(),
        };
        for matching in &of.matches {
            for chain in &matching.chains {
                ways.push((service.clone(), matching, chain));
            }
        }
    }
    let all = folded(ways, |(_, matching, chain)| {
        let paths: Vec<_> = chain.paths.iter().map(StorePath::as_str).collect();
        format!("{} {} {}", matching.path, chain.origin, paths.join(" "))
    });
    let mut text = Text::new();
    for ways in &all {
        let (_, matching, chain) = &ways[0];
        let services = label(ways.iter().map(|(service, ..)| service), found.is_unfolded);
        let size = bytes(matching.nar_size);
        text.push(text!("{} ({}): {}\n", matching.path.base(), size, services));
        text.push(tree(chain, "  "));
        text.push(Text::own("\n"));
    }
    for host in found.failed {
        text.push(text!("failed {}: {}\n", host.name, host.reason()));
    }
    text.push(text!(
        "{} of {} see{} {}\n",
        found.matching().count(),
        count(found.services.len(), "service"),
        if found.matching().count() == 1 {
            "s"
        } else {
            ""
        },
        found.pattern
    ));
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
