//! The table of formats: the name and purpose of each, and the formats of each result. It is the source of `--format`, its
//! help, its completions and its errors.

use super::audit::Audited;
use super::contents::{Contents, FleetContents};
use super::diff::Compared;
use super::explain::Explained;
use super::hidden::HiddenFiles;
use super::html::{FleetPage, Page};
use super::matches::{FleetMatches, Matches};
use super::presets::PresetList;
use super::render::{Render, Renderer, document, styled, text};
use super::verified::Verified;
use super::{cyclonedx, github, gitlab, html, human, json, junit, markdown, sarif, spdx};
use crate::enter::Tree;
use crate::migrate::Migration;
use crate::rehearse::{Record, Rehearsal};
use crate::sbom::Bill;
use crate::service::Services;
use crate::status::Status;
use crate::text::Document;

/// A format. Each has a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text.
    Human,
    /// JSON, as `schemas/` describes it.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands of GitHub.
    Github,
    /// GitLab's report on code quality.
    Gitlab,
    /// Markdown, as GitHub reads it.
    Markdown,
    /// JUnit's XML.
    Junit,
    /// HTML.
    Html,
    /// CycloneDX 1.6.
    Cyclonedx,
    /// SPDX 2.3.
    Spdx,
}

impl Format {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.about().0
    }

    /// Its purpose, in a few words.
    pub fn purpose(self) -> &'static str {
        self.about().1
    }

    /// Whether it shows every finding at a place in a file.
    pub fn shows_places(self) -> bool {
        matches!(self, Self::Sarif | Self::Github | Self::Gitlab)
    }

    /// Whether it shows what advisories say of a bill of materials.
    pub fn shows_advisories(self) -> bool {
        self != Self::Spdx
    }

    fn about(self) -> (&'static str, &'static str) {
        match self {
            Self::Human => ("human", "Text for people"),
            Self::Json => ("json", "JSON for scripts"),
            Self::Sarif => ("sarif", "SARIF 2.1.0 for code hosts"),
            Self::Github => ("github", "Annotations for GitHub's workflows"),
            Self::Gitlab => ("gitlab", "GitLab's report on code quality"),
            Self::Markdown => ("markdown", "Markdown for reviews and summaries"),
            Self::Junit => ("junit", "JUnit's XML for CI servers"),
            Self::Html => ("html", "An HTML page"),
            Self::Cyclonedx => ("cyclonedx", "CycloneDX 1.6, a bill of materials in JSON"),
            Self::Spdx => ("spdx", "SPDX 2.3, a bill of materials in JSON"),
        }
    }
}

type Formats<T> = Vec<(Format, Renderer<T>)>;

/// `confinix audit` and `confinix check`
impl Render for Audited<'_> {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, styled(human::audit::audit)),
            (Format::Json, document(json::audit)),
            (Format::Sarif, document(sarif::audit)),
            (Format::Github, text(github::audit)),
            (Format::Gitlab, document(gitlab::audit)),
            (Format::Markdown, text(markdown::audit)),
            (Format::Junit, text(junit::audit)),
        ]
    }
}

/// `confinix rehearse`
impl Render for Rehearsal {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, styled(human::rehearsal::rehearsal)),
            (Format::Json, document(json::rehearsal)),
            (Format::Junit, text(junit::rehearsal)),
            (Format::Markdown, text(markdown::rehearsal)),
        ]
    }
}

/// `confinix migrate`
impl Render for Migration {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, styled(human::migration::migration)),
            (Format::Json, document(json::migration)),
        ]
    }
}

/// `confinix observe`
impl Render for Record {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::observation)),
            (Format::Json, document(Document::json)),
            (Format::Markdown, text(markdown::observation)),
        ]
    }
}

/// `confinix status`
impl Render for Status {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, styled(human::status::status)),
            (Format::Json, document(json::status)),
        ]
    }
}

/// `confinix diff`
impl Render for Compared<'_> {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::diff::diff)),
            (Format::Json, document(json::diff)),
            (Format::Markdown, text(markdown::diff)),
            (Format::Html, text(html::changes)),
        ]
    }
}

/// `confinix why`
impl Render for Matches<'_> {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::why)),
            (Format::Json, document(json::why)),
        ]
    }
}

/// `confinix why` of several hosts
impl Render for FleetMatches<'_> {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::why_of_fleet)),
            (Format::Json, document(json::why_of_fleet)),
        ]
    }
}

/// `confinix why --hidden`
impl Render for HiddenFiles<'_> {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::hidden)),
            (Format::Json, document(json::hidden)),
        ]
    }
}

/// `confinix show`
impl Render for Contents<'_> {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::show)),
            (Format::Json, document(json::show)),
        ]
    }
}

/// `confinix show` of several hosts
impl Render for FleetContents<'_> {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::show_fleet)),
            (Format::Json, document(json::show_fleet)),
        ]
    }
}

/// `confinix enter --ls`
impl Render for Tree {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::tree)),
            (Format::Json, document(json::tree)),
        ]
    }
}

/// `confinix verify`
impl Render for Verified {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::verified)),
            (Format::Json, document(json::versioned)),
        ]
    }
}

/// `confinix presets`
impl Render for PresetList<'_> {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, text(human::presets)),
            (Format::Json, document(json::presets)),
            (Format::Markdown, text(markdown::presets)),
        ]
    }
}

/// `confinix explain`
impl Render for Explained {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Human, styled(human::explain)),
            (Format::Json, document(json::explain)),
        ]
    }
}

/// `confinix sbom`
impl Render for Bill<'_> {
    fn formats() -> Formats<Self> {
        vec![
            (Format::Cyclonedx, document(cyclonedx::bill)),
            (Format::Spdx, document(spdx::bill)),
            (Format::Human, text(human::bill)),
            (Format::Json, document(json::bill)),
        ]
    }
}

/// `confinix services`
impl Render for Services {
    fn formats() -> Formats<Self> {
        vec![(Format::Json, document(json::services))]
    }
}

/// `confinix report`
impl Render for Page<'_> {
    fn formats() -> Formats<Self> {
        vec![(Format::Html, document(html::page))]
    }
}

/// `confinix report` of several hosts
impl Render for FleetPage<'_> {
    fn formats() -> Formats<Self> {
        vec![(Format::Html, document(html::fleet_page))]
    }
}
