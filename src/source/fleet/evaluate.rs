//! Evaluates the hosts of a fleet side by side.

use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};

use super::super::{Configuration, Request, Unclear};
use super::host_failed;
use super::members::{Found, Member, check_globs, name, sort};
use crate::confine::Machine;
use crate::interrupt;
use crate::nix::{Budget, Evaluated, Evaluators, side_by_side};
use crate::progress::Progress;
use crate::service::{Choice, ClosureRoots, HostGlob, HostName, Services, SourceString};
use crate::text::count;

/// A host before its store paths are looked up.
pub(super) enum Prepared {
    /// It is a bundle in this directory.
    Bundle(std::path::PathBuf),
    /// Its configuration makes a bundle, which has to be built.
    Own(Box<Request>, SourceString),
    /// Its services.
    Services(Box<Request>, Box<Services>, Box<ClosureRoots>),
}

/// A host with what its evaluation returned, and the request for it if it was evaluated.
type Answered = (Member<Answer>, Option<Box<Request>>);

/// What the evaluation of a target or of a host returns.
enum Answer {
    Prepared(Prepared),
    Hosts(Vec<String>),
}

impl Request {
    /// Evaluates all hosts of the targets.
    pub(super) fn prepare(
        &self,
        targets: &[Option<&str>],
        progress: &Progress,
    ) -> Result<Vec<Member<Prepared>>> {
        // It is read once, however many hosts there are.
        let configuration = match self.configuration.given()? {
            Some(config) => Configuration::Read(config),
            None => Configuration::Nearest,
        };
        let request = Self {
            configuration,
            ..self.clone()
        };
        let found = request.found(targets, progress)?;
        let is_only = found.len() == 1;
        let mut members: Vec<Member<Prepared>> = Vec::new();
        let mut hosts: Vec<Member<Found>> = Vec::new();
        for (member, of) in request.evaluate_all(found, progress)? {
            if let (Ok(Answer::Hosts(names)), Some(of)) = (&member.content, &of) {
                hosts.extend(names.iter().map(|name| host(&member, of, name)));
                continue;
            }
            members.push(member.map(|answer| match answer {
                Answer::Prepared(prepared) => Ok(prepared),
                Answer::Hosts(_) => bail!("it is a set of hosts"),
            }));
        }
        if members.is_empty() && hosts.is_empty() {
            bail!(Unclear("the set of hosts is empty: name another".into()));
        }
        if is_only && hosts.is_empty() && members.iter().all(|member| member.host.is_none()) {
            refuse_globs(&self.hosts.globs, &members)?;
            return Ok(members);
        }
        name(&mut members)?;
        let globs = &self.hosts.globs;
        let names = members
            .iter()
            .map(Member::called)
            .chain(hosts.iter().map(Member::called));
        check_globs(globs, &names.map(str::to_owned).collect())?;
        let is_selected =
            |name: &str| globs.is_empty() || globs.iter().any(|glob| glob.matches(name));
        members.retain(|member| is_selected(member.called()));
        hosts.retain(|member| is_selected(member.called()));
        for (member, _) in request.evaluate_all(hosts, progress)? {
            members.push(member.map(|answer| match answer {
                Answer::Prepared(prepared) => Ok(prepared),
                Answer::Hosts(_) => bail!("it is a set of hosts itself"),
            }));
        }
        sort(&mut members)?;
        Ok(members)
    }

    /// Evaluates what has to be. Returns the request of each too.
    fn evaluate_all(
        &self,
        found: Vec<Member<Found>>,
        progress: &Progress,
    ) -> Result<Vec<Answered>> {
        let tasks: Vec<_> = found
            .iter()
            .filter_map(|member| match &member.content {
                Ok(Found::Request(request, taken_for)) => Some((&**request, taken_for)),
                _ => None,
            })
            .collect();
        let all = count(tasks.len(), "host");
        let is_fleet = tasks.iter().any(|(request, _)| request.host.is_some());
        if is_fleet {
            progress.step(&format!("evaluating {all}"));
        }
        let budget = Budget::new(self.hosts.workers, self.hosts.memory);
        let requests: Vec<_> = tasks.iter().map(|(request, _)| *request).collect();
        let early = self.answers_of_jobs(&requests, budget, progress)?;
        let tasks = tasks.into_iter().zip(early.into_iter().map(Mutex::new));
        let tasks: Vec<_> = tasks.collect();
        let run = |task: &((&Self, &Option<String>), Mutex<Option<Evaluated>>),
                   evaluators: &Evaluators| {
            let ((request, taken_for), early) = task;
            let early = early.lock().unwrap_or_else(PoisonError::into_inner).take();
            let answer = request.answered(early, evaluators, progress);
            answer.map_err(|error| match taken_for {
                Some(taken_for) => error.context(taken_for.clone()),
                None => error,
            })
        };
        let done = |done: usize, task: usize, answer: &Result<Answer>| {
            if is_fleet {
                progress.step(&format!("evaluated {done} of {all}"));
            }
            if let (Some(host), Err(error)) = (&requests[task].host, answer) {
                host_failed(progress, host.as_str(), error);
            }
        };
        let mut answers = side_by_side(&tasks, budget, run, done).into_iter();
        interrupt::check()?;
        let answered = found.into_iter().map(|member| {
            let mut of = None;
            let member = member.map(|found| match found {
                Found::Bundle(dir) => Ok(Answer::Prepared(Prepared::Bundle(dir))),
                Found::Request(request, _) => {
                    of = Some(request);
                    answers
                        .next()
                        .unwrap_or_else(|| bail!("it was not evaluated"))
                }
            });
            (member, of)
        });
        Ok(answered.collect())
    }

    /// `early`: the answer of the evaluation, if it is already known.
    fn answered(
        &self,
        early: Option<Evaluated>,
        evaluators: &Evaluators,
        progress: &Progress,
    ) -> Result<Answer> {
        let nix = self.nix(progress).beside(evaluators);
        let mut services = if self.source.is_recorded() {
            self.taken(&nix)?
        } else {
            let answer = match early {
                Some(answer) => answer,
                None => self.answer(&nix, self.host.is_some() && self.takes_bundles())?,
            };
            match answer {
                Evaluated::Hosts(names) => return Ok(Answer::Hosts(names)),
                Evaluated::Bundle(text) => {
                    let own = Prepared::Own(Box::new(self.clone()), text);
                    return Ok(Answer::Prepared(own));
                }
                Evaluated::Services(services) => {
                    let mut services = *services;
                    self.complete(&mut services, self.configuration.given()?, &nix)?;
                    services
                }
            }
        };
        self.with_shipped_units(&mut services, &nix)?;
        let roots = ClosureRoots::of_all(&services)?;
        Ok(Answer::Prepared(Prepared::Services(
            Box::new(self.clone()),
            Box::new(services),
            Box::new(roots),
        )))
    }

    /// Whether the bundle that a configuration makes itself is what the request asks for.
    pub(super) fn takes_bundles(&self) -> bool {
        self.selection.is_empty()
            && !self.all
            && self.manager.is_system()
            && self.include.is_empty()
            && self.presets.is_empty()
            && self.hide.is_empty()
            && self.graph.is_none()
            && !self.no_build
            && self.nix.store.is_none()
            && self.nix.eval_store.is_none()
            && self.strategy == Choice::Auto
            && self.machine == Machine::default()
    }
}

/// A host of a set.
fn host(set: &Member<Answer>, of: &Request, name: &str) -> Member<Found> {
    let parsed = HostName::parse(name);
    Member {
        host: parsed.as_ref().ok().cloned(),
        name: if parsed.is_ok() {
            set.name.clone()
        } else {
            name.to_owned()
        },
        file: set.file.clone(),
        content: parsed.map(|host| {
            let request = Request {
                host: Some(host),
                ..of.clone()
            };
            Found::Request(Box::new(request), None)
        }),
    }
}

/// Refuses globs over hosts for what is no fleet.
fn refuse_globs<T>(globs: &[HostGlob], members: &[Member<T>]) -> Result<()> {
    if let (Some(glob), [member]) = (globs.first(), members) {
        bail!(Unclear(format!(
            "--hosts {} has no effect on {}, which is one host: drop it",
            glob.as_str(),
            member.name
        )));
    }
    Ok(())
}
