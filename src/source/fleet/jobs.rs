//! Evaluates hosts with nix-eval-jobs where it is installed.

use std::collections::BTreeMap;

use anyhow::Result;

use super::super::{Request, Source};
use crate::interrupt;
use crate::nix::{self, Budget, Evaluated, Evaluators, watched};
use crate::progress::Progress;
use crate::text::count;

impl Request {
    /// The answers of nix-eval-jobs, in the order of `tasks`. Whatever it did not answer is `None`, for nix to evaluate: errors are then
    /// the same with and without it.
    pub(super) fn answers_of_jobs(
        &self,
        tasks: &[&Self],
        budget: Budget,
        progress: &Progress,
    ) -> Result<Vec<Option<Evaluated>>> {
        let mut answers: Vec<_> = tasks.iter().map(|_| None).collect();
        let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, request) in tasks.iter().enumerate() {
            let value = match &request.source {
                Source::File { file, attribute } => (Some(file), attribute),
                Source::Flake { reference, .. } => (None, reference),
                _ => continue,
            };
            if request.host.is_some() {
                groups.entry(value).or_default().push(index);
            }
        }
        for group in groups.into_values().filter(|group| group.len() > 1) {
            let of = tasks[group[0]];
            let evaluation = nix::Evaluation {
                bundles: of.takes_bundles(),
                ..of.evaluation()?
            };
            let evaluators = Evaluators::new(budget);
            let nix = of.nix(progress).beside(&evaluators);
            if !nix::is_fit_for_jobs(&nix, &evaluation) {
                continue;
            }
            let hosts = group.iter().filter_map(|index| tasks[*index].host.as_ref());
            let hosts: Vec<_> = hosts.collect();
            let all = count(hosts.len(), "host");
            let mut done = 0;
            let found = |place: usize, answer| {
                if let Some(index) = group.get(place) {
                    answers[*index] = Some(answer);
                    done += 1;
                    progress.step(&format!("evaluated {done} of {all}"));
                }
            };
            let run =
                || nix::evaluate_hosts(&nix, &evaluation, &self.selection, &hosts, budget, found);
            if let Err(error) = watched(&evaluators, run) {
                interrupt::check()?;
                progress.detail(&format!("nix-eval-jobs failed: {error:#}"));
            }
        }
        Ok(answers)
    }
}
