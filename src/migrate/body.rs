//! The lines of a block: a decision, as Nix or as `confinix.toml`, and back.

#[cfg(test)]
mod tests;

use super::block::Block;
use super::decision::{Decision, Entry};
use super::file::Form;
use crate::change::{Line, preset_name};
use crate::service::UnitName;
use crate::text::{nix_string, toml_string};

/// What a comment about something that may not work begins with.
const UNRESOLVED: &str = "may not work: ";
/// How evidence is indented in a comment.
const EVIDENCE: &str = "  ";

/// Writes a decision. `is_taken`: whether a new preset can't have this name.
pub fn write(
    name: &UnitName,
    decision: &Decision,
    form: Form,
    is_taken: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mut body = Body {
        lines: Vec::new(),
        indent: form.indent().to_owned(),
    };
    match decision {
        Decision::Out { reason, evidence } => {
            body.comments(&[], evidence);
            match form {
                Form::Nix => body.line(format!(
                    "security.confinix.default.except.{}.reason = {};",
                    nix_string(name.stem()),
                    nix_string(reason)
                )),
                Form::Toml => {
                    body.line(header("default.except", name.stem()));
                    body.line(format!("reason = {}", toml_string(reason)));
                }
            }
        }
        Decision::Confined {
            entries,
            unresolved,
        } => {
            for told in unresolved {
                body.comment(&format!("{UNRESOLVED}{told}"));
            }
            match form {
                Form::Nix => {
                    body.line(format!("systemd.services.{} = {{", nix_string(name.stem())));
                    body.deeper();
                    body.line("confinement.enable = true;");
                    body.options(&entries.iter().collect::<Vec<_>>(), form);
                    body.higher();
                    body.line("};");
                }
                Form::Toml => body.tables(name, entries, is_taken),
            }
        }
    }
    body.lines
}

fn header(table: &str, name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if name.chars().all(is_bare) {
        format!("[{table}.{name}]")
    } else {
        format!("[{table}.{}]", toml_string(name))
    }
}

/// The option of binds, which belong to a preset in `confinix.toml`.
const BINDS: &str = "bind-read-only";

struct Body {
    lines: Vec<String>,
    indent: String,
}

impl Body {
    fn line(&mut self, text: impl AsRef<str>) {
        self.lines.push(format!("{}{}", self.indent, text.as_ref()));
    }

    fn comment(&mut self, text: &str) {
        self.line(format!("# {text}"));
    }

    fn comments(&mut self, reasons: &[String], evidence: &[String]) {
        for reason in reasons {
            self.comment(reason);
        }
        for told in evidence {
            self.comment(&format!("{EVIDENCE}{told}"));
        }
    }

    fn deeper(&mut self) {
        self.indent.push_str("  ");
    }

    fn higher(&mut self) {
        self.indent.truncate(self.indent.len().saturating_sub(2));
    }

    /// Writes each option once, with its entries below one another.
    fn options(&mut self, entries: &[&Entry], form: Form) {
        let (end, separator) = match form {
            Form::Nix => (";", ""),
            Form::Toml => ("", ","),
        };
        let mut rest = entries;
        while let Some(first) = rest.first() {
            let option = &first.line.option;
            let count = rest
                .iter()
                .take_while(|entry| entry.line.option == *option)
                .count();
            let (same, others) = rest.split_at(count);
            rest = others;
            if !first.line.is_entry {
                self.comments(&first.reasons, &first.evidence);
                self.line(format!("{option} = {}{end}", first.line.value));
                continue;
            }
            self.line(format!("{option} = ["));
            self.deeper();
            for entry in same {
                self.comments(&entry.reasons, &entry.evidence);
                self.line(format!("{}{separator}", entry.line.value));
            }
            self.higher();
            self.line(format!("]{end}"));
        }
    }

    /// The tables of a service, and of a preset with its binds.
    fn tables(&mut self, name: &UnitName, entries: &[Entry], is_taken: &dyn Fn(&str) -> bool) {
        let (binds, mut own): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| entry.line.option == BINDS);
        let preset = new_preset(name, is_taken);
        let of_binds = Entry {
            line: Line {
                option: "presets".to_owned(),
                value: toml_string(&preset),
                is_entry: true,
            },
            reasons: Vec::new(),
            evidence: Vec::new(),
        };
        if !binds.is_empty() {
            let last = own
                .iter()
                .rposition(|entry| entry.line.option <= of_binds.line.option);
            own.insert(last.map_or(0, |last| last + 1), &of_binds);
        }
        self.line(header("services", name.stem()));
        self.line("enable = true");
        self.options(&own, Form::Toml);
        if !binds.is_empty() {
            self.line("");
            self.line(header("presets", &preset));
            self.options(&binds, Form::Toml);
        }
    }
}

/// The name of the preset that has the binds of a service.
fn new_preset(name: &UnitName, is_taken: &dyn Fn(&str) -> bool) -> String {
    let first = preset_name(name, "migrated");
    let numbered = (2..).map(|number| format!("{first}-{number}"));
    let mut names = std::iter::once(first.clone()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or(first)
}

/// Reads what [`write`] wrote; `None` for other lines.
pub fn read(body: &[String]) -> Option<Decision> {
    let (mut entries, mut unresolved): (Vec<Entry>, Vec<String>) = (Vec::new(), Vec::new());
    let (mut reasons, mut evidence) = (Vec::new(), Vec::new());
    let mut list: Option<String> = None;
    let mut own_preset = None;
    for line in body.iter().map(|line| line.trim()) {
        if let Some(comment) = line.strip_prefix("# ") {
            match (
                comment.strip_prefix(UNRESOLVED),
                comment.strip_prefix(EVIDENCE),
            ) {
                (Some(told), _) => unresolved.push(told.to_owned()),
                (None, Some(told)) => evidence.push(told.to_owned()),
                (None, None) => reasons.push(comment.to_owned()),
            }
            continue;
        }
        let mut entry = |option: &str, value: &str, is_entry| {
            entries.push(Entry {
                line: Line {
                    option: option.to_owned(),
                    value: value.to_owned(),
                    is_entry,
                },
                reasons: std::mem::take(&mut reasons),
                evidence: std::mem::take(&mut evidence),
            });
        };
        if let Some(option) = &list {
            match line {
                "]" | "];" => list = None,
                value => entry(option, value.strip_suffix(',').unwrap_or(value), true),
            }
        } else if let Some(table) = line.strip_prefix("[presets.") {
            own_preset = Some(table.strip_suffix(']')?.to_owned());
        } else if let Some((option, value)) = line.split_once(" = ") {
            let value = value.strip_suffix(';').unwrap_or(value);
            let is_reason = option == "reason"
                || option.starts_with("security.confinix.default.except.")
                    && option.ends_with(".reason");
            match (option, value) {
                _ if is_reason => {
                    return Some(Decision::Out {
                        reason: unquoted(value)?,
                        evidence,
                    });
                }
                ("confinement.enable" | "enable", "true") | (_, "{") => {}
                (option, "[") => list = Some(option.to_owned()),
                (option, value) => entry(option, value, false),
            }
        } else if !matches!(line, "};" | "") && !line.starts_with('[') {
            return None;
        }
    }
    if let Some(preset) = own_preset {
        let of_binds = [format!("\"{preset}\""), preset];
        entries.retain(|entry| {
            entry.line.option != "presets" || !of_binds.contains(&entry.line.value)
        });
    }
    Some(Decision::Confined {
        entries,
        unresolved,
    })
}

/// Whether a block has other lines than confinix writes. One by the user's word has no digest, as its reason may be any.
pub fn is_edited(block: &Block, form: Form) -> bool {
    if !block.is_given() {
        return block.is_edited();
    }
    let decision = read(&block.body);
    decision.is_none_or(|decision| write(&block.name, &decision, form, &|_| false) != block.body)
}

/// A string as it is written of a reason, which has no escapes but these.
fn unquoted(string: &str) -> Option<String> {
    let inner = string.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next()? } else { c });
    }
    Some(text)
}
