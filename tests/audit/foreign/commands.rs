//! Untrusted text in scripts, in names of files and in views, as the subcommands print it.

use anyhow::{Result, ensure};
use confinix::text::is_unsafe;

use super::{structure, tags};
use crate::case::Case;
use crate::common::{confinix, fixture};
use crate::support;

const FORMATS: [&str; 7] = [
    "human", "json", "sarif", "github", "gitlab", "markdown", "junit",
];

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
    for (case, written) in [("nul", r"a\u0000b"), ("newline", r"lib/a\nb")] {
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
            let is_told = arguments[0] != "verify" || ran.stdout.contains(written);
            ensure!(is_told, "{arguments:?}: {}", ran.stdout);
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
