//! `confinix demo`

use std::fs;

use anyhow::{Context, Error, Result, anyhow};
use clap::Args;

use super::{Outcome, say};
use crate::bundle::write;
use crate::document::Workshop;
use crate::output::human;
use crate::progress::Progress;
use crate::service::{Choice, Strategy};
use crate::source::{Request, Source};
use crate::text::{Text, shell_word, text};
use crate::{interrupt, nix};

const DEMO_NIX: &str = include_str!("../../fixtures/demo/demo.nix");
const RECORDED_SERVICES: &str = include_str!("../../fixtures/demo/services.json");
const RECORDED_GRAPH: &str = include_str!("../../fixtures/demo/graph.json");

/// Make a bundle of a small example that comes with confinix, and show the result
///
/// The demo leaves only a few text files in the Nix store, which the next garbage collection removes. If nix is missing or does
/// not work, the demo uses a recording of the example.
#[derive(Args)]
#[command(after_help = "\
Example:
  confinix demo -v                      the same, with every step")]
pub struct Demo {}

impl Demo {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let workshop = Workshop::temporary()?;
        let place = workshop.new_path();
        fs::create_dir(&place).with_context(|| format!("cannot make {}", place.display()))?;
        let file = |name: &str, content: &str| {
            let path = place.join(name);
            fs::write(&path, content)
                .with_context(|| format!("cannot write {}", path.display()))?;
            Ok::<_, anyhow::Error>(path)
        };
        let demo = file("demo.nix", DEMO_NIX)?;
        let evaluated = if nix::is_installed() {
            request(Source::File {
                file: demo,
                attribute: None,
            })
            .make(progress)
        } else {
            Err(anyhow!("nix is not on PATH"))
        };
        let (planned, origin) = match evaluated {
            Ok(planned) => (planned, "evaluated with Nix on this machine".to_owned()),
            Err(error) => {
                interrupt::check()?;
                let services = file("services.json", RECORDED_SERVICES)?;
                let graph = file("graph.json", RECORDED_GRAPH)?;
                (
                    Request {
                        graph: Some(graph),
                        ..request(Source::Recording(services))
                    }
                    .make(progress)?,
                    format!("read from a recording, because {}", cause(&error, progress)),
                )
            }
        };
        write(&planned, &place.join("bundle"))?;
        progress.done();
        let shown = planned
            .bundle
            .services
            .keys()
            .next()
            .context("the example has no service")?;
        let drop_in = &planned.bundle.services[shown].drop_in.path;
        say(text!(
            "The example, {}:\n\n{}\n\
             $ confinix bundle -f demo.nix -o bundle --strategy bind\nbundle: {}\n\n\
             $ confinix show bundle\n{}\n\
             $ confinix show bundle {}\n{}\n\
             $ cat bundle/{}\n{}\n\
             The bundle of this demo has been removed. Next: `confinix bundle -f services.nix`, then `confinix show confinix-bundle`.\n",
            origin,
            Text::own(DEMO_NIX),
            human::summary(&planned.bundle),
            human::overview(&planned.bundle),
            shell_word(shown.stem()),
            human::service(&planned.bundle, shown),
            drop_in,
            Text::lines(&String::from_utf8_lossy(&planned.files[drop_in])),
        ))?;
        Ok(Outcome::Yes)
    }
}

/// Makes a request with a strategy that is the same on every machine.
fn request(source: Source) -> Request {
    Request {
        source,
        strategy: Choice::Only(Strategy::Bind),
        ..Request::default()
    }
}

/// Describes briefly why the demo uses a recording. The full error goes to standard error.
fn cause(error: &Error, progress: &Progress) -> String {
    if error.chain().nth(1).is_none() {
        return error.to_string();
    }
    progress.warn(&format!("confinix: {error:#}"));
    "nix does not work here".to_owned()
}
