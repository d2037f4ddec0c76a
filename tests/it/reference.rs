//! The pages in docs/reference are made from what confinix prints and declares.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::support::documents::is_current;
use crate::support::{confinix, fixture, nix};

const MADE: &str = "<!-- Made by tests/it/reference.rs: do not edit. -->";

#[test]
fn every_command_is_on_the_page_of_commands() -> Result<()> {
    let overview = help(&[])?;
    let mut page = format!(
        "{MADE}\n\n# Commands\n\nWhat `confinix --help` and `confinix COMMAND --help` print. A TARGET is explained in \
         [Targets](../sources.md), the exit codes in [Exit codes](exit-codes.md).\n"
    );
    section(&mut page, "confinix", &overview)?;
    let commands = listed(&overview)?;
    ensure!(commands.contains(&"bundle"), "{commands:?}");
    for command in commands {
        section(
            &mut page,
            &format!("confinix {command}"),
            &help(&[command])?,
        )?;
    }
    is_current("docs/reference/commands.md", &page)
}

/// Returns the long help of a command.
fn help(command: &[&str]) -> Result<String> {
    Ok(confinix(command).args(["--help"]).succeeds()?.stdout)
}

/// Returns the names of the commands in the list of `confinix --help`.
fn listed(overview: &str) -> Result<Vec<&str>> {
    let (_, list) = overview.split_once("Commands:\n").context("no commands")?;
    let list = list.split("\n\n").next().context("no end")?;
    // A line that continues a description is indented further.
    let names = list.lines().filter_map(|line| {
        let line = line.strip_prefix("  ")?;
        (!line.starts_with(' ')).then(|| line.split(' ').next())?
    });
    Ok(names.filter(|name| *name != "help").collect())
}

fn section(page: &mut String, heading: &str, text: &str) -> Result<()> {
    ensure!(!text.contains("```"), "{heading}: the help has a fence");
    let lines: Vec<_> = text.trim_end().lines().map(str::trim_end).collect();
    write!(
        page,
        "\n## {heading}\n\n```text\n{}\n```\n",
        lines.join("\n")
    )?;
    Ok(())
}

#[test]
fn every_code_is_on_the_page_of_findings() -> Result<()> {
    let mut page = format!(
        "{MADE}\n\n# Findings\n\nEvery finding has a code. `confinix explain CODE` prints what is here. *deny* fails an audit, *warn* does \
         not; the [policy](../audit.md#the-policy) changes levels.\n\n| code | level | what it finds |\n| --- | --- | --- |\n"
    );
    let explained: Value =
        serde_json::from_str(&confinix(["explain", "--json"]).succeeds()?.stdout)?;
    let codes = explained["codes"].as_array().context("no codes")?;
    ensure!(!codes.is_empty());
    for code in codes {
        let [name, level, summary] = ["code", "level", "summary"].map(|key| text(&code[key]));
        writeln!(page, "| [{name}](#{name}) | {level} | {summary} |")?;
    }
    for code in codes {
        let [name, level, what, why, fix] =
            ["code", "level", "what", "why", "fix"].map(|key| text(&code[key]));
        write!(
            page,
            "\n## {name}\n\n*{level}.* {what} {why}\n\n```\n{}\n```\n\n**To fix it:** {fix}\n",
            text(&code["example"])
        )?;
        write!(
            page,
            "\n**To allow it,** in confinix.toml:\n\n```toml\n{}\n```\n",
            text(&code["allow"])
        )?;
    }
    is_current("docs/reference/findings.md", &page)
}

#[test]
fn every_option_is_on_the_page_of_options() -> Result<()> {
    let declared = nix(["eval", "--json", "-f"])
        .arg(fixture("tests/it/reference/options.nix"))
        .succeeds()?;
    let modules: Value = serde_json::from_str(&declared.stdout)?;
    let mut page = format!(
        "{MADE}\n\n# Options of the modules\n\n## NixOS\n\nThe options below `systemd.services.<name>` also exist below \
         `systemd.user.services.<name>`. [On NixOS](../nixos.md) tells how to use them.\n"
    );
    options(&mut page, &modules["nixos"])?;
    page.push_str(
        "\n## home-manager\n\n[User services](../user-services.md#home-manager) tells how to use them.\n",
    );
    options(&mut page, &modules["home"])?;
    is_current("docs/reference/options.md", &page)
}

/// Adds the options of a module.
fn options(page: &mut String, options: &Value) -> Result<()> {
    let options = options.as_array().context("no options")?;
    ensure!(options.len() > 10, "{} options", options.len());
    for option in options {
        let description = without_roles(text(&option["description"]).trim());
        write!(
            page,
            "\n### `{}`\n\n{description}\n\n",
            text(&option["name"])
        )?;
        writeln!(page, "- Type: {}", text(&option["type"]))?;
        if option["readOnly"] == Value::Bool(true) {
            writeln!(page, "- Read-only")?;
        }
        for (key, label) in [("default", "Default"), ("example", "Example")] {
            if let Some(code) = option[key].as_str() {
                code_item(page, label, code.trim())?;
            }
        }
    }
    Ok(())
}

/// Turns the roles of nixpkgs' manuals ("{option}`x`") into code.
fn without_roles(description: &str) -> String {
    let mut plain = description.to_owned();
    for role in ["option", "file", "command", "manpage"] {
        plain = plain.replace(&format!("{{{role}}}`"), "`");
    }
    plain
}

fn code_item(page: &mut String, label: &str, code: &str) -> Result<()> {
    if code.contains('\n') {
        writeln!(page, "- {label}:\n\n  ```nix")?;
        for line in code.lines() {
            writeln!(page, "{}", format!("  {line}").trim_end())?;
        }
        writeln!(page, "  ```")?;
    } else {
        writeln!(page, "- {label}: `{code}`")?;
    }
    Ok(())
}

#[test]
fn the_initial_policy_is_on_the_page_of_confinix_toml() -> Result<()> {
    let policy = fs::read_to_string(fixture("src/cli/init.toml"))?;
    let page = format!(
        "{MADE}\n\n# confinix.toml\n\nconfinix reads `confinix.toml` from its working directory or the nearest one above it. This is what \
         `confinix init` writes; [The audit](../audit.md#the-policy) explains it.\n\n```toml\n{}\n```\n",
        policy.trim_end()
    );
    is_current("docs/reference/confinix-toml.md", &page)
}

#[test]
fn every_preset_is_on_the_page_of_presets() -> Result<()> {
    let printed = confinix(["presets", "--json"])
        .within("/")
        .succeeds()?
        .stdout;
    let printed: Value = serde_json::from_str(&printed)?;
    let mut page = format!(
        "{MADE}\n\n# Presets\n\nWhat `confinix presets` lists: files and sockets of the host that services commonly need. \
         [Presets](../presets.md) explains how to use them and how to define others.\n"
    );
    for preset in printed["presets"].as_array().context("no presets")? {
        let [name, purpose, opens] = ["name", "purpose", "opens"].map(|key| text(&preset[key]));
        write!(
            page,
            "\n## {name}\n\nFor services that {purpose}.\n\n**Exposes:** {opens}\n\n"
        )?;
        for bind in preset["binds"].as_array().context("no binds")? {
            let [source, target] = ["source", "target"].map(|key| text(&bind[key]));
            let access = if bind["writable"] == Value::Bool(true) {
                ", writable"
            } else {
                ""
            };
            let at = if source == target {
                String::new()
            } else {
                format!(" at `{target}`")
            };
            writeln!(page, "- `{source}`{at}{access}")?;
        }
        for (name, value) in preset["environment"].as_object().context("no variables")? {
            writeln!(page, "- `{name}={}`", text(value))?;
        }
    }
    is_current("docs/reference/presets.md", &page)
}

#[test]
fn every_schema_is_on_the_page_of_schemas() -> Result<()> {
    let mut page = format!(
        "{MADE}\n\n# JSON schemas\n\nAll JSON that confinix prints or writes has a [JSON Schema](https://json-schema.org) in `schemas/` of \
         the source tree. Each has a `version`, which changes when a reader has to change.\n\n| file | describes |\n| --- | --- |\n"
    );
    let mut schemas: Vec<_> = fs::read_dir(fixture("schemas"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    schemas.sort();
    for file in schemas {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .context("a name")?;
        let schema: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        writeln!(
            page,
            "| `{name}` | {}. {} |",
            text(&schema["title"]),
            text(&schema["description"])
        )?;
    }
    is_current("docs/reference/schemas.md", &page)
}

/// Returns a string of JSON; what is none is written as JSON, and seen in the page.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
