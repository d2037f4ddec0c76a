//! A migration for scripts.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::versioned;
use crate::migrate::{self, Decision, Fate, Migrated, Migration};
use crate::service::UnitName;
use crate::systemd::ExposureLevel;
use crate::text::Document;

/// Every service with what is decided, and what becomes of the file.
pub fn migration(migration: &Migration) -> Result<Document> {
    versioned(&Whole {
        file: migration.file.display().to_string(),
        changed: migration.is_changed,
        rehearsed: migration.is_rehearsed,
        systemd: migration.systemd,
        unknown_exposure: migration.unknown.as_deref(),
        gone: &migration.gone,
        unneeded: &migration.unneeded,
        services: migration
            .services
            .iter()
            .map(|(name, migrated)| (name, service(migrated)))
            .collect(),
    })
}

#[derive(Serialize)]
struct Whole<'a> {
    file: String,
    changed: bool,
    rehearsed: bool,
    systemd: Option<u32>,
    #[serde(rename = "unknownExposure", skip_serializing_if = "Option::is_none")]
    unknown_exposure: Option<&'a str>,
    gone: &'a [UnitName],
    unneeded: &'a BTreeMap<UnitName, String>,
    services: BTreeMap<&'a UnitName, Service<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Service<'a> {
    confined: bool,
    block: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'a str>,
    changes: Vec<Change<'a>>,
    unresolved: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    would_write: Option<&'a [String]>,
    paths: Option<Span<usize>>,
    executables: Option<Span<usize>>,
    exposure: Option<Span<String>>,
}

#[derive(Serialize)]
struct Change<'a> {
    option: &'a str,
    value: &'a str,
    reasons: &'a [String],
    evidence: &'a [String],
}

#[derive(Serialize)]
struct Span<T> {
    before: T,
    after: T,
}

fn service(migrated: &Migrated) -> Service<'_> {
    let (changes, unresolved, reason) = match &migrated.decision {
        Decision::Confined {
            entries,
            unresolved,
        } => (entries.iter().map(change).collect(), &unresolved[..], None),
        Decision::Out { reason, .. } => (Vec::new(), &[][..], Some(reason.as_str())),
    };
    let (block, place, would_write) = match &migrated.fate {
        Fate::New => ("new", None, None),
        Fate::Replaced => ("replaced", None, None),
        Fate::Same => ("same", None, None),
        Fate::Edited(lines) => ("edited", None, lines.as_deref()),
        Fate::Elsewhere(place, lines) => ("elsewhere", Some(place.as_str()), lines.as_deref()),
    };
    let gain = migrated.gain.unwrap_or_default();
    Service {
        confined: migrated.decision.is_confined(),
        block,
        reason,
        place,
        changes,
        unresolved,
        would_write,
        paths: gain.paths.map(span),
        executables: gain.executables.map(span),
        exposure: gain.exposure.map(|exposure| Span {
            before: shown(exposure.before),
            after: shown(exposure.after),
        }),
    }
}

fn change(entry: &migrate::Entry) -> Change<'_> {
    Change {
        option: &entry.line.option,
        value: &entry.line.value,
        reasons: &entry.reasons,
        evidence: &entry.evidence,
    }
}

fn span(span: migrate::Span<usize>) -> Span<usize> {
    Span {
        before: span.before,
        after: span.after,
    }
}

fn shown(level: ExposureLevel) -> String {
    level.to_string()
}
