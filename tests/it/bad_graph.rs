//! Invalid graphs: confinix refuses each with place and remedy, and writes nothing.

use anyhow::Result;
use serde_json::{Value, json};

use crate::made::{self, HASH, Recording, path};
use crate::support::scratch;

fn refused(graph: impl AsRef<[u8]>, parts: &[&str]) -> Result<()> {
    let scratch = scratch()?;
    let services = made::one("a.service", &made::service(&path(0))).to_string();
    let said = Recording::new(scratch.path(), services, graph)?.refused(parts)?;
    assert!(!said.contains("panicked"), "{said}");
    Ok(())
}

fn refused_json(graph: &Value, parts: &[&str]) -> Result<()> {
    refused(graph.to_string(), parts)
}

#[test]
fn json_that_is_broken_truncated_or_empty() -> Result<()> {
    for (text, word) in [
        ("", "EOF while parsing"),
        ("{", "EOF while parsing"),
        ("[", "EOF while parsing"),
        ("\0", "line 1 column 1"),
        ("1", "invalid type"),
        ("null", "invalid type: null"),
        ("[1]", "an object that describes a store path"),
        ("[{}]", "missing field `path`"),
        ("[null]", "line 1"),
        (
            "{\"a\":1}",
            "unexpected key \"a\": no format of Nix has this key",
        ),
        ("[] []", "trailing characters"),
        ("{\"info\":{},\"info\":{}}", "duplicate key"),
    ] {
        refused(
            text,
            &[
                "confinix: cannot read graph.json (`nix path-info --json --recursive` prints a graph): ",
                word,
            ],
        )?;
    }
    Ok(())
}

#[test]
fn an_empty_graph_lacks_the_roots() -> Result<()> {
    for text in ["{}", "[]"] {
        refused(
            text,
            &[
                "a.service: ExecStart[0] names",
                "which is not in the graph",
                "make the graph again",
            ],
        )?;
    }
    Ok(())
}

#[test]
fn nesting_without_end() -> Result<()> {
    let deep = "[".repeat(100 << 20);
    refused(&deep, &["cannot read graph.json"])?;
    // The content does not matter, but every byte is checked, slowly in a debug build.
    let deep = "[".repeat(4 << 20);
    refused(format!("{{\"version\":{deep}"), &["cannot read graph.json"])?;
    refused(
        format!("[{{\"signatures\":{deep}"),
        &["cannot read graph.json"],
    )?;
    Ok(())
}

#[test]
fn references_that_lead_out() -> Result<()> {
    refused_json(
        &made::graph(&[&[1]]),
        &[
            "graph",
            &path(1),
            "referred to but not listed",
            "--recursive",
        ],
    )
}

#[test]
fn a_circle() -> Result<()> {
    let base = |number| path(number).replace("/nix/store/", "");
    refused_json(
        &made::graph(&[&[1], &[2], &[0, 3], &[]]),
        &[
            "the references form a cycle",
            &format!("{} → {} → {} → {}", base(0), base(1), base(2), base(0)),
        ],
    )?;
    refused_json(
        &made::graph(&[&[], &[2], &[1, 0]]),
        &["cycle", &format!("{} → {} → {}", base(1), base(2), base(1))],
    )
}

#[test]
fn a_path_to_itself_is_no_circle() -> Result<()> {
    let scratch = scratch()?;
    let services = made::one("a.service", &made::service(&path(0)));
    Recording::of(scratch.path(), &services, &made::graph(&[&[0, 1], &[1]]))?
        .bundle()
        .succeeds()?;
    Ok(())
}

#[test]
fn paths_that_are_none() -> Result<()> {
    for key in [
        "/nix/store/..",
        "/nix/../nix/store/00000000000000000000000000000000-a",
        "/nix/store/x",
        "/",
        "/nix/store/",
        "/nix/store/00000000000000000000000000000000-a/b",
        "/nix/store/00000000000000000000000000000000-..",
        "/nix/store/00000000000000000000000000000000-a\0",
        "/nix/store/e0000000000000000000000000000000-a",
        "//nix/store/00000000000000000000000000000000-a",
    ] {
        refused_json(
            &json!({ key: made::info(&[]) }),
            &["cannot read graph.json"],
        )?;
        refused_json(&json!({ key: null }), &["cannot read graph.json"])?;
        refused_json(
            &json!([{ "path": key, "narHash": HASH, "narSize": 1, "references": [] }]),
            &["cannot read graph.json"],
        )?;
        let referring = json!({ "narHash": HASH, "narSize": 1, "references": [key] });
        refused_json(
            &json!({ path(0): referring }),
            &["cannot read graph.json", "invalid reference"],
        )?;
    }
    Ok(())
}

#[test]
fn two_store_directories() -> Result<()> {
    let other = path(1).replace("/nix/", "/gnu/");
    refused_json(
        &json!({ path(0): made::info(&[]), &other: made::info(&[]) }),
        &["paths of two stores: /gnu/store and /nix/store"],
    )?;
    let referring = json!({ "narHash": HASH, "narSize": 1, "references": [other] });
    refused_json(&json!({ path(0): referring }), &["paths of two stores"])?;
    let format_2 =
        json!({ "version": 2, "storeDir": "/gnu/store", "info": { path(0): made::info(&[]) } });
    refused_json(&format_2, &["paths of two stores"])?;
    let mut entry = made::info(&[]);
    entry["storeDir"] = json!("/gnu/store");
    let base = path(0).replace("/nix/store/", "");
    let format_3 = json!({ "version": 3, "storeDir": "/nix/store", "info": { base: entry } });
    refused_json(&format_3, &["paths of two stores"])
}

#[test]
fn a_path_that_is_listed_twice() -> Result<()> {
    let entry = |size: u64| {
        format!(
            "{{\"path\":\"{}\",\"narHash\":\"{HASH}\",\"narSize\":{size},\"references\":[]}}",
            path(0)
        )
    };
    refused(format!("[{},{}]", entry(1), entry(1)), &["is listed twice"])?;
    let info = made::info(&[]);
    refused(
        format!("{{\"{0}\":{info},\"{0}\":{info}}}", path(0)),
        &["is listed twice"],
    )?;
    refused(
        format!("{{\"{0}\":{info},\"{0}\":null}}", path(0)),
        &["is listed twice"],
    )?;
    refused(
        format!("{{\"{0}\":null,\"{0}\":{info}}}", path(0)),
        &["is listed twice"],
    )
}

#[test]
fn keys_that_stand_twice_in_an_entry() -> Result<()> {
    let text = made::graph(&[&[]]).to_string();
    for key in ["narHash", "narSize", "references"] {
        let twice = text.replacen(
            &format!("\"{key}\":"),
            &format!("\"{key}\":null,\"{key}\":"),
            1,
        );
        refused(twice, &["cannot read graph.json", key])?;
    }
    Ok(())
}

#[test]
fn entries_that_lack_something_or_have_it_wrong() -> Result<()> {
    let with = |key: &str, value: Value| {
        let mut info = made::info(&[]);
        info[key] = value;
        json!({ path(0): info })
    };
    for (key, value, word) in [
        ("narHash", Value::Null, "narHash"),
        ("narHash", json!("sha512-x"), "is not a SHA-256 hash"),
        ("narHash", json!("sha256:zz"), "is not a SHA-256 hash"),
        (
            "narHash",
            json!({ "algorithm": "md5", "format": "base64", "hash": "" }),
            "is not SHA-256",
        ),
        ("narSize", Value::Null, "narSize"),
        ("narSize", json!(-1), "integer `-1`"),
        ("narSize", json!(1.5), "floating point"),
        ("narSize", json!(u64::MAX), "out of range"),
        ("narSize", json!("1"), "string \"1\""),
        ("references", Value::Null, "references"),
        ("references", json!([1]), "integer `1`"),
        ("references", json!("x"), "string \"x\""),
    ] {
        refused_json(&with(key, value), &["cannot read graph.json", word])?;
    }
    refused_json(&json!({ path(0): [] }), &["cannot read graph.json"])?;
    refused_json(
        &json!({ path(0): [path(0), HASH, 1, [], true, null] }),
        &["cannot read graph.json"],
    )
}

#[test]
fn sizes_whose_sum_no_nix_can_hold() -> Result<()> {
    let large = json!({ "narHash": HASH, "narSize": i64::MAX, "references": [path(1), path(2)] });
    let leaf = json!({ "narHash": HASH, "narSize": i64::MAX, "references": [] });
    refused_json(
        &json!({ path(0): large, path(1): leaf, path(2): leaf }),
        &["cannot read graph.json", "NAR size", "out of range"],
    )?;
    Ok(())
}

#[test]
fn roots_that_are_not_valid() -> Result<()> {
    refused_json(
        &json!({ path(0): null }),
        &["a.service: ExecStart[0] names", "which is not in the graph"],
    )
}
