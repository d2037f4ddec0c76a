//! Tells the units that make views from those of services.

/// Whether a file in a directory of units, or what it is a drop-in for, is one of those that make views. No service has such a name.
pub fn is_of_views(name: &str) -> bool {
    let of_kind = [".mount", ".erofs", ".paths"];
    of_kind.iter().any(|kind| name.ends_with(kind))
        || name.starts_with("confinix-view@")
        || [
            "confinix-place@.service",
            "confinix-view.service",
            "confinix-view.target",
        ]
        .contains(&name)
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::super::ViewUnits;
    use super::*;
    use crate::service::UnitName;
    use crate::store::StoreDir;

    #[test]
    fn all_units_of_views_are_known_as_such() -> Result<()> {
        let (dir, name) = (
            StoreDir::parse("/nix/store")?,
            UnitName::parse("a.service")?,
        );
        let own = [&name];
        let units = ViewUnits::new("0123456789abcdef", &dir, &own)?;
        let texts = units.texts().into_iter().map(|(path, _)| path);
        for path in texts.chain([units.image(), units.list()]) {
            let file = path.strip_prefix("lib/systemd/system/").unwrap_or(&path);
            let unit = file.split(".d/").next().unwrap_or(file);
            assert!(is_of_views(unit), "{path}");
        }
        Ok(())
    }
}
