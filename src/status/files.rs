//! The files of a unit: whether systemd reads the drop-in of the bundle, and what other files set.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Compared, Difference, Kind};
use crate::bundle::{BundleFile, BundleService, Digest};
use crate::document::{self, Kind as DocumentKind};
use crate::host::units::Unit;
use crate::service::{ExecSetting, Settings, UnitName, boolean};
use crate::systemd::{DROP_IN_NAME, Specifiers, UnitFile};

/// Settings that determine what a service sees, as whom it runs, and what it may do, by the end or the beginning of their names.
const ENDS: [&str; 3] = ["Paths", "Directory", "FileSystem"];
const STARTS: [&str; 8] = [
    "Capability",
    "Ambient",
    "Mount",
    "NoNewPrivileges",
    "Private",
    "Protect",
    "Root",
    "Restrict",
];
const OTHERS: [&str; 6] = [
    "DynamicUser",
    "Group",
    "ProcSubset",
    "SupplementaryGroups",
    "SystemCallFilter",
    "User",
];

/// What differs in the files of a unit.
pub fn of_unit(
    name: &UnitName,
    unit: &Unit,
    planned: &BundleService,
    unseen: &mut BTreeSet<String>,
) -> Vec<Difference> {
    let one = |kind, detail: String| vec![Difference::new(kind, detail)];
    match unit.load.as_str() {
        "loaded" => {}
        "masked" => {
            let detail = "it is masked, so nothing starts it";
            return one(Kind::UnitMasked, detail.to_owned());
        }
        "not-found" => {
            return one(Kind::UnitMissing, "systemd has no such unit".to_owned());
        }
        other => {
            let detail =
                format!("systemd does not load it ({other}): `systemctl status {name}` tells why");
            return one(Kind::UnitRefused, detail);
        }
    }
    if unit.id != name.as_str() {
        let detail = format!(
            "it is an alias of {}: make the bundle of that name",
            unit.id
        );
        return one(Kind::UnitRenamed, detail);
    }
    let mut differences = Vec::new();
    if unit.needs_reload {
        let detail = "its files have changed since systemd read them: `systemctl daemon-reload` reads them again";
        differences.push(Difference::new(Kind::ReloadNeeded, detail));
    }
    let mut drop_ins = unit.drop_ins.iter().filter(|path| !is_masked(path));
    let own = drop_ins.find(|path| path.ends_with(DROP_IN_NAME));
    differences.extend(if let Some(path) = own {
        drop_in(path, &planned.drop_in, unseen)
    } else {
        let detail =
            format!("systemd does not read {DROP_IN_NAME} for it, so it would start unconfined");
        Some(Difference::new(Kind::DropInMissing, detail))
    });
    match Merged::read(name, unit, planned) {
        Ok(merged) => differences.extend(merged.differences(planned)),
        Err(problem) => {
            unseen.insert(problem);
        }
    }
    differences
}

/// What differs in the drop-in of a template, which systemd loads only for an instance.
pub fn of_template(name: &UnitName, compared: &Compared) -> (Vec<Difference>, BTreeSet<String>) {
    let mut unseen = BTreeSet::new();
    let place = format!("{name}.d/{DROP_IN_NAME}");
    let mut candidates = compared
        .unit_path
        .iter()
        .map(|directory| directory.join(&place));
    let planned = &compared.bundle.services[name].drop_in;
    let difference = if let Some(path) = candidates.find(|path| path.exists()) {
        drop_in(&path, planned, &mut unseen)
    } else {
        let detail =
            format!("no directory of units has {place}, so instances would start unconfined");
        Some(Difference::new(Kind::DropInMissing, detail))
    };
    (difference.into_iter().collect(), unseen)
}

fn drop_in(path: &Path, planned: &BundleFile, unseen: &mut BTreeSet<String>) -> Option<Difference> {
    (!is_as_planned(path, DocumentKind::Unit, planned, unseen)).then(|| {
        let detail = format!("{} is not the drop-in of the bundle", path.display());
        Difference::new(Kind::DropInChanged, detail)
    })
}

/// Whether a file is that of the bundle, or can't be read.
pub(super) fn is_as_planned(
    path: &Path,
    kind: DocumentKind,
    planned: &BundleFile,
    unseen: &mut BTreeSet<String>,
) -> bool {
    match document::read(path, kind) {
        Ok(content) => Digest::of(&content) == planned.sha256,
        Err(error) => {
            unseen.insert(format!("cannot read {}: {error:#}", path.display()));
            true
        }
    }
}

/// The files of a unit, merged as systemd does. The drop-in of confinement counts as the bundle has it: its own difference is
/// reported once.
struct Merged {
    exec: BTreeMap<ExecSetting, Vec<String>>,
    settings: Settings,
    /// The last file that assigns a setting.
    files: BTreeMap<String, PathBuf>,
}

impl Merged {
    fn read(name: &UnitName, unit: &Unit, planned: &BundleService) -> Result<Self, String> {
        let mut merged = Self {
            exec: BTreeMap::new(),
            settings: Settings::default(),
            files: BTreeMap::new(),
        };
        let fragment = unit.fragment.clone().unwrap_or_default();
        let specifiers = Specifiers::of(name).in_file(&fragment);
        let mut has_own = false;
        let files = unit.fragment.iter().chain(&unit.drop_ins);
        for path in files.filter(|path| !is_masked(path)) {
            if path.ends_with(DROP_IN_NAME) {
                has_own = true;
                merged.add(&planned.confinement);
                continue;
            }
            let content = document::read(path, DocumentKind::Unit)
                .map_err(|error| format!("cannot read {}: {error:#}", path.display()))?;
            let file = UnitFile::parse(&content, &specifiers);
            for (setting, line) in file.exec {
                merged.files.insert(setting.name().to_owned(), path.clone());
                merged.exec.entry(setting).or_default().push(line);
            }
            for (setting, _) in file.settings.iter() {
                merged.files.insert(setting.to_owned(), path.clone());
            }
            merged.add(&file.settings);
        }
        if !has_own {
            merged.add(&planned.confinement);
        }
        Ok(merged)
    }

    fn add(&mut self, later: &Settings) {
        self.settings = std::mem::take(&mut self.settings).followed_by(later);
    }

    fn differences(&self, planned: &BundleService) -> Vec<Difference> {
        let mut differences = Vec::new();
        for setting in ExecSetting::ALL {
            let lines = self.exec.get(&setting).map_or(&[][..], Vec::as_slice);
            let reset = lines.iter().rposition(String::is_empty);
            let found = &lines[reset.map_or(0, |reset| reset + 1)..];
            let expected = planned.exec.list(setting.name());
            if found != expected {
                let detail = self.told(setting.name(), found, expected);
                differences.push(Difference::new(Kind::CommandChanged, detail));
            }
        }
        let expected = planned.settings.clone().followed_by(&planned.confinement);
        let names = self.settings.iter().chain(expected.iter());
        let names: BTreeSet<&str> = names.map(|(name, _)| name).collect();
        for name in names.into_iter().filter(|name| is_compared(name)) {
            let (found, expected) = (self.settings.list(name), expected.list(name));
            if !is_same(found, expected) {
                let detail = self.told(name, found, expected);
                differences.push(Difference::new(Kind::SettingChanged, detail));
            }
        }
        differences
    }

    fn told(&self, setting: &str, found: &[String], expected: &[String]) -> String {
        let values = |values: &[String]| match values {
            [] => "nothing".to_owned(),
            values => format!("{:?}", values.join("; ")),
        };
        let file = match self.files.get(setting) {
            Some(path) => format!(" ({})", path.display()),
            None => String::new(),
        };
        format!(
            "{setting}= is {}{file}, the bundle has {}",
            values(found),
            values(expected)
        )
    }
}

/// Whether systemd takes a file for empty: it is, or it is a link to /dev/null.
fn is_masked(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|it| !it.is_file() || it.len() == 0)
}

fn is_compared(setting: &str) -> bool {
    OTHERS.contains(&setting)
        || ENDS.iter().any(|end| setting.ends_with(end))
        || STARTS.iter().any(|start| setting.starts_with(start))
}

/// Whether two lists of assignments mean the same: the last of a boolean counts.
fn is_same(found: &[String], expected: &[String]) -> bool {
    let last = |values: &[String]| values.last().and_then(|value| boolean(value));
    found == expected || last(found).is_some() && last(found) == last(expected)
}
