//! Explains why a path is in a closure.

use std::collections::VecDeque;

use super::{Graph, NodeId};

/// The shortest chain from a root to every path that the roots reach.
pub struct Chains {
    /// For each node that is reached: the index of the root, and the previous node of the chain (a root itself for a root).
    reached: Vec<Option<(usize, NodeId)>>,
    /// The nodes that are reached, each after the previous one of its chain.
    order: Vec<NodeId>,
}

impl Chains {
    /// Walks the graph from `roots`, breadth first. Among chains of the same length, the one from the earliest root wins.
    pub fn new(graph: &Graph, roots: &[NodeId]) -> Self {
        let mut reached = vec![None; graph.len()];
        let mut order = Vec::new();
        let mut todo = VecDeque::new();
        for (index, root) in roots.iter().enumerate() {
            let slot = &mut reached[*root as usize];
            if slot.is_none() {
                *slot = Some((index, *root));
                todo.push_back((index, *root));
            }
        }
        while let Some((index, node)) = todo.pop_front() {
            order.push(node);
            for target in graph.references(node) {
                let slot = &mut reached[*target as usize];
                if slot.is_none() {
                    *slot = Some((index, node));
                    todo.push_back((index, *target));
                }
            }
        }
        Self { reached, order }
    }

    /// Returns the nodes that are reached, each after the previous one of its chain: the index of the root, the previous node (`None` for
    /// a root itself) and the node.
    pub fn steps(&self) -> impl Iterator<Item = (usize, Option<NodeId>, NodeId)> {
        self.order.iter().filter_map(|node| {
            let (root, before) = self.reached[*node as usize]?;
            Some((root, (before != *node).then_some(before), *node))
        })
    }

    /// Returns the index of the root that reaches `node`, and the nodes of the chain from that root to `node`; `None` if no root
    /// does.
    pub fn to(&self, node: NodeId) -> Option<(usize, Vec<NodeId>)> {
        let (root, _) = self.reached[node as usize]?;
        let mut chain = vec![node];
        let mut here = node;
        while let Some((_, before)) = self.reached[here as usize].filter(|(_, b)| *b != here) {
            chain.push(before);
            here = before;
        }
        chain.reverse();
        Some((root, chain))
    }
}
