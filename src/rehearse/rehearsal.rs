//! The rehearsal of the services of a bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;

use super::calls::RecordedCalls;
use super::candidates::Candidate;
use super::case::Found;
use super::choice::{tracer, why_untraced};
use super::first::{First, Pair};
use super::improve::{Search, merged};
use super::instances::Instances;
use super::record::HoldsFor;
use super::round::Stage;
use super::trial::Script;
use super::trials::Trials;
use crate::change::{Changes, Site};
use crate::config::ProgramTable;
use crate::observe::{Failures, Observation};
use crate::progress::Progress;
use crate::service::{Selection, UnitName};
use crate::source::{Request, Whole};

/// Which services are run under strace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracing {
    /// Those that behave differently, if it is installed.
    Auto,
    /// All that can be compared: it is an error if it is not installed.
    Always,
    /// Never.
    Never,
}

/// How services are rehearsed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where, and what is done with each.
    pub stage: Stage,
    /// What the user selected: of a template, the instances to try.
    pub selection: Selection,
    /// Whether strace is used.
    pub tracing: Tracing,
    /// Whether changes are searched for.
    pub searches: bool,
    /// Whether changes are confirmed as options of `confinix.toml` where they can be such.
    pub is_for_config: bool,
}

/// What came of a rehearsal.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// Where its services are configured.
    pub site: Site,
    /// Each service, with what came of it.
    pub services: BTreeMap<UnitName, Rehearsed>,
    /// Why something could not be recorded, each a sentence.
    pub unrecorded: Vec<String>,
}

/// A service that was rehearsed.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// What came of it.
    pub verdict: Verdict,
    /// Without confinement.
    pub control: Trials,
    /// With confinement, and with the changes if there are some; `None` if the control did not start.
    pub confined: Option<Trials>,
    /// The closure and the drop-in with which it was started.
    pub holds_for: Option<HoldsFor>,
    /// What it touched in the store without confinement, compared with the closure with which it was started at last.
    pub observation: Option<Observation>,
    /// What strace saw of it as it is configured, or why it was not traced.
    pub calls: Result<RecordedCalls, &'static str>,
}

impl Rehearsed {
    /// What its changes give up, without repetitions.
    pub fn gives_up(&self) -> Vec<&'static str> {
        let Verdict::StartsWith(candidates) = &self.verdict else {
            return Vec::new();
        };
        let all: BTreeSet<_> = candidates
            .iter()
            .filter_map(|candidate| candidate.gives_up)
            .collect();
        all.into_iter().collect()
    }
}

/// What came of the rehearsal of a service.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It behaves as it does without confinement.
    Starts,
    /// It does with these changes, none of which can be left out.
    StartsWith(Vec<Candidate>),
    /// It behaves differently.
    Fails {
        /// In these ways.
        differences: Vec<String>,
        /// The calls that failed in it and not in the control.
        failures: Failures,
    },
    /// Nothing can be said, for this reason: it does not work without confinement either.
    NotComparable(String),
}

impl Rehearsal {
    /// The changes that were found for a service, as they are written where it is configured.
    pub fn changes(&self, name: &UnitName) -> Option<Changes> {
        let Verdict::StartsWith(candidates) = &self.services.get(name)?.verdict else {
            return None;
        };
        Some(Changes {
            service: name.clone(),
            site: self.site.clone(),
            about: "rehearsed".to_owned(),
            list: merged(candidates),
        })
    }
}

/// Rehearses services together, all of them or only these. `request` is the one that made `whole`.
pub(super) fn rehearse_together(
    request: &Request,
    whole: &Whole,
    only: Option<&BTreeSet<UnitName>>,
    options: &Options,
    programs: &ProgramTable,
    progress: &Progress,
) -> Result<Rehearsal> {
    let mut options = options.clone();
    let instances = Instances::of(whole, &options.selection)?;
    options.stage.script.instances = instances;
    let (options, stage) = (&options, &options.stage);
    let (tracer, untraced) = tracer(options)?;
    let mut first = First::play(stage, whole, only, progress)?;
    let obstacle = first.obstacle.take();
    let different = first.different();
    let search = Search {
        request,
        whole,
        options,
        stage: Stage {
            script: brief(&options.stage.script, &different),
            keep: None,
            ..options.stage.clone()
        },
        systemd: first.systemd,
        progress,
        programs,
        tracer,
    };
    let traced: BTreeSet<&UnitName> = match options.tracing {
        Tracing::Always => first.confined.keys().collect(),
        Tracing::Auto if options.searches => different.keys().collect(),
        Tracing::Auto | Tracing::Never => BTreeSet::new(),
    };
    let seen = match &search.tracer {
        Some(tracer) => search.look(tracer, &traced)?,
        None => BTreeMap::new(),
    };
    let mut found = if options.searches && !different.is_empty() {
        search.run(&different, &seen)?
    } else {
        BTreeMap::new()
    };
    for (name, seen) in &seen {
        if let Some(confined) = first.confined.get(name) {
            found.entry(name.clone()).or_insert_with(|| Found {
                last: confined.clone(),
                failures: seen.failures.clone(),
                ..Found::default()
            });
        }
    }
    let calls = |name: &UnitName| match (seen.get(name), whole.services.services.get(name)) {
        (Some(seen), Some(service)) => Ok(RecordedCalls::of(seen, name, service, stage.tree())),
        _ => Err(why_untraced(options, untraced.is_some())),
    };
    let services = judged(whole, &stage.script.instances, first, found, &calls);
    let unviewed = obstacle.map(|reason| format!("what services touch was not recorded: {reason}"));
    Ok(Rehearsal {
        site: Site {
            source: whole.services.source,
            manager: whole.services.manager,
            store: whole.services.store_dir.clone(),
        },
        services,
        unrecorded: untraced.into_iter().chain(unviewed).collect(),
    })
}

/// The same script, but each service is watched only as long as it took to tell that it behaves differently, and a little more.
fn brief(script: &Script, different: &BTreeMap<UnitName, Pair>) -> Script {
    let enough = different.iter().map(|(name, pair)| {
        let enough = pair.confined.watched().mul_f32(1.5) + Duration::from_secs(2);
        (name.clone(), enough)
    });
    Script {
        enough: enough.collect(),
        ..script.clone()
    }
}

/// What came of services, of which those that were searched for are in `found`.
fn judged(
    whole: &Whole,
    instances: &Instances,
    first: First,
    mut found: BTreeMap<UnitName, Found>,
    calls: &dyn Fn(&UnitName) -> Result<RecordedCalls, &'static str>,
) -> BTreeMap<UnitName, Rehearsed> {
    let bundle = &whole.planned.bundle;
    let First {
        controls,
        mut confined,
        mut touched,
        ..
    } = first;
    let judge = |(name, control): (UnitName, Trials)| {
        let Some(first) = confined.remove(&name) else {
            let rehearsed = Rehearsed {
                verdict: Verdict::NotComparable(instances.why_not(&name, &control)),
                control,
                confined: None,
                holds_for: None,
                observation: None,
                calls: Err("it does not work without confinement"),
            };
            return (name, rehearsed);
        };
        let found = found.remove(&name).unwrap_or_else(|| Found {
            last: first,
            ..Found::default()
        });
        let differences = found.last.differences(&control);
        let verdict = match found.changes {
            Some(changes) if !changes.is_empty() => Verdict::StartsWith(changes),
            _ if differences.is_empty() => Verdict::Starts,
            _ => Verdict::Fails {
                differences,
                failures: found.failures,
            },
        };
        let planned = bundle.services.get(&name);
        let closure = found.closure.as_deref().or_else(|| {
            let closure = bundle.closures.get(&planned?.closure);
            closure.map(|closure| &*closure.paths)
        });
        let observation = touched
            .remove(&name)
            .zip(closure)
            .map(|(touched, closure)| Observation::of(&touched, closure));
        let rehearsed = Rehearsed {
            verdict,
            control,
            confined: Some(found.last),
            holds_for: found.holds_for.or_else(|| planned.map(HoldsFor::of)),
            observation,
            calls: calls(&name),
        };
        (name, rehearsed)
    };
    controls.into_iter().map(judge).collect()
}
