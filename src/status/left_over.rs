//! What is on the host besides services: views, and drop-ins of units that the bundle does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::files::is_as_planned;
use super::{Compared, Difference, Kind, Service};
use crate::bundle::BundleFile;
use crate::document::Kind as DocumentKind;
use crate::root::MountTable;
use crate::service::UnitName;
use crate::systemd::DROP_IN_NAME;

/// Where a bundle has the units of views.
const IN_BUNDLE: &str = "lib/systemd/system/";
/// Where the host has the views of an image.
const VIEWS: &str = "/run/confinix/view";
/// The link to the current views.
const CURRENT: &str = "/run/confinix/views";

/// What differs besides services.
pub fn differences(
    compared: &Compared,
    services: &BTreeMap<UnitName, Service>,
    unseen: &mut BTreeSet<String>,
) -> Vec<Difference> {
    let is_needed = services.values().any(|service| service.sees_view);
    let image = compared
        .bundle
        .view
        .as_ref()
        .map(|view| view.image.as_str());
    let link = fs::read_link(CURRENT).ok();
    let mut differences = views(compared.host, image, is_needed, link.as_deref());
    let files = compared.bundle.view.iter().flat_map(|view| &view.files);
    differences.extend(view_units(files, compared.unit_path, unseen));
    differences.extend(drop_ins(compared));
    differences
}

/// The views that are mounted, against those of the bundle.
fn views(
    host: &MountTable,
    image: Option<&str>,
    is_needed: bool,
    link: Option<&Path>,
) -> Vec<Difference> {
    let mounted = host.0.iter().filter_map(|mount| {
        let id = mount.place.strip_prefix(VIEWS).ok()?.to_str()?;
        (!id.is_empty() && !id.contains('/')).then_some(id)
    });
    let mounted: BTreeSet<&str> = mounted.collect();
    let mut differences = Vec::new();
    for id in &mounted {
        // A service that is observed has the same views on a file system of its own.
        let of = id.split_once('.').map_or(*id, |(of, _)| of);
        if image != Some(of) {
            let detail = format!("{VIEWS}/{id} is mounted, and is not of the bundle");
            differences.push(Difference::new(Kind::ViewLeftOver, detail));
        } else if !is_needed {
            let detail = format!("{VIEWS}/{id} is mounted, and no running service needs it");
            differences.push(Difference::new(Kind::ViewLeftOver, detail));
        }
    }
    let Some(image) = image.filter(|_| is_needed) else {
        return differences;
    };
    let is_current = link.is_some_and(|link| link.starts_with(Path::new(VIEWS).join(image)));
    if !mounted.contains(image) {
        let detail =
            format!("{VIEWS}/{image} is not mounted, so services that need it can't be reloaded");
        differences.push(Difference::new(Kind::ViewMissing, detail));
    } else if !is_current {
        let detail = format!("{CURRENT} does not lead to {VIEWS}/{image}");
        differences.push(Difference::new(Kind::ViewMissing, detail));
    }
    differences
}

/// The units that mount the views, with their image, against those of the bundle.
fn view_units<'b>(
    files: impl Iterator<Item = &'b BundleFile>,
    unit_path: &[PathBuf],
    unseen: &mut BTreeSet<String>,
) -> Vec<Difference> {
    let differences = files.filter_map(|planned| {
        let name = planned.path.strip_prefix(IN_BUNDLE)?;
        let mut places = unit_path.iter().map(|dir| dir.join(name));
        let Some(found) = places.find(|place| place.exists()) else {
            let detail = format!("no directory of units has {name}, which views need");
            return Some(Difference::new(Kind::ViewUnitMissing, detail));
        };
        (!is_as_planned(&found, DocumentKind::BundleFile, planned, unseen)).then(|| {
            let detail = format!("{} is not that of the bundle", found.display());
            Difference::new(Kind::ViewUnitChanged, detail)
        })
    });
    differences.collect()
}

/// The drop-ins of confinix for units that the bundle does not have.
fn drop_ins(compared: &Compared) -> Vec<Difference> {
    let mut found = BTreeMap::new();
    for directory in compared.unit_path {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".d"));
            let Some(name) = name.and_then(|name| UnitName::parse(name).ok()) else {
                continue;
            };
            let path = entry.path().join(DROP_IN_NAME);
            if !compared.bundle.services.contains_key(&name) && path.exists() {
                found.entry(name).or_insert(path);
            }
        }
    }
    let told = found.into_iter().map(|(name, path)| {
        let detail = format!(
            "{} is installed, and the bundle has no {name}",
            path.display()
        );
        Difference::new(Kind::DropInLeftOver, detail)
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::bundle::Digest;

    #[test]
    fn units_of_views_are_those_of_the_bundle() -> Result<()> {
        let dir = tempfile::tempdir()?;
        for name in ["same.mount", "edited.mount"] {
            fs::write(dir.path().join(name), name)?;
        }
        fs::create_dir(dir.path().join("unreadable.mount"))?;
        let planned = |name: &str, content: &str| BundleFile {
            path: format!("{IN_BUNDLE}{name}"),
            sha256: Digest::of(content.as_bytes()),
        };
        let files = [
            planned("same.mount", "same.mount"),
            planned("edited.mount", "as planned"),
            planned("missing.mount", ""),
            planned("unreadable.mount", ""),
        ];
        let mut unseen = BTreeSet::new();
        let found = view_units(files.iter(), &[dir.path().to_owned()], &mut unseen);
        let kinds: Vec<_> = found.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [Kind::ViewUnitChanged, Kind::ViewUnitMissing]);
        let unseen = unseen.into_iter().collect::<Vec<_>>().join("\n");
        assert!(
            unseen.contains("unreadable.mount") && unseen.lines().count() == 1,
            "{unseen}"
        );
        Ok(())
    }

    #[test]
    fn views_are_needed_or_left_over() {
        let host = MountTable::parse(
            b"1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:1 / /run/confinix/view/aa ro - overlay overlay ro\n",
        );
        let kinds = |image, is_needed, link: &str| {
            let found = views(&host, image, is_needed, Some(Path::new(link)));
            found.iter().map(|one| one.kind).collect::<Vec<_>>()
        };
        let current = "/run/confinix/view/aa/view";
        assert_eq!(kinds(Some("aa"), true, current), []);
        assert_eq!(kinds(Some("aa"), true, "/x"), [Kind::ViewMissing]);
        assert_eq!(kinds(Some("aa"), false, current), [Kind::ViewLeftOver]);
        assert_eq!(kinds(None, false, current), [Kind::ViewLeftOver]);
        let own = MountTable::parse(
            b"1 0 8:1 / / rw - ext4 /dev/a rw\n\
              2 1 0:1 / /run/confinix/view/aa ro - overlay overlay ro\n\
              3 1 0:2 / /run/confinix/view/aa.01 ro - overlay overlay ro\n",
        );
        let found = views(&own, Some("aa"), true, Some(Path::new(current)));
        assert_eq!(found, []);
        assert_eq!(
            kinds(Some("bb"), true, current),
            [Kind::ViewLeftOver, Kind::ViewMissing]
        );
    }
}
