//! The views of closures.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::Digest;
use super::model::{BundleFile, View};
use crate::confine::ViewUnits;
use crate::store::{Entry, Graph, NodeId, Object, Objects};
use crate::view::image;

/// The view of the closure `id`, with the content of its files by their path in the bundle.
pub fn view(
    id: &str,
    graph: &Graph,
    nodes: &[NodeId],
    objects: &Objects,
) -> Result<(View, BTreeMap<String, Vec<u8>>)> {
    let units = ViewUnits::new(id, graph.store_dir())?;
    let entries = nodes
        .iter()
        .map(|node| Ok((graph.path(*node).base(), entry(graph, *node, objects)?)))
        .collect::<Result<Vec<_>>>()?;
    let image = image(&entries, uuid(id)).context("cannot make the image of a view")?;
    let texts = units.texts(&entries);
    let files: BTreeMap<_, _> = texts
        .map(|(path, text)| (path, text.into_bytes()))
        .into_iter()
        .chain([(units.image(), image)])
        .collect();
    let view = View {
        files: files
            .iter()
            .map(|(path, content)| BundleFile {
                path: path.clone(),
                sha256: Digest::of(content),
            })
            .collect(),
        place: units.place,
    };
    Ok((view, files))
}

fn entry(graph: &Graph, node: NodeId, objects: &Objects) -> Result<Entry> {
    Ok(match objects.of(node) {
        Object::Directory => Entry::Directory,
        Object::File { size, executable } => Entry::File {
            size: *size,
            executable: *executable,
        },
        Object::Symlink { target, .. } => Entry::Symlink(target.clone()),
        Object::Unseen => bail!(
            "the strategy image needs the files of {}, which a recorded graph or another store does not provide: use another strategy",
            graph.path(node)
        ),
    })
}

/// The id of a closure has the length of a UUID.
fn uuid(id: &str) -> [u8; 16] {
    let mut uuid = [0; 16];
    for (byte, digits) in uuid.iter_mut().zip(id.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
    }
    uuid
}
