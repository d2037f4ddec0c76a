//! Computes the closures of many sets of roots in one pass.

use rayon::prelude::*;

use super::{Graph, NodeId};

/// How many closures to compute in one walk: one for each bit of a machine word.
const LANES: usize = 64;

/// Returns the closure of each set of roots, in the order of `roots`: the nodes that the roots reach, sorted.
///
/// Each node has a word with one bit per closure. The walk visits every node before its references and adds its word to theirs, so
/// one walk computes 64 closures. Batches of 64 run in parallel.
pub fn closures(graph: &Graph, roots: &[Vec<NodeId>]) -> Vec<Vec<NodeId>> {
    roots
        .par_chunks(LANES)
        .flat_map_iter(|batch| closures_of_batch(graph, batch))
        .collect()
}

fn closures_of_batch(graph: &Graph, batch: &[Vec<NodeId>]) -> Vec<Vec<NodeId>> {
    let mut reached_by = vec![0u64; graph.len()];
    for (lane, roots) in batch.iter().enumerate() {
        for root in roots {
            reached_by[*root as usize] |= 1 << lane;
        }
    }
    for node in graph.referrers_first() {
        let word = reached_by[*node as usize];
        if word != 0 {
            for reference in graph.references(*node) {
                reached_by[*reference as usize] |= word;
            }
        }
    }
    let mut closures = vec![Vec::new(); batch.len()];
    for (node, mut word) in (0..).zip(reached_by) {
        while word != 0 {
            closures[word.trailing_zeros() as usize].push(node);
            word &= word - 1;
        }
    }
    closures
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use anyhow::Result;
    use proptest::prelude::*;

    use super::*;
    use crate::store::{GraphBuilder, NarHash, PathInfo, StoreDir};

    fn base(index: usize) -> String {
        let digits: String = format!("{index:032}");
        format!("{digits}-p{index}")
    }

    /// Makes a graph in which node `i` refers to the nodes in `references[i]`, modulo `i`, and some nodes refer to themselves.
    fn graph(references: &[Vec<usize>]) -> Result<Graph> {
        let mut builder = GraphBuilder::new();
        for (index, references) in references.iter().enumerate() {
            let references: Vec<_> = references
                .iter()
                .map(|reference| base(reference % (index + 1)))
                .collect();
            let info = PathInfo {
                nar_hash: NarHash::new([0; 32]),
                nar_size: 1,
                symlink: None,
            };
            builder.add(&base(index), info, references.iter().map(String::as_str))?;
        }
        builder.finish(&StoreDir::parse("/nix/store")?)
    }

    fn naive(graph: &Graph, roots: &[NodeId]) -> Vec<NodeId> {
        let mut seen = BTreeSet::new();
        let mut todo = roots.to_vec();
        while let Some(node) = todo.pop() {
            if seen.insert(node) {
                todo.extend(graph.references(node));
            }
        }
        seen.into_iter().collect()
    }

    proptest! {
        #[test]
        fn closures_are_what_a_naive_walk_finds(
            references in prop::collection::vec(prop::collection::vec(0usize..1000, 0..6), 1..120),
            roots in prop::collection::vec(prop::collection::vec(0usize..1000, 0..5), 0..200),
        ) {
            let graph = graph(&references).map_err(|e| TestCaseError::fail(format!("{e:#}")))?;
            let roots: Vec<Vec<NodeId>> = roots
                .iter()
                .map(|set| set.iter().map(|root| NodeId::try_from(root % references.len()).unwrap_or_default()).collect())
                .collect();
            let expected: Vec<_> = roots.iter().map(|set| naive(&graph, set)).collect();
            prop_assert_eq!(closures(&graph, &roots), expected);
        }
    }
}
