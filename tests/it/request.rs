//! Makes bundles through the library alone: a request is data and needs no command line.

use std::fs;

use anyhow::{Context, Result};
use confinix::bundle::write;
use confinix::progress::{Progress, Verbosity};
use confinix::service::{Choice, Selection, Strategy};
use confinix::source::{Request, Source, Unclear};
use serde_json::{Value, json};

use crate::support::{confinix, files, fixture, scratch};

fn demo() -> Request {
    let file = |name: &str| fixture("fixtures/demo").join(name);
    Request {
        source: Source::Recording(file("services.json")),
        graph: Some(file("graph.json")),
        strategy: Choice::Only(Strategy::Bind),
        ..Request::default()
    }
}

fn quiet() -> Progress {
    Progress::new(Verbosity::Quiet)
}

#[test]
fn a_request_makes_the_bundle_that_the_command_line_makes() -> Result<()> {
    let scratch = scratch()?;
    let [ours, theirs] = ["ours", "theirs"].map(|name| scratch.path().join(name));
    write(&demo().make(&quiet())?, &ours)?;
    confinix(["bundle", "--strategy", "bind"])
        .args(["--services", "fixtures/demo/services.json"])
        .args(["--graph", "fixtures/demo/graph.json", "-o"])
        .arg(&theirs)
        .succeeds()?;
    assert_eq!(files(&ours)?, files(&theirs)?);
    Ok(())
}

#[test]
fn a_request_is_answered_by_services_and_by_what_is_made_already() -> Result<()> {
    let scratch = scratch()?;
    let dir = scratch.path().join("bundle");
    let services = demo().services(&quiet())?.services;
    let first = services.keys().next().context("no services")?;
    let one = Request {
        selection: Selection::new(&[first.stem().to_owned()])?,
        ..demo()
    };
    let made = one.load(None, &quiet())?;
    assert_eq!(made.bundle.services.keys().collect::<Vec<_>>(), [first]);
    write(&demo().make(&quiet())?, &dir)?;
    let target = dir.to_str();
    let read = Request::default().load_verified(target, &quiet())?;
    assert!(services.keys().eq(read.bundle.services.keys()));
    assert_eq!(Some(read.name.as_str()), target);
    // A recording has no attribute.
    let refused = one.load(Some("web"), &quiet()).err();
    assert!(refused.is_some_and(|error| error.is::<Unclear>()));
    Ok(())
}

#[test]
fn the_services_of_a_build_are_those_it_was_given() -> Result<()> {
    let scratch = scratch()?;
    let read = |name: &str| -> Result<Value> {
        let file = fixture("fixtures/demo").join(name);
        Ok(serde_json::from_slice(&fs::read(file)?)?)
    };
    let mut closure = Vec::new();
    for (path, info) in read("graph.json")?.as_object_mut().context("no object")? {
        info["path"] = json!(path);
        closure.push(info.take());
    }
    let attributes = json!({ "services": read("services.json")?, "closure": closure });
    let file = scratch.path().join(".attrs.json");
    fs::write(&file, attributes.to_string())?;
    let request = Request {
        source: Source::Attributes(file),
        ..Request::default()
    };
    let services = request.services(&quiet())?.services;
    let given = demo().services(&quiet())?.services;
    assert!(services.keys().eq(given.keys()));
    Ok(())
}
