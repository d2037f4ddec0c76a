//! The first round: each service without confinement, as the control, and with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;

use super::files::UnitFiles;
use super::round::{Played, Recorder, Stage, side_by_side};
use super::trials::Trials;
use crate::observe::Touched;
use crate::progress::Progress;
use crate::service::{Service, UnitName};
use crate::source::Whole;

/// What came of the first round.
pub struct First {
    /// Each service without confinement.
    pub controls: BTreeMap<UnitName, Trials>,
    /// Those of them that work without confinement, with it.
    pub confined: BTreeMap<UnitName, Trials>,
    /// What they touched in the store without confinement.
    pub touched: BTreeMap<UnitName, Touched>,
    /// Why that was not recorded, if so.
    pub obstacle: Option<String>,
    /// The version of the guests' systemd; 0 if it is not known.
    pub systemd: u32,
}

/// A service that behaves differently with confinement.
pub struct Pair {
    /// How it behaves without.
    pub control: Trials,
    /// How it behaves with it.
    pub confined: Trials,
    /// What it touched in the store without confinement, if that was recorded.
    pub touched: Option<Touched>,
}

impl First {
    /// The services that behave differently with confinement.
    pub fn different(&self) -> BTreeMap<UnitName, Pair> {
        let pairs = self.confined.iter().map(|(name, confined)| {
            let pair = Pair {
                control: self.controls[name].clone(),
                confined: confined.clone(),
                touched: self.touched.get(name).cloned(),
            };
            (name.clone(), pair)
        });
        pairs.filter(|(_, pair)| pair.differs()).collect()
    }

    /// Plays the first round with all services, or only with these. The others exist in it, as what they may have to start.
    pub fn play(
        stage: &Stage,
        whole: &Whole,
        only: Option<&BTreeSet<UnitName>>,
        progress: &Progress,
    ) -> Result<Self> {
        let known = &whole.services.services;
        let is_wanted = |name| only.is_none_or(|only| only.contains(name));
        let all = known.iter().filter(|(name, _)| is_wanted(name));
        let all: BTreeMap<&UnitName, &Service> = all.collect();
        let done = AtomicUsize::new(0);
        let tell = |_| {
            let done = done.fetch_add(1, Ordering::SeqCst) + 1;
            let count = all.len() * 2;
            progress.step(&format!("with and without confinement: {done} of {count}"));
        };
        progress.step("booting guests");
        let instances = &stage.script.instances;
        let units = || UnitFiles::new(known.iter(), whole, instances);
        let (free, bound) = (units()?, units()?);
        free.view(all.keys().copied(), &stage.store)?;
        bound.confine(&whole.planned)?;
        let play = |(files, recorder, name): &(&UnitFiles, _, _)| {
            let stage = Stage {
                keep: stage.keep.as_ref().map(|directory| directory.join(name)),
                ..stage.clone()
            };
            stage.play(files, &all, *recorder, &tell)
        };
        let both = [
            (&free, Recorder::Views, "control"),
            (&bound, Recorder::Nothing, "confined"),
        ];
        let mut both = side_by_side(&both, play)?.into_iter();
        let (mut control, bound) = (
            both.next().unwrap_or_default(),
            both.next().unwrap_or_default(),
        );
        if !control.touched.is_empty() {
            again(stage, &units()?, &all, &mut control, progress)?;
        }
        let mut confined = bound.trials;
        // What does not work without confinement can't be judged.
        confined.retain(|name, _| {
            let control = control.trials.get(name);
            control.is_some_and(Trials::is_good) && !instances.needs_connection(name)
        });
        Ok(Self {
            controls: control.trials,
            confined,
            touched: control.touched,
            obstacle: control.obstacle,
            systemd: control.systemd,
        })
    }
}

impl Pair {
    fn differs(&self) -> bool {
        !self.confined.differences(&self.control).is_empty()
    }
}

/// A view gives a service a mount namespace of its own, so what does not work with one is tried without.
fn again(
    stage: &Stage,
    units: &UnitFiles,
    all: &BTreeMap<&UnitName, &Service>,
    control: &mut Played,
    progress: &Progress,
) -> Result<()> {
    let mut doubtful = all.clone();
    doubtful.retain(|name, _| {
        let trials = control.trials.get(*name);
        trials.is_some_and(|trials| !trials.is_good() && !trials.exceeds())
    });
    if doubtful.is_empty() {
        return Ok(());
    }
    let count = doubtful.len();
    let tell = |done| progress.step(&format!("without a view of the store: {done} of {count}"));
    let stage = Stage {
        keep: None,
        ..stage.clone()
    };
    let played = stage.play(units, &doubtful, Recorder::Nothing, &tell)?;
    for (name, trials) in played.trials {
        control.touched.remove(&name);
        control.trials.insert(name, trials);
    }
    Ok(())
}
