//! The pages about several hosts.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{HOSTS, bundle_of, run, sound};
use crate::support::{confinix, scratch};

const POLICY: &str =
    "[[rule]]\ndeny = [{ package = \"openssl-1.1*\", reason = \"</script><img onerror=x>\" }]\n";

fn data(page: &str) -> Result<Value> {
    let start = "<script type=\"application/json\" id=\"data\">";
    let (_, rest) = page.split_once(start).context("no data")?;
    let (json, _) = rest.split_once("</script>").context("no end")?;
    Ok(serde_json::from_str(json)?)
}

#[test]
fn a_report_of_a_fleet_is_one_page() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), HOSTS)?;
    fs::write(here.join("confinix.toml"), POLICY)?;
    let report = ["report", "--no-foresight", "-o", "page.html"];
    let ran = run(here, &report).run()?.with_code(3)?;
    let told = "page.html: 4 hosts (1 failed), 3 services: ";
    assert!(ran.stdout.starts_with(told), "{}", ran.stdout);
    let page = fs::read_to_string(here.join("page.html"))?;
    for outside in [
        "http:", "https:", "src=", "@import", "url(", "<link", "<img",
    ] {
        assert!(!page.contains(outside), "the page holds {outside}");
    }
    for inside in [
        "Hosts that failed",
        "<b>broken</b>",
        "this host is broken",
        "denied-package",
        "2 services on 2 hosts (web1, web2): mail.service, web.service",
        "<th scope=\"row\">quiet</th>",
        "&lt;/script&gt;&lt;img onerror=x&gt;",
    ] {
        assert!(page.contains(inside), "the page lacks {inside}");
    }
    let data = data(&page)?;
    assert_eq!(data["hosts"], serde_json::json!(["quiet", "web1", "web2"]));
    assert_eq!(
        data["units"],
        serde_json::json!(["mail.service", "web.service"])
    );
    // Both hosts have the service with the same closure root, whose reference is the library.
    let uses = data["uses"].as_array().context("no uses")?;
    assert_eq!(uses.len(), 2, "{uses:?}");
    let of_web = &uses[1];
    assert_eq!(
        data["sets"][usize::try_from(of_web[2].as_u64().unwrap_or(99))?],
        serde_json::json!([1, 2])
    );
    let root = usize::try_from(of_web[1][0][1].as_u64().unwrap_or(99))?;
    assert_eq!(data["names"][root], "web-1.0");
    let library = usize::try_from(data["references"][root][0].as_u64().unwrap_or(99))?;
    assert_eq!(data["names"][library], "openssl-1.1.1");
    // The same page from the bundles.
    bundle_of(here, &["-o", "out"]).run()?.with_code(3)?;
    let of_bundles = |output: &str| {
        confinix(["report", "--no-foresight", "out", "-o", output])
            .within(here)
            .succeeds()?;
        Ok::<_, anyhow::Error>(fs::read_to_string(here.join(output))?)
    };
    assert_eq!(of_bundles("a.html")?, of_bundles("b.html")?);
    assert_eq!(data["uses"], self::data(&of_bundles("a.html")?)?["uses"]);
    let one = [
        "report",
        "--no-foresight",
        "out",
        "--hosts",
        "web1",
        "-o",
        "one.html",
    ];
    confinix(one).within(here).succeeds()?;
    let one = fs::read_to_string(here.join("one.html"))?;
    assert_eq!(self::data(&one)?["hosts"], serde_json::json!(["web1"]));
    Ok(())
}

/// The denied findings are first, before what is said of the policy itself.
#[test]
fn denied_findings_are_first() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    let policy = format!("{POLICY}\n[[rule]]\nservices = [\"nobody\"]\nmax-paths = 9\n");
    fs::write(here.join("confinix.toml"), policy)?;
    run(here, &["report", "--no-foresight", "-o", "page.html"]).succeeds()?;
    let page = fs::read_to_string(here.join("page.html"))?;
    let place = |code: &str| page.find(&format!("<td><code>{code}</code></td>"));
    let (denied, unused) = (place("denied-package"), place("unused-policy-entry"));
    assert!(denied.is_some() && denied < unused, "{denied:?} {unused:?}");
    // The services of each finding are at the place of its row.
    let found = data(&page)?["findings"].clone();
    assert_eq!(found[0].as_array().map(Vec::len), Some(2), "{found}");
    assert_eq!(found[1], serde_json::json!([]), "{found}");
    Ok(())
}

#[test]
fn a_page_shows_what_changes_on_which_hosts() -> Result<()> {
    let scratch = scratch()?;
    let here = scratch.path();
    fs::write(here.join("hosts.nix"), sound())?;
    bundle_of(here, &["-o", "old"]).succeeds()?;
    let changed = HOSTS.replace("openssl-1.1.1", "openssl-3.0.1");
    fs::write(here.join("hosts.nix"), changed)?;
    let diff = ["diff", "old", "--format", "html"];
    let page = run(here, &diff).run()?.with_code(3)?.stdout;
    for inside in [
        "<th scope=\"row\">web.service on 2 hosts (web1, web2)</th>",
        "restarts, because of openssl 1.1.1 → 3.0.1",
        "~ openssl 1.1.1 → 3.0.1",
        "<b>broken</b>",
    ] {
        assert!(page.contains(inside), "the page lacks {inside}: {page}");
    }
    let same = ["diff", "old", "old", "--format", "html"];
    let page = confinix(same).within(here).succeeds()?.stdout;
    assert!(page.contains("No changes."), "{page}");
    Ok(())
}
