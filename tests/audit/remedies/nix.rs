//! Services from Nix: the real Nix evaluates the remedies.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Result;
use tempfile::TempDir;

use super::{Found, Place, Remedy, every_remedy_works};
use crate::common::{OFFLINE, confinix, fixture, nix, scratch};

/// A directory with the services of ./services.nix.
struct Nix(TempDir);

impl Nix {
    fn new() -> Result<Self> {
        let dir = scratch()?;
        for file in ["pkgs.nix", "services.nix", "pasted.nix"] {
            fs::copy(
                fixture("tests/audit/remedies").join(file),
                dir.path().join(file),
            )?;
        }
        Ok(Self(dir))
    }
}

impl Place for Nix {
    fn look(&self, pasted: &BTreeSet<Remedy>) -> Result<Found> {
        let mut definitions = String::new();
        let mut edit = String::new();
        for Remedy { what, paste } in pasted {
            if what.ends_with("in the NixOS configuration") {
                definitions.extend(["{ ", paste, " }\n"]);
            } else if what.contains("in the script") {
                edit.push_str(paste);
            } else {
                anyhow::bail!("where does this belong? {what}: {paste}");
            }
        }
        let file = |name: &str| self.0.path().join(name);
        fs::write(
            file("definitions.nix"),
            format!("{{ pkgs, lib }}: [\n{definitions}]\n"),
        )?;
        fs::write(
            file("all.nix"),
            format!(
                "let pkgs = import ./pkgs.nix; in import ./pasted.nix {{ paste = {}; pasted = ./definitions.nix; edit = ''{edit}''; }}",
                fixture("tests/common/paste.nix").display()
            ),
        )?;
        let ran = confinix(["check", "--no-policy", "--format", "json", "-f"])
            .arg(file("all.nix"))
            .args(["--strategy", "bind"])
            .args(OFFLINE)
            .run()?;
        Found::read(&ran.stdout).map_err(|error| error.context(ran.stderr))
    }

    fn services(&self) -> Result<Vec<String>> {
        let ran = nix([
            "eval",
            "--json",
            "--apply",
            "all: builtins.attrNames all.services",
            "-f",
        ])
        .arg(self.0.path().join("all.nix"))
        .succeeds()?;
        Ok(serde_json::from_str(&ran.stdout)?)
    }
}

#[test]
fn every_remedy_for_services_of_nix_works() -> Result<()> {
    every_remedy_works(
        &Nix::new()?,
        &["makes-tmp-privileged"],
        &["script-usr-bin-env"],
    )
}
