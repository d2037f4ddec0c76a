//! SARIF 2.1.0, which code hosts read (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

use super::audit::{Audited, fingerprint, whole};
use crate::audit::{Rule, rules};
use crate::code::{Code, Level};
use crate::config::Place;
use crate::finding::Finding;
use crate::text::{Document, Terminal, Text, text};

/// The findings as one run of the tool confinix.
pub fn audit(audited: &Audited) -> Result<Document> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "confinix",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules().map(Descriptor::from).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results: audited
                .report
                .findings
                .iter()
                .map(|finding| Outcome::new(audited, finding))
                .collect(),
        }],
    };
    Document::json(&log)
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    version: &'a str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'a str,
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'a str,
    semantic_version: &'a str,
    rules: Vec<Descriptor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    id: &'a str,
    short_description: Message<'a>,
    full_description: Message<'a>,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Message<'a> {
    text: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

impl<'a> From<&'a Rule> for Descriptor<'a> {
    fn from(rule: &'a Rule) -> Self {
        let explanation = &rule.explanation;
        let help = |heading: fn(&str) -> String, code: fn(&str) -> String| {
            [
                explanation.why.to_owned(),
                heading("Example"),
                code(explanation.example),
                heading("How to fix it"),
                explanation.fix.to_owned(),
                heading("How to allow it, in confinix.toml"),
                code(explanation.allow),
            ]
            .join("\n\n")
        };
        Self {
            id: rule.code.as_str(),
            short_description: Message {
                text: rule.code.summary().into(),
            },
            full_description: Message {
                text: explanation.what.into(),
            },
            help: Help {
                text: help(|heading| format!("{heading}:"), str::to_owned),
                markdown: help(
                    |heading| format!("### {heading}"),
                    |code| format!("```\n{code}\n```"),
                ),
            },
            default_configuration: Configuration {
                level: level(rule.code.level()),
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: Option<usize>,
    level: &'a str,
    message: Message<'a>,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'a str, String>,
}

impl<'a> Outcome<'a> {
    fn new(audited: &Audited, finding: &'a Finding) -> Self {
        let mut text = Text::<Terminal>::new();
        if let Some(service) = &finding.service {
            text.push(text!("{}: ", service));
        }
        text.push(whole(finding, "\n\n"));
        // SARIF requires an escape for a bracket that is not part of a link (3.11.6).
        let text = text.as_str().replace("](", r"\](");
        let service = finding.service.as_ref().map(ToString::to_string);
        Self {
            rule_id: finding.code.as_str(),
            rule_index: Code::ALL.iter().position(|code| *code == finding.code),
            level: level(finding.level),
            message: Message { text: text.into() },
            locations: [Location::new(
                &audited.place_of(finding),
                service.as_deref().unwrap_or_default(),
            )],
            // Lets code hosts recognise a finding when lines move.
            partial_fingerprints: BTreeMap::from([(
                "primaryLocationLineHash",
                fingerprint(finding),
            )]),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

impl Location {
    fn new(place: &Place, service: &str) -> Self {
        Self {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation {
                    uri: uri(&place.file),
                },
                region: Region {
                    start_line: place.line,
                    start_column: place.column,
                },
            },
            logical_locations: if service.is_empty() {
                Vec::new()
            } else {
                vec![LogicalLocation {
                    fully_qualified_name: service.to_owned(),
                    kind: "module",
                }]
            },
        }
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Allow => "none",
    }
}

/// A path as a URI reference, relative if the path is (RFC 3986).
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~@+,=".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("confinix.toml"), "confinix.toml");
        assert_eq!(uri("./a b/ü:x.toml"), "a%20b/%C3%BC%3Ax.toml");
        assert_eq!(uri("/etc/x%.toml"), "file:///etc/x%25.toml");
    }
}
