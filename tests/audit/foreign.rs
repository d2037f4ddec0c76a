//! Untrusted text is plain text in every format, whatever it contains.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, ensure};
use confinix::audit::Report;
use confinix::bundle::Bundle;
use confinix::code::{Code, Level};
use confinix::config::Place;
use confinix::finding::{Excepted, Finding, Remedy};
use confinix::output::human::Style;
use confinix::output::{Audited, Compared, Contents, Format, Page, Render};
use confinix::service::UnitName;
use confinix::text::is_unsafe;
use html5gum::{Token, Tokenizer};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};
use serde_json::Value;

use crate::case::Case;
use crate::common::{confinix, fixture};
use crate::schemas::{check_junit, check_sarif};
use crate::support;

/// Pieces with a special meaning to a terminal, a page, a code host or a CI server.
const PIECES: &str = "(\u{1b}\\[31m|\u{1b}\\]0;x\u{7}|\u{9b}2J|\u{7f}|\u{0}|\u{202e}|\u{2066}|\u{2028}|\u{200b}|\u{feff}|\u{fffe}|\n|\r|\r\n|\n\n|\t| |::error file=a::b|\n::add-mask::x|\n##\\[error\\]x|##vso\\[task\\]|%0A|%25|!\\[a\\]\\(http://b\\)|\\[a\\]\\(b\\)|\\[a\\]: b|<img src=x onerror=y>|</script>|<!--|-->|\\]\\]>|&lt;|&#x0;|\"|'|`|``|```|~~~|\\*a\\*|__b__|~~c~~|\\||\\\\\\||\\\\|@user|#12|GH-12|a/b#1|:smile:|\\$x\\$|https://x.y|www.x.y|a@b.c|deadbeef123|\n# h|\n- i|\n> q|\n---\n|\n    code|\\{0\\}|[a-z]{1,3}|é|日|🙂|\\PC){0,8}";

fn report_with(text: &str) -> Result<Report> {
    let finding = |level, service: Option<&str>| -> Result<Finding> {
        Ok(Finding {
            code: Code::ALL[0],
            level,
            service: service.map(UnitName::parse).transpose()?,
            subject: text.to_owned(),
            amount: None,
            message: text.to_owned(),
            path: None,
            more_paths: 0,
            chain: None,
            remedies: vec![
                Remedy::exception(
                    &UnitName::parse("a.service")?,
                    Excepted::Setting(text.to_owned()),
                ),
                Remedy::Script {
                    what: "to do it".to_owned(),
                    place: text.to_owned(),
                    line: format!("a\n{text}\nb"),
                },
            ],
            place: Some(Place {
                file: Arc::from(text),
                line: 1,
                column: 2,
            }),
            reason: Some(text.to_owned()),
            issue: Some(text.to_owned()),
        })
    };
    let findings = vec![
        finding(Level::Deny, None)?,
        finding(Level::Deny, Some(r"::error::a@b.service"))?,
        finding(Level::Warn, Some(r"::error::a@b.service"))?,
    ];
    let services = findings
        .iter()
        .filter_map(|finding| finding.service.clone());
    Ok(Report {
        services: services.collect(),
        findings,
        ..Report::default()
    })
}

/// Renders a result in each of its formats, by name of the format.
fn in_all_formats<T: Render>(result: &T) -> Result<BTreeMap<&'static str, String>> {
    let formats = T::formats().into_iter().map(|(format, _)| format);
    formats
        .map(|format| Ok((format.name(), shown(result, format)?)))
        .collect()
}

fn shown(result: &impl Render, format: Format) -> Result<String> {
    Ok(result.render(format, Style::Plain)?.as_str().to_owned())
}

struct Rendered(BTreeMap<&'static str, String>);

fn render(text: &str, bundle: &Bundle) -> Result<Rendered> {
    let report = report_with(text)?;
    let places = BTreeMap::new();
    let audited = Audited {
        report: &report,
        policy: Some(text),
        places: &places,
        anywhere: &Place::start("flake.nix"),
    };
    let page = Page {
        bundle,
        audited: &audited,
    };
    let mut rendered = in_all_formats(&audited)?;
    rendered.extend(in_all_formats(&page)?);
    Ok(Rendered(rendered))
}

/// Returns the structure of Markdown, including GitHub's extensions.
fn structure(markdown: &str) -> Result<Vec<String>> {
    let mut structure = Vec::new();
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Text(text) => ensure!(
                !["@", "#", "://", "www.", "$"]
                    .iter()
                    .any(|odd| text.contains(odd))
                    || structure
                        .iter()
                        .rev()
                        .any(|kind: &String| kind.contains("CodeBlock")),
                "{text:?} in {markdown}"
            ),
            Event::Code(_) => {}
            event => structure.push(format!("{event:?}")),
        }
    }
    Ok(structure)
}

fn tags(html: &str) -> Vec<String> {
    Tokenizer::new(html)
        .flatten()
        .filter_map(|token| match token {
            Token::StartTag(tag) => {
                let names: Vec<_> = tag
                    .attributes
                    .keys()
                    .map(|name| format!("{name:?}"))
                    .collect();
                Some(format!("{:?} {}", tag.name, names.join(" ")))
            }
            Token::EndTag(tag) => Some(format!("/{:?}", tag.name)),
            Token::Comment(_) => Some("comment".to_owned()),
            Token::Doctype(_) => Some("doctype".to_owned()),
            Token::String(_) | Token::Error(_) => None,
        })
        .collect()
}

fn check(text: &str, bundle: &Bundle, benign: &Rendered) -> Result<()> {
    let Rendered(rendered) = render(text, bundle)?;
    for (format, document) in &rendered {
        ensure!(
            !document.contains(|c| is_unsafe(c) && c != '\n'),
            "{format}: {document:?}"
        );
        ensure!(
            !document.contains("##[") && !document.contains("##vso["),
            "{format}: {document:?}"
        );
        for line in document
            .lines()
            .filter(|line| line.trim_start().starts_with("::"))
        {
            let is_own = line.starts_with("::error file=") || line.starts_with("::warning file=");
            ensure!(*format == "github" && is_own, "{format}: {line:?}");
        }
    }
    let lines = |text: &str| text.lines().count();
    ensure!(
        lines(&rendered["github"]) == lines(&benign.0["github"]),
        "{}",
        rendered["github"]
    );
    for line in rendered["github"]
        .lines()
        .filter(|line| line.starts_with("::"))
    {
        let (properties, _) = line[2..].split_once("::").unwrap_or_default();
        ensure!(properties.matches([',', ':']).count() == 3, "{line}");
    }
    check_junit(&rendered["junit"])?;
    let elements = |text: &str| -> Result<usize> {
        Ok(roxmltree::Document::parse(text)?
            .descendants()
            .filter(roxmltree::Node::is_element)
            .count())
    };
    ensure!(elements(&rendered["junit"])? == elements(&benign.0["junit"])?);
    let read: Value = serde_json::from_str(&rendered["json"])?;
    ensure!(
        read["findings"][0]["subject"] == *text
            && read["findings"][0]["remedies"][1]["paste"] == format!("a\n{text}\nb")
    );
    let read: Value = serde_json::from_str(&rendered["sarif"])?;
    let message = read["runs"][0]["results"][0]["message"]["text"]
        .as_str()
        .unwrap_or_default();
    ensure!(!message.replace(r"\](", "").contains("]("), "{message}");
    ensure!(
        structure(&rendered["markdown"])? == structure(&benign.0["markdown"])?,
        "{}",
        rendered["markdown"]
    );
    ensure!(
        tags(&rendered["html"]) == tags(&benign.0["html"]),
        "{}",
        rendered["html"]
    );
    Ok(())
}

fn bundle() -> Result<Bundle> {
    let place = support::Place::with_bundle()?;
    confinix::bundle::read_unchecked(&place.path("bundle"))
}

#[test]
fn no_text_from_elsewhere_acts_in_any_format() -> Result<()> {
    let bundle = bundle()?;
    let benign = render("plain", &bundle)?;
    check_sarif(&benign.0["sarif"])?;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        cases: 200,
        ..ProptestConfig::default()
    });
    runner.run(&PIECES, |text| {
        check(&text, &bundle, &benign)
            .map_err(|error| TestCaseError::fail(format!("{text:?}: {error:#}")))
    })?;
    Ok(())
}

/// Returns the bundle with a text wherever its types allow one.
fn bundle_with(bundle: &Value, text: &str) -> Result<Bundle> {
    let mut json = bundle.clone();
    let service = &mut json["services"]["web.service"];
    service["settings"] = serde_json::json!({ "Environment": [text, "b"], "Slice": [text] });
    service["exec"]["ExecStop"] = serde_json::json!([text]);
    service["confinement"]["BindPaths"] = serde_json::json!([text]);
    service["presets"] = serde_json::json!([text]);
    service["strategyReason"] = text.into();
    service["binSh"] = text.into();
    Ok(serde_json::from_value(json)?)
}

#[test]
fn no_text_of_a_bundle_acts_in_any_format() -> Result<()> {
    let place = support::Place::with_bundle()?;
    let json: Value = serde_json::from_str(&place.read("bundle/bundle.json")?)?;
    let bundle = confinix::bundle::read_unchecked(&place.path("bundle"))?;
    let web = UnitName::parse("web.service")?;
    let render = |text: &str| -> Result<BTreeMap<&str, String>> {
        let odd = bundle_with(&json, text)?;
        let difference = confinix::diff::diff(&bundle, &odd);
        let report = Report::default();
        let audited = Audited {
            report: &report,
            policy: None,
            places: &BTreeMap::new(),
            anywhere: &Place::start("flake.nix"),
        };
        let tree = confinix::enter::Tree::from([(
            format!("/{text}"),
            confinix::enter::Shown::Link {
                target: text.to_owned(),
            },
        )]);
        let all = Contents {
            bundle: &odd,
            service: None,
        };
        let one = Contents {
            bundle: &odd,
            service: Some(&web),
        };
        let compared = Compared {
            diff: &difference,
            rebuilds: true,
        };
        let page = Page {
            bundle: &odd,
            audited: &audited,
        };
        Ok(BTreeMap::from([
            ("overview", shown(&all, Format::Human)?),
            ("service", shown(&one, Format::Human)?),
            ("json", shown(&one, Format::Json)?),
            ("diff", shown(&compared, Format::Human)?),
            ("diff in json", shown(&compared, Format::Json)?),
            ("markdown", shown(&compared, Format::Markdown)?),
            ("html", shown(&page, Format::Html)?),
            ("tree", shown(&tree, Format::Human)?),
        ]))
    };
    let benign = render("plain")?;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        cases: 100,
        ..ProptestConfig::default()
    });
    let check = |text: &str| -> Result<()> {
        let rendered = render(text)?;
        for (format, document) in &rendered {
            ensure!(
                !document.contains(|c| is_unsafe(c) && c != '\n'),
                "{format}: {document:?}"
            );
            ensure!(
                !document
                    .lines()
                    .any(|line| line.trim_start().starts_with("::")),
                "{format}: {document}"
            );
        }
        let lines = |format: &str, of: &BTreeMap<&str, String>| of[format].lines().count();
        for format in ["overview", "service", "diff", "markdown"] {
            ensure!(
                lines(format, &rendered) == lines(format, &benign),
                "{}",
                rendered[format]
            );
        }
        ensure!(
            structure(&rendered["markdown"])? == structure(&benign["markdown"])?,
            "{}",
            rendered["markdown"]
        );
        ensure!(tags(&rendered["html"]) == tags(&benign["html"]));
        let json: Value = serde_json::from_str(&rendered["json"])?;
        ensure!(json["strategyReason"] == *text);
        Ok(())
    };
    runner.run(&PIECES, |text| {
        prop_assume!(text != "b" && !text.is_empty());
        check(&text).map_err(|error| TestCaseError::fail(format!("{text:?}: {error:#}")))
    })?;
    Ok(())
}

#[test]
fn a_text_of_a_mebibyte_is_shortened_for_people_alone() -> Result<()> {
    let text = "x".repeat(1 << 20);
    let Rendered(rendered) = render(&text, &bundle()?)?;
    for format in ["human", "github", "markdown", "junit", "html"] {
        ensure!(
            rendered[format].len() < 1 << 20,
            "{format}: {}",
            rendered[format].len()
        );
    }
    ensure!(
        rendered["human"].contains("more characters")
            && rendered["human"].contains("too long to be shown")
    );
    ensure!(rendered["json"].contains(&text));
    Ok(())
}

const FORMATS: [&str; 6] = ["human", "json", "sarif", "github", "markdown", "junit"];

#[test]
fn words_of_scripts_stay_words() -> Result<()> {
    let mut case = Case::new()?;
    let odd = [
        "'MARKZ\u{1b}]0;owned\u{7}' a",
        "cat '/etc/MARKZ![i](http://e/x)[l](http://evil/)'",
        "cat '/etc/MARKZ<img src=x onerror=y>@user#12 `x` |'",
        "cat '/etc/MARKZ\u{202e}\n::error::x\u{9b}2J'",
        "'MARKZ${pkgs}\"\\' a",
    ];
    for (number, text) in odd.iter().enumerate() {
        case.script(&format!("odd{number}"), text)?;
        case.add(
            &format!("odd{number}"),
            &format!("script:/bin/odd{number}"),
            &serde_json::json!({}),
        );
    }
    case.0.check(1)?;
    let place = &case.0.place;
    for format in FORMATS {
        let text = place.stdout(1, &["check", "bundle", "--format", format])?;
        ensure!(text.contains("MARKZ"), "{format}: {text}");
        ensure!(
            !text.contains(|c| is_unsafe(c) && c != '\n'),
            "{format}: {text:?}"
        );
        if format == "markdown" {
            let events = structure(&text)?;
            ensure!(
                !events
                    .iter()
                    .any(|event| event.contains("Link") || event.contains("Image")),
                "{text}"
            );
        }
        if format != "github" {
            ensure!(
                !text.lines().any(|line| line.trim_start().starts_with("::")),
                "{format}: {text}"
            );
        }
    }
    confinix(["report", "bundle", "--no-policy"])
        .within(place.path("."))
        .run()?
        .with_code(0)?;
    let page = place.read("report.html")?;
    ensure!(
        page.contains("MARKZ") && !tags(&page).iter().any(|tag| tag.contains("img")),
        "{page}"
    );
    ensure!(!page.contains(|c| is_unsafe(c) && c != '\n'));
    Ok(())
}

#[test]
fn names_of_files_reach_no_terminal_as_they_are() -> Result<()> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = support::Place::with_bundle()?;
    let odd = OsStr::from_bytes(b"x\xff\x1b[2J\n::error::y\r\xe2\x80\xae");
    let dir = place.path(".").join(odd);
    std::fs::create_dir(&dir)?;
    std::fs::write(
        dir.join("bundle.json"),
        "{\"version\": 1, \"\u{9b}\n\": \u{1b}",
    )?;
    std::fs::write(dir.join("policy.toml"), "a = \u{1b}\n")?;
    let policy = dir.join("policy.toml");
    let runs: [Vec<&OsStr>; 10] = [
        vec!["show".as_ref(), odd],
        vec!["show".as_ref(), "bundle".as_ref(), odd],
        vec!["verify".as_ref(), "--offline".as_ref(), odd],
        vec!["audit".as_ref(), odd],
        vec![
            "audit".as_ref(),
            "bundle".as_ref(),
            "--policy".as_ref(),
            policy.as_ref(),
        ],
        vec!["why".as_ref(), "bundle".as_ref(), "web".as_ref(), odd],
        vec!["presets".as_ref(), "--policy".as_ref(), policy.as_ref()],
        vec![
            "bundle".as_ref(),
            "--services".as_ref(),
            odd,
            "--graph".as_ref(),
            odd,
        ],
        vec![odd],
        vec![
            "audit".as_ref(),
            "bundle".as_ref(),
            "--format".as_ref(),
            odd,
        ],
    ];
    for arguments in runs {
        let output = confinix(&arguments)
            .within(place.path("."))
            .command()
            .output()?;
        ensure!(!output.status.success(), "{arguments:?}");
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8(text)?;
            ensure!(
                !text.contains(|c| is_unsafe(c) && c != '\n'),
                "{arguments:?}: {text:?}"
            );
            ensure!(
                !text.lines().any(|line| line.trim_start().starts_with("::")),
                "{arguments:?}: {text:?}"
            );
        }
    }
    let made = confinix(["bundle", "--strategy", "bind"])
        .args(support::RECORDING)
        .arg("-o")
        .arg(OsStr::from_bytes(b"o\n\x1b::error::"));
    let said = made.within(place.path(".")).succeeds()?.stdout;
    ensure!(
        said.starts_with(r"o\n\u{1b}::error::: 3 services"),
        "{said:?}"
    );
    Ok(())
}

#[test]
fn views_with_odd_names_reach_no_output_as_they_are() -> Result<()> {
    let cases = fixture("tests/audit/newline-view");
    for case in ["nul", "newline"] {
        let dir = cases.join(format!("{case}.json"));
        let place = support::Place::new()?;
        std::fs::create_dir(place.path("odd"))?;
        std::fs::copy(&dir, place.path("odd/bundle.json"))?;
        for arguments in [
            &["show", "odd"][..],
            &["show", "odd", "--json"],
            &["verify", "--offline", "odd"],
            &["audit", "odd", "--no-policy"],
        ] {
            let ran = confinix(arguments).within(place.path(".")).run()?;
            for text in [ran.stdout, ran.stderr] {
                ensure!(
                    !text.contains(|c| is_unsafe(c) && c != '\n') && !text.contains("a\nb"),
                    "{arguments:?}: {text:?}"
                );
            }
        }
    }
    Ok(())
}
