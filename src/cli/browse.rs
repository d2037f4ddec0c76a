//! `confinix browse`

mod screen;

use std::io::{IsTerminal, stdin, stdout};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use self::screen::{News, Screen};
use super::audit::targets;
use super::fleet::FleetArgs;
use super::measure::{Measure, MeasureArgs};
use super::source::SourceOptions;
use super::style::style;
use super::{Outcome, Usage};
use crate::audit::{Baseline, Report};
use crate::browse::{Answer, Browser, Data, Flow, Host};
use crate::interrupt;
use crate::progress::{self, Progress};
use crate::source::Loaded;
use crate::surface::Surfaces;

/// Browse services on a terminal: closures, why each store path is in them, what they contain, and findings
///
/// The services are shown at once; findings and counts of programs follow when the files of the closures are read. The findings are
/// those of `confinix audit`, except for exposure levels. Press ? for the keys.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix browse confinix-bundle
  confinix browse .#nixosConfigurations.web
  confinix browse -f services.nix
  confinix browse .#nixosConfigurations              every host
Without a terminal: `confinix show`, `why` and `audit` print the same, and `confinix report` writes a page.")]
pub struct Browse {
    /// Bundles, directories of bundles, or anything that `confinix bundle` takes [default: the flake in this directory]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    measure: MeasureArgs,
    #[command(flatten, next_help_heading = "Hosts of a fleet")]
    fleet: FleetArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

/// How long a key is waited for before other news are looked at.
const TICK: Duration = Duration::from_millis(100);

impl Browse {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        refuse_without_terminal()?;
        let measure = self.measure.read()?;
        let baseline = self.measure.read_baseline()?;
        let source = self.source.with_config(self.measure.named_config(&measure));
        let loaded = targets(&self.targets, &source, &self.fleet, progress)?;
        let name = match loaded.hosts.as_slice() {
            [only] => only.name.clone(),
            hosts => format!("{} hosts", hosts.len()),
        };
        // The threads that read files are not waited for at the end, so what they read lives as long as the process.
        let hosts: &'static [Loaded] = Box::leak(loaded.hosts.into_boxed_slice());
        let shown = hosts
            .iter()
            .map(|host| Host::new(host.host.as_ref(), &host.bundle))
            .collect::<Result<_>>()?;
        progress.step("opening the browser");
        let mut browser = Browser::new(Data::new(name, shown), style().is_coloured);
        progress.done();
        browse(&mut browser, Learning::start(hosts, measure, baseline))?;
        Ok(self.fleet.outcome(&loaded.failed, Outcome::Yes))
    }
}

/// Fails if there is no terminal to read keys from and to draw on.
fn refuse_without_terminal() -> Result<()> {
    if !stdin().is_terminal() || !stdout().is_terminal() || progress::is_dumb() {
        bail!(Usage(
            "browse needs a terminal that can move the cursor: use `confinix show`, `confinix why` and `confinix audit`, or write a page \
             with `confinix report`"
                .into()
        ));
    }
    Ok(())
}

/// What is found out in the background.
struct Learning {
    findings: Option<Receiver<Result<Report>>>,
    surfaces: Option<Receiver<Result<Vec<Surfaces<'static>>>>>,
}

impl Learning {
    fn start(hosts: &'static [Loaded], measure: Measure, baseline: Option<Baseline>) -> Self {
        Self {
            findings: Some(in_background(move || {
                measure.audit_without_exposure(hosts, baseline.as_ref())
            })),
            surfaces: Some(in_background(move || {
                let looked = hosts
                    .iter()
                    .map(|host| Surfaces::look(&host.bundle, &*host.files));
                looked.collect()
            })),
        }
    }
}

/// Starts a thread for work, and returns where its result arrives.
fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Receiver<Result<T>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        // If the browser has ended, nobody asks.
        let _ = sender.send(work());
    });
    receiver
}

/// The answer that has just arrived; `None` if there is nothing new. Each comes once.
fn arrived<T>(awaited: &mut Option<Receiver<Result<T>>>) -> Option<Answer<T>> {
    let answer = match awaited.as_ref()?.try_recv() {
        Ok(Ok(answer)) => Answer::Known(answer),
        Ok(Err(error)) => Answer::Failed(format!("{error:#}")),
        Err(TryRecvError::Empty) => return None,
        Err(TryRecvError::Disconnected) => {
            Answer::Failed("a bug in confinix ended the search".to_owned())
        }
    };
    *awaited = None;
    Some(answer)
}

/// Shows the browser until it ends.
fn browse(browser: &mut Browser<'static>, mut learning: Learning) -> Result<()> {
    // A signal must not end the process before the terminal is as it was.
    let _hold = interrupt::hold();
    let mut screen = Screen::open()?;
    let mut is_changed = true;
    loop {
        interrupt::check()?;
        if let Some(findings) = arrived(&mut learning.findings) {
            browser.learn_findings(findings);
            is_changed = true;
        }
        if let Some(surfaces) = arrived(&mut learning.surfaces) {
            browser.learn_surfaces(surfaces);
            is_changed = true;
        }
        if is_changed {
            screen.draw(browser)?;
        }
        let news = screen.wait(TICK)?;
        is_changed = !matches!(news, News::None);
        let News::Key(key) = news else {
            continue;
        };
        match browser.press(key) {
            Flow::Stay => {}
            Flow::Suspend => screen.suspend()?,
            Flow::Quit => return Ok(()),
        }
    }
}
