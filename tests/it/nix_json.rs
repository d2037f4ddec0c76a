//! Every shape of JSON that Nix has printed gives the same graph.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result, bail};
use confinix::nix::read_attrs;
use confinix::store::{Graph, GraphBuilder, StoreDir, StorePath, read_graph};
use serde_json::{Map, Value, json};

use crate::support::{fixture, names};

/// Returns a graph in the form of `graph.json`.
fn as_json(graph: &Graph) -> Value {
    let mut paths = Map::new();
    for node in 0u32.. {
        if node as usize >= graph.len() {
            break;
        }
        let info = graph.info(node);
        let references: Vec<_> = graph
            .references(node)
            .iter()
            .map(|to| graph.path(*to).to_string())
            .collect();
        paths.insert(
            graph.path(node).to_string(),
            json!({ "narHash": info.nar_hash.to_string(), "narSize": info.nar_size, "references": references }),
        );
    }
    json!({ "storeDir": graph.store_dir().as_str(), "paths": paths })
}

fn load(name: &str) -> Result<Value> {
    let text = fs::read(fixture("fixtures/nix-json").join(name))?;
    serde_json::from_slice(&text).with_context(|| name.to_owned())
}

fn read(path: &Path) -> Result<Graph> {
    let mut builder = GraphBuilder::new();
    read_graph(File::open(path)?, &mut builder)?;
    builder.finish(&StoreDir::parse("/nix/store")?)
}

/// Reads the graph of structured attributes. Those of a bundle also contain services, which these recordings lack.
fn read_recorded_attrs(path: &Path) -> Result<Graph> {
    let mut attrs: Value = serde_json::from_slice(&fs::read(path)?)?;
    let closure = attrs["closure"].as_array().context("no closure")?;
    let first = closure.first().context("an empty closure")?["path"]
        .as_str()
        .context("no path")?;
    let (dir, _) = first.rsplit_once('/').context("no store path")?;
    attrs["services"] = json!({ "version": 1, "storeDir": dir, "services": {} });
    Ok(read_attrs(attrs.to_string().as_bytes())?.1)
}

/// Returns every recording by its path below `fixtures/nix-json`.
fn recordings() -> Result<Vec<String>> {
    let root = fixture("fixtures/nix-json");
    let mut recordings = Vec::new();
    for directory in ["2.8.0", "2.26.3", "2.34.8", "made"] {
        for name in names(&root.join(directory))? {
            if name.ends_with(".json") {
                recordings.push(format!("{directory}/{name}"));
            }
        }
    }
    Ok(recordings)
}

#[test]
fn every_recording_is_read_to_the_graph_that_it_holds() -> Result<()> {
    let whole = load("graph.json")?;
    let other = load("graph-other-store.json")?;
    let mut read_to_whole = 0;
    for name in recordings()? {
        let path = fixture("fixtures/nix-json").join(&name);
        let stem = Path::new(&name)
            .file_stem()
            .context("no name")?
            .to_string_lossy()
            .into_owned();
        let expected = match stem.as_str() {
            "attrs" => {
                assert_eq!(as_json(&read_recorded_attrs(&path)?), whole, "{name}");
                read_to_whole += 1;
                continue;
            }
            stem if stem.contains("invalid")
                || stem.starts_with("link")
                || stem == "closure-size" =>
            {
                continue;
            }
            stem if stem.starts_with("other-store") => &other,
            "stdin" => {
                assert!(read(&path)?.is_empty(), "{name}");
                continue;
            }
            stem if stem.starts_with("closure") || name.starts_with("made/") => {
                read_to_whole += 1;
                &whole
            }
            _ => bail!("nothing is said of {name}"),
        };
        assert_eq!(
            as_json(&read(&path).with_context(|| name.clone())?),
            *expected,
            "{name}"
        );
    }
    assert!(read_to_whole >= 15, "{read_to_whole}");
    Ok(())
}

#[test]
fn a_part_of_a_graph_is_known_to_be_one() -> Result<()> {
    for name in recordings()? {
        if name.contains("closure-size") || name.contains("link") {
            let error = read(&fixture("fixtures/nix-json").join(&name))
                .err()
                .with_context(|| name.clone())?;
            assert!(
                format!("{error:#}").contains("referred to but not listed"),
                "{name}: {error:#}"
            );
        }
    }
    Ok(())
}

#[test]
fn what_is_not_valid_is_recognised_in_every_shape() -> Result<()> {
    let dir = StoreDir::parse("/nix/store")?;
    let web = load("graph.json")?["paths"]
        .as_object()
        .and_then(|paths| {
            paths
                .keys()
                .find(|path| path.ends_with("-web-2.0"))
                .cloned()
        })
        .context("no web")?;
    let mut seen = 0;
    for name in recordings()?.iter().filter(|name| name.contains("invalid")) {
        let mut builder = GraphBuilder::new();
        read_graph(
            File::open(fixture("fixtures/nix-json").join(name))?,
            &mut builder,
        )
        .with_context(|| name.clone())?;
        let invalid: Vec<_> = builder
            .invalid(&dir)?
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            invalid,
            ["/nix/store/yg69xpd6w658wjly05y63cns1x7kq3cr-missing-1.0"],
            "{name}"
        );
        assert!(
            builder.nar_hash(&StorePath::parse(&web)?).is_some(),
            "{name}"
        );
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
    Ok(())
}

#[test]
fn several_readings_of_the_same_make_one_graph() -> Result<()> {
    let mut builder = GraphBuilder::new();
    for name in recordings()?.iter().filter(|name| {
        name.contains("/closure") && !name.contains("size") || name.contains("made/format-3.json")
    }) {
        read_graph(
            File::open(fixture("fixtures/nix-json").join(name))?,
            &mut builder,
        )?;
    }
    let graph = builder.finish(&StoreDir::parse("/nix/store")?)?;
    assert_eq!(as_json(&graph), load("graph.json")?);
    Ok(())
}

#[test]
fn attributes_that_say_something_twice_or_too_little_are_refused() -> Result<()> {
    let services = json!({ "version": 1, "storeDir": "/nix/store", "services": {} });
    for (text, word) in [
        (
            format!("{{\"services\":{services},\"services\":{services},\"closure\":[]}}"),
            "duplicate field `services`",
        ),
        (
            format!("{{\"services\":{services},\"closure\":[],\"closure\":[]}}"),
            "duplicate field `closure`",
        ),
        (
            format!("{{\"services\":{services}}}"),
            "missing field `closure`",
        ),
        ("{\"closure\":[]}".to_owned(), "missing field `services`"),
        (
            format!("{{\"services\":{services},\"closure\":[]}} x"),
            "trailing characters",
        ),
        (
            "[]".to_owned(),
            "an object with \"services\" and \"closure\"",
        ),
    ] {
        let error = read_attrs(text.as_bytes())
            .err()
            .with_context(|| text.clone())?;
        assert!(format!("{error:#}").contains(word), "{error:#}");
    }
    Ok(())
}
