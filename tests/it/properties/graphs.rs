//! The same graph in any shape, and parts of it.

use confinix::store::{Graph, GraphBuilder, NarHash, StoreDir, read_graph};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::fail;
use crate::made::path;

/// A path of a graph: hash, size, references to earlier paths and possibly to itself.
type Node = ([u8; 32], u32, Vec<usize>);

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    prop::collection::vec(
        (
            any::<[u8; 32]>(),
            any::<u32>(),
            prop::collection::vec(0usize..100, 0..5),
        ),
        1..20,
    )
}

fn base(number: usize) -> String {
    path(number).replace("/nix/store/", "")
}

/// Returns a hash in one of the forms that versions of Nix have written.
fn hash(bytes: [u8; 32], spelling: usize) -> Value {
    let base64 = data_encoding::BASE64.encode(&bytes);
    match spelling % 4 {
        0 => json!(format!("sha256-{base64}")),
        1 => json!(format!("sha256:{}", data_encoding::HEXLOWER.encode(&bytes))),
        2 => json!(format!("sha256:{}", nix32(&bytes))),
        _ => json!({ "algorithm": "sha256", "format": "base64", "hash": base64 }),
    }
}

/// Base 32 as in `printHash32` of Nix's hash.cc.
fn nix32(bytes: &[u8; 32]) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
    (0..52)
        .rev()
        .map(|n| {
            let (at, shift) = (n * 5 / 8, n * 5 % 8);
            let low = u32::from(bytes[at]) >> shift;
            let high = bytes
                .get(at + 1)
                .map_or(0, |byte| u32::from(*byte) << (8 - shift));
            char::from(DIGITS[((low | high) & 31) as usize])
        })
        .collect()
}

/// Writes the graph in one of the shapes of Nix's versions.
fn write(nodes: &[Node], shape: usize, spelling: usize) -> Value {
    let absolute = !matches!(shape, 2 | 3);
    let name = |number| if absolute { path(number) } else { base(number) };
    let info = |number: usize| {
        let (bytes, size, references) = &nodes[number];
        let references: Vec<_> = references
            .iter()
            .map(|reference| name(reference % (number + 1)))
            .collect();
        json!({ "narHash": hash(*bytes, spelling + number), "narSize": size, "references": references, "deriver": null, "ultimate": true })
    };
    let object: Map<_, _> = (0..nodes.len())
        .map(|number| (name(number), info(number)))
        .collect();
    let array = |order: &mut dyn Iterator<Item = usize>| {
        order
            .map(|number| {
                let mut info = info(number);
                info["path"] = json!(path(number));
                info["valid"] = json!(true);
                info
            })
            .collect()
    };
    match shape {
        0 => array(&mut (0..nodes.len())),
        1 => array(&mut (0..nodes.len()).rev()),
        2 => json!({ "version": 2, "storeDir": "/nix/store", "info": object }),
        3 => json!({ "info": object, "version": 3, "storeDir": "/nix/store" }),
        4 => {
            json!({ "version": 1, "storeDir": "/nix/store", "paths": object, "closures": {}, "services": {}, "seal": "x" })
        }
        _ => object.into(),
    }
}

fn read(text: &str) -> anyhow::Result<Graph> {
    let mut builder = GraphBuilder::new();
    read_graph(text.as_bytes(), &mut builder)?;
    builder.finish(&StoreDir::parse("/nix/store")?)
}

fn describe(graph: &Graph) -> Vec<String> {
    (0u32..)
        .take(graph.len())
        .map(|node| {
            format!(
                "{} {:?} {:?}",
                graph.path(node),
                graph.info(node),
                graph.references(node)
            )
        })
        .collect()
}

proptest! {
    #[test]
    fn the_same_graph_in_any_shape_is_the_same(nodes in nodes(), spelling in 0usize..4) {
        let expected = describe(&read(&write(&nodes, 0, 0).to_string()).map_err(fail)?);
        prop_assert_eq!(expected.len(), nodes.len());
        for shape in 0..6 {
            let graph = read(&write(&nodes, shape, spelling).to_string()).map_err(fail)?;
            prop_assert_eq!(&describe(&graph), &expected, "shape {}", shape);
        }
    }

    #[test]
    fn a_graph_that_is_cut_off_is_an_error(nodes in nodes(), shape in 0usize..6, at in any::<prop::sample::Index>()) {
        let text = write(&nodes, shape, shape).to_string();
        let end = at.index(text.len());
        prop_assert!(read(&text[..end]).is_err());
    }

    #[test]
    fn a_graph_with_a_byte_changed_is_read_or_refused(
        nodes in nodes(),
        shape in 0usize..6,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = write(&nodes, shape, shape).to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let mut builder = GraphBuilder::new();
        let _ = read_graph(bytes.as_slice(), &mut builder);
    }

    #[test]
    fn a_hash_is_the_same_in_every_spelling(bytes in any::<[u8; 32]>()) {
        for spelling in 0..4 {
            let read: NarHash = serde_json::from_value(hash(bytes, spelling)).map_err(fail)?;
            prop_assert_eq!(read, NarHash::new(bytes));
        }
    }
}
