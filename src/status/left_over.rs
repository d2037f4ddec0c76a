//! What is on the host besides services: views, and drop-ins of units that the bundle does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::{Compared, Difference, Kind, Service};
use crate::bundle::Digest;
use crate::document::{self, Kind as DocumentKind};
use crate::root::MountTable;
use crate::service::UnitName;
use crate::systemd::DROP_IN_NAME;

/// Where the host has the views of an image.
const VIEWS: &str = "/run/confinix/view";
/// Where a bundle has its units.
const IN_BUNDLE: &str = "lib/systemd/system/";
/// The link to the current views.
const CURRENT: &str = "/run/confinix/views";

/// What differs besides services.
pub fn differences(compared: &Compared, services: &BTreeMap<UnitName, Service>) -> Vec<Difference> {
    let is_needed = services.values().any(|service| service.sees_view);
    let image = compared
        .bundle
        .view
        .as_ref()
        .map(|view| view.image.as_str());
    let link = fs::read_link(CURRENT).ok();
    let mut differences = views(compared.host, image, is_needed, link.as_deref());
    differences.extend(view_units(compared));
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
fn view_units(compared: &Compared) -> Vec<Difference> {
    let files = compared.bundle.view.iter().flat_map(|view| &view.files);
    let files: Vec<_> = files.collect();
    let differences = files.par_iter().filter_map(|planned| {
        let name = planned.path.strip_prefix(IN_BUNDLE)?;
        let places = compared.unit_path.iter().map(|dir| dir.join(name));
        let Some(found) = places.into_iter().find(|place| place.exists()) else {
            let detail = format!("no directory of units has {name}, which views need");
            return Some(Difference::new(Kind::ViewUnitMissing, detail));
        };
        let content = document::read(&found, DocumentKind::BundleFile).ok()?;
        (Digest::of(&content) != planned.sha256).then(|| {
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
    use super::*;

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
