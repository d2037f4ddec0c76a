use anyhow::Result;
use insta::assert_snapshot;

use serde_json::json;

use crate::audit::place;
use crate::case::Case;
use crate::common::{OFFLINE, confinix};
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

/// Three services whose scripts lack a command, each at another place, and one that lacks it certainly and twice.
fn lacking() -> Result<Case> {
    let mut case = Case::new()?;
    for (name, script) in [("a", "date"), ("b", "true\ndate"), ("c", "ls /\nrm -f /x")] {
        case.script(name, script)?;
        case.add(
            name,
            &format!("script:/bin/{name}"),
            &json!({ "Environment": ["PATH=shell:/bin"] }),
        );
    }
    case.0.check(1)?;
    Ok(case)
}

fn page_of(case: &Case) -> Result<String> {
    confinix(["report", "bundle"])
        .within(case.0.place.path(""))
        .succeeds()?;
    case.0.place.read("report.html")
}

/// The texts to paste of a page, in its order.
fn pasted(page: &str) -> Vec<String> {
    let texts = page.split("<pre tabindex=\"0\">").skip(1);
    let texts = texts.filter_map(|rest| rest.split("</pre>").next());
    texts
        .map(|text| text.replace("&quot;", "\"").replace("&gt;", ">"))
        .collect()
}

#[test]
fn one_fix_of_several_services_is_one_finding() -> Result<()> {
    let case = lacking()?;
    let page = page_of(&case)?;
    let rows = page.matches("<code>script-command-missing</code>").count();
    assert_eq!(rows, 1, "{page}");
    let texts = pasted(&page);
    for name in ["a", "b", "c"] {
        let definition =
            format!("systemd.services.\"{name}\".confinement.packages = [ pkgs.coreutils ];");
        assert_eq!(texts[0].matches(&definition).count(), 1, "{}", texts[0]);
    }
    // The words that differ are those of each service.
    for (name, calls) in [
        ("a", "/bin/a:2 calls date"),
        ("b", "/bin/b:3 calls date"),
        ("c", "calls rm"),
    ] {
        let start = format!("<li><a href=\"#service-{name}.service\">");
        let items = page.split(&start);
        let item = items.filter_map(|rest| rest.split("</li>").next()).nth(1);
        assert!(
            item.is_some_and(|item| item.contains(calls)),
            "{name}: {item:?}"
        );
    }
    assert!(
        page.contains("service&apos;s root provides: date, ls, rm"),
        "{page}"
    );
    // One exception, for all.
    case.0.place.write("confinix.toml", &texts[1])?;
    assert!(texts[1].starts_with("[[rule]]\nservices = [\"a\", \"b\", \"c\"]\n"));
    let ran = confinix(["check", "bundle"])
        .within(case.0.place.path(""))
        .succeeds()?;
    assert!(ran.stdout.contains(": 0 denied"), "{}", ran.stdout);
    Ok(())
}

/// The page without what is code anyway.
fn prose(page: &str) -> String {
    let mut rest = page.to_owned();
    for element in ["script", "style", "pre", "code"] {
        let mut kept = String::new();
        for (index, part) in rest.split(&format!("<{element}")).enumerate() {
            let after = part.split_once(&format!("</{element}>"));
            kept.push_str(if index == 0 {
                part
            } else {
                after.map_or("", |(_, after)| after)
            });
        }
        rest = kept;
    }
    rest
}

#[test]
fn quoted_words_are_code() -> Result<()> {
    let place = Place::with_bundle()?;
    let policy =
        "[[rule]]\ndeny = [{ package = \"tls\", reason = \"use `other`\" }]\nonly = [\"httpd\"]\n";
    for policy in ["", policy] {
        place.write("confinix.toml", policy)?;
        let option = if policy.is_empty() {
            "--no-policy"
        } else {
            "--policy=confinix.toml"
        };
        place.stdout(0, &["report", "bundle", option])?;
        let page = place.read("report.html")?;
        let prose = prose(&page);
        assert!(
            prose.contains("<h2>Findings</h2>") && !prose.contains('`'),
            "{prose}"
        );
        let code = if policy.is_empty() {
            "confinix init"
        } else {
            "other"
        };
        assert!(page.contains(&format!("<code>{code}</code>")), "{page}");
    }
    Ok(())
}

#[test]
fn the_page_has_the_host_and_the_date_that_are_known() -> Result<()> {
    let place = Place::with_bundle()?;
    place.write(
        "hosts.nix",
        r#"{ nixosConfigurations.web1 = { services.web = { confinement.enable = true; serviceConfig.ExecStart = "/bin/x"; }; }; }"#,
    )?;
    let page = |arguments: &[&str]| -> Result<String> {
        confinix([&["report"], arguments, &OFFLINE[..]].concat())
            .within(place.path(""))
            .succeeds()?;
        place.read("report.html")
    };
    let host = ["-f", "hosts.nix", "nixosConfigurations.web1"];
    let shown = page(&host)?;
    assert!(
        shown.contains("<title>web1: confinix report</title>") && shown.contains("<h1>web1</h1>"),
        "{shown}"
    );
    let shown = page(&[&host[..], &["--title", "shop", "--today", "2026-11-28"]].concat())?;
    for part in [
        "<h1>shop</h1>",
        "<dt>Host</dt> <dd>web1</dd>",
        "<dt>As of</dt> <dd>2026-11-28</dd>",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // The directory of a bundle is not the name of a host, and nothing has the day of the run.
    confinix(["report", "bundle", "--no-foresight"])
        .within(place.path(""))
        .succeeds()?;
    let shown = place.read("report.html")?;
    assert!(shown.contains("<h1>confinix report</h1>"));
    assert!(!shown.contains("<dt>Host") && !shown.contains("<dt>As of"));
    Ok(())
}

#[test]
fn the_page_names_the_only_system_of_a_flake() -> Result<()> {
    // Outside of any git repository, because nix would take the flake from there.
    let flake = tempfile::tempdir()?;
    let system = |set: &str| {
        format!(
            r#"{set} = {{ confinement.enable = true; serviceConfig.ExecStart = "/bin/x"; }}; }}"#
        )
    };
    let nixos = system("{ config.systemd.services.web");
    let home = r#"{ config = { home.username = "me"; systemd.user.services.sync = { X-Confinement.enable = true; Service.ExecStart = "/bin/x"; }; }; }"#;
    std::fs::write(
        flake.path().join("flake.nix"),
        format!(
            "{{ outputs = _: {{ nixosConfigurations.oslo = {nixos}; homeConfigurations.\"me@oslo\" = {home}; plain = {}; }}; }}",
            system("{ services.web")
        ),
    )?;
    let home = ".#homeConfigurations.\"me@oslo\"";
    for (target, heading) in [
        (None, "oslo"),
        (Some("."), "oslo"),
        (Some(".#nixosConfigurations"), "oslo"),
        (Some(".#oslo"), "oslo"),
        (Some(".#homeConfigurations"), "me@oslo"),
        (Some(home), "me@oslo"),
        (Some(".#plain"), "confinix report"),
    ] {
        confinix(["report"])
            .args(target)
            .args(OFFLINE)
            .within(flake.path())
            .succeeds()?;
        let shown = std::fs::read_to_string(flake.path().join("report.html"))?;
        assert!(
            shown.contains(&format!("<h1>{heading}</h1>")),
            "{target:?}: {shown}"
        );
    }
    // A recording has the name too.
    let recorded = confinix(["services"]).within(flake.path()).succeeds()?;
    std::fs::write(flake.path().join("services.json"), recorded.stdout)?;
    std::fs::write(flake.path().join("graph.json"), "{}")?;
    confinix(["report", "--services", "services.json"])
        .args(["--graph", "graph.json"])
        .within(flake.path())
        .succeeds()?;
    let shown = std::fs::read_to_string(flake.path().join("report.html"))?;
    assert!(shown.contains("<h1>oslo</h1>"), "{shown}");
    Ok(())
}
