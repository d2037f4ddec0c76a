use anyhow::Result;
use insta::assert_snapshot;

use crate::audit::place;
use crate::support::{Place, RECORDING};

#[test]
fn the_page_is_one_file_that_asks_nobody() -> Result<()> {
    let place = place()?;
    let said = place.stdout(0, &["report", "bundle", "--today", "2026-11-21"])?;
    assert_snapshot!(said, @"report.html: 3 services: 11 denied, 7 warnings, 2 excepted by confinix.toml");
    let page = place.read("report.html")?;
    for outside in ["http:", "https:", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(outside), "the page holds {outside}");
    }
    for inside in [
        "<html lang=\"en\">",
        "prefers-color-scheme: dark",
        "name=\"viewport\"",
        "id=\"service-wiki.service\"",
        "confinement.binSh → shell-5.2",
        "whole-store-bound",
        "<svg",
    ] {
        assert!(page.contains(inside), "the page lacks {inside}");
    }
    Ok(())
}

#[test]
fn equal_bundles_give_equal_pages() -> Result<()> {
    let place = Place::with_bundle()?;
    place.stdout(0, &["report", "bundle", "-o", "a.html"])?;
    place.stdout(0, &[&["report", "-o", "b.html"][..], &RECORDING].concat())?;
    assert_eq!(place.read("a.html")?, place.read("b.html")?);
    Ok(())
}

#[test]
fn what_others_have_written_stays_text() -> Result<()> {
    let place = Place::with_bundle()?;
    place.write(
        "confinix.toml",
        "[[rule]]\ndeny = [{ package = \"tls\", reason = \"</script><img onerror=x>\" }]\n",
    )?;
    place.stdout(0, &["report", "bundle"])?;
    let page = place.read("report.html")?;
    assert!(page.contains("&lt;/script&gt;&lt;img onerror=x&gt;"));
    assert!(!page.contains("<img"));
    Ok(())
}

#[test]
fn a_page_that_cannot_be_written_leaves_nothing() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stderr(3, &["report", "bundle", "-o", "no/page.html"])?, @"confinix: cannot write no/page.html: there is no directory no (create it, or name another file)");
    Ok(())
}
