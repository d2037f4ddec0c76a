//! Orders paths before the paths they refer to. There is such an order because the references of a store form no cycle.

use anyhow::{Result, bail};

use super::{Graph, NodeId};

/// Kahn's algorithm. References of a node to itself are ignored.
pub(super) fn referrers_first(graph: &Graph) -> Result<Vec<NodeId>> {
    let count = u32::try_from(graph.len())?;
    let mut referrers = vec![0u32; graph.len()];
    for node in 0..count {
        for target in graph.references(node) {
            if *target != node {
                referrers[*target as usize] += 1;
            }
        }
    }
    let mut order: Vec<NodeId> = (0..count)
        .filter(|node| referrers[*node as usize] == 0)
        .collect();
    let mut next = 0;
    while let Some(node) = order.get(next).copied() {
        next += 1;
        for target in graph.references(node) {
            if *target != node {
                referrers[*target as usize] -= 1;
                if referrers[*target as usize] == 0 {
                    order.push(*target);
                }
            }
        }
    }
    if order.len() < graph.len() {
        bail!(
            "the references form a cycle, which no Nix store has: {}",
            circle(graph, &referrers)
        );
    }
    Ok(order)
}

/// Describes one cycle among the nodes that still have referrers.
fn circle(graph: &Graph, referrers: &[u32]) -> String {
    let mut remaining = referrers.to_vec();
    // Leave out nodes below a cycle: they refer to none of the remaining nodes.
    let mut trail: Vec<NodeId> = Vec::new();
    let first = |remaining: &[u32]| {
        (0u32..)
            .zip(remaining)
            .find_map(|(node, count)| (*count > 0).then_some(node))
    };
    let Some(mut node) = first(&remaining) else {
        return String::new();
    };
    loop {
        if let Some(start) = trail.iter().position(|seen| *seen == node) {
            let names: Vec<_> = trail[start..]
                .iter()
                .chain([&node])
                .map(|node| graph.path(*node).base())
                .collect();
            return names.join(" → ");
        }
        trail.push(node);
        let next = graph
            .references(node)
            .iter()
            .find(|target| **target != node && remaining[**target as usize] > 0);
        if let Some(target) = next {
            node = *target;
        } else {
            remaining[node as usize] = 0;
            trail.pop();
            match trail.pop().or_else(|| first(&remaining)) {
                Some(next) => node = next,
                None => return graph.path(node).base().to_owned(),
            }
        }
    }
}
