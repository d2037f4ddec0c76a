//! Package URLs of store paths.

use anyhow::Result;
use packageurl::PackageUrl;

use crate::store::{Package, StorePath};

/// The package URL of a store path: `pkg:nix/openssl@3.0.13?hash=…&output=bin`.
///
/// The specification of package URLs has no type for Nix. This is the form that Syft makes of a store, and without qualifiers that
/// of sbomnix; other tools can so match components by name and version.
pub fn purl(path: &StorePath) -> Result<String> {
    let package = Package::parse(path.name());
    let mut url = PackageUrl::new("nix", package.name)?;
    if !package.version.is_empty() {
        url.with_version(package.version)?;
    }
    url.add_qualifier("hash", path.hash())?;
    if !package.output.is_empty() {
        url.add_qualifier("output", package.output)?;
    }
    Ok(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_name_version_hash_and_output() -> Result<()> {
        let hash = "0c0dfghijklmnpqrsvwxyz0123456789";
        for (name, url) in [
            (
                "openssl-3.0.13-bin",
                format!("pkg:nix/openssl@3.0.13?hash={hash}&output=bin"),
            ),
            ("site", format!("pkg:nix/site?hash={hash}")),
            (
                "gtk+-3.24?x=1",
                format!("pkg:nix/gtk%2B@3.24%3Fx%3D1?hash={hash}"),
            ),
        ] {
            let path = StorePath::parse(&format!("/nix/store/{hash}-{name}"))?;
            let made = purl(&path)?;
            assert_eq!(made, url);
            let read: PackageUrl = made.parse()?;
            assert_eq!(read.name(), Package::parse(name).name);
        }
        Ok(())
    }
}
