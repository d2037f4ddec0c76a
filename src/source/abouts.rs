//! What the packages of hosts say about themselves.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Fleet, Request};
use crate::interrupt;
use crate::nix::{self, Abouts, Budget, Evaluators, side_by_side};
use crate::progress::Progress;
use crate::store::StorePath;
use crate::text::count;

/// The request that made a host, with the store paths to ask it about.
type Question<'h> = (&'h Request, Vec<&'h StorePath>);

impl Fleet {
    /// What the packages of the hosts' store paths say about themselves. A bundle that exists does not tell. A store path that several hosts
    /// have is asked about once, of the first. What can't be evaluated is missing in the result, with a warning.
    pub fn abouts(&self, progress: &Progress) -> Result<Abouts> {
        let mut asked = BTreeSet::new();
        let evaluated = self.hosts.iter().filter_map(|loaded| {
            let request = loaded.made_by.as_deref()?;
            (!request.source.is_recorded()).then_some((request, &loaded.bundle))
        });
        let questions = evaluated.map(|(request, bundle)| {
            let paths = bundle.paths.keys();
            let new: Vec<_> = paths.filter(|path| asked.insert(*path)).collect();
            (request, new)
        });
        let questions: Vec<Question> = questions.filter(|(_, paths)| !paths.is_empty()).collect();
        let Some((Request { hosts, .. }, _)) = questions.first() else {
            return Ok(Abouts::new());
        };
        let budget = Budget::new(hosts.workers, hosts.memory);
        let all = count(questions.len(), "host");
        progress.step(&format!("evaluating the packages of {all}"));
        let ask = |(request, paths): &Question, evaluators: &Evaluators| {
            let nix = request.nix(progress).beside(evaluators);
            nix::about(&nix, &request.evaluation()?, paths.iter().copied())
        };
        let told = |done: usize, _: usize, _: &Result<Abouts>| {
            progress.step(&format!("evaluated the packages of {done} of {all}"));
        };
        let mut abouts = Abouts::new();
        for answer in side_by_side(&questions, budget, ask, told) {
            match answer {
                Ok(about) => abouts.extend(about),
                Err(error) => {
                    interrupt::check()?;
                    progress.warn(&format!(
                        "warning: licences and sources are missing in the result: {error:#}"
                    ));
                }
            }
        }
        Ok(abouts)
    }
}
