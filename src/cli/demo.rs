//! `confinix demo`

use std::fs;

use anyhow::{Context, Result};
use clap::Args;

use super::source::SourceArgs;
use super::{Outcome, print};
use crate::bundle::write;
use crate::document::Workshop;
use crate::nix;
use crate::output::human;
use crate::progress::Progress;

const DEMO_NIX: &str = include_str!("../../fixtures/demo/demo.nix");
const RECORDED_SERVICES: &str = include_str!("../../fixtures/demo/services.json");
const RECORDED_GRAPH: &str = include_str!("../../fixtures/demo/graph.json");

/// Run the main job on a small example that comes with confinix, and show the result
///
/// Nothing is left behind but a few text files in the Nix store, which the next garbage collection takes.
/// Without nix, a recording of the same example is used.
#[derive(Args)]
#[command(after_help = "\
Example:
  confinix demo -v                      the same, and every step")]
pub struct Demo {}

impl Demo {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let workshop = Workshop::temporary()?;
        let place = workshop.new_path();
        fs::create_dir(&place).with_context(|| format!("could not make {}", place.display()))?;
        let file = |name: &str, content: &str| {
            let path = place.join(name);
            fs::write(&path, content)
                .with_context(|| format!("could not write {}", path.display()))?;
            Ok::<_, anyhow::Error>(path)
        };
        let demo = file("demo.nix", DEMO_NIX)?;
        let (source, origin) = if nix::is_installed() {
            (
                SourceArgs::of_file(&demo),
                "evaluated and looked up with nix on this machine",
            )
        } else {
            let services = file("services.json", RECORDED_SERVICES)?;
            let graph = file("graph.json", RECORDED_GRAPH)?;
            (
                SourceArgs::of_recording(&services, &graph),
                "read from a recording, since there is no nix on PATH",
            )
        };
        let planned = source.make(progress)?;
        write(&planned, &place.join("bundle"))?;
        progress.done();
        let shown = planned
            .bundle
            .services
            .keys()
            .next()
            .context("the example has no service")?;
        let drop_in = &planned.bundle.services[shown].drop_in.path;
        print(&format!(
            "The services of this example, {origin}:\n\n{DEMO_NIX}\n\
             $ confinix bundle -f demo.nix -o bundle\nbundle: {}\n\n\
             $ confinix show bundle\n{}\n\
             $ confinix show bundle {}\n{}\n\
             $ cat bundle/{drop_in}\n{}",
            human::summary(&planned.bundle),
            human::overview(&planned.bundle),
            shown.stem(),
            human::service(&planned.bundle, shown),
            String::from_utf8_lossy(&planned.files[drop_in]),
        ))?;
        Ok(Outcome::Yes)
    }
}
