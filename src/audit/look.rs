//! Checks one service: collects what the rules draft, and removes what the policy excepts.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::exposure::Exposed;
use super::group::Group;
use super::options::Audit;
use super::rules::{Check, Rule, rules};
use super::subject::Subject;
use super::target::Target;
use crate::bundle::{Bundle, BundleService, Why};
use crate::code::{Code, Level};
use crate::config::{Exception, Place, ProgramTable};
use crate::finding::{Confined, Draft, Finding};
use crate::foresight::foresee;
use crate::inspect::Known;
use crate::rehearse::Evidence;
use crate::service::UnitName;
use crate::store::{Graph, Package, StorePath};
use crate::surface::Surfaces;

/// What is known about a target before its services are checked.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    /// The target.
    pub target: &'a Target<'a>,
    /// The graph of its paths.
    pub graph: &'a Graph,
    /// The paths that this machine lacks.
    pub absent: &'a BTreeSet<StorePath>,
    /// What is known about the files of its store.
    pub known: &'a Known,
    /// The files of its closures, if the policy limits them.
    pub surfaces: Option<&'a Surfaces<'a>>,
    /// What programs do.
    pub programs: &'a ProgramTable,
}

/// The result for one service.
pub(super) struct Looked {
    /// Its findings.
    pub findings: Vec<Finding>,
    /// Whether it was rehearsed as it is, and starts.
    pub is_rehearsed: bool,
    /// How many possible findings the rehearsal did not confirm.
    pub unconfirmed: usize,
    /// How many other findings the policy excepts.
    pub excepted: usize,
    /// The places of the exceptions that apply.
    pub used: Vec<Place>,
}

impl Audit<'_> {
    /// Checks one service.
    pub(super) fn look(
        &self,
        ground: Ground,
        name: &UnitName,
        exposure: Option<Exposed>,
    ) -> Result<Looked> {
        let Ground {
            target,
            graph,
            absent,
            known,
            surfaces,
            programs,
        } = ground;
        let confined = Confined {
            bundle: target.bundle,
            name,
            service: &as_run(target.bundle, name),
        };
        let mut closure = confined.closure().paths.iter();
        let lacks_files = closure.any(|path| absent.contains(path));
        let foreseen = match target.files.filter(|_| !lacks_files) {
            Some(files) => foresee(&confined, files, known, programs)
                .with_context(|| format!("cannot check what {name} will find in its root"))?,
            None => Vec::new(),
        };
        let evidence = self.rehearsals.about(name, &target.bundle.services[name]);
        let is_rehearsed = matches!(evidence, Evidence::Starts);
        let subject = Subject {
            foreseen,
            evidence,
            requires_rehearsal: self.requires_rehearsal,
            exposure,
            surfaces,
            ..Subject::new(confined, self.policy, self.today)
        };
        let mut used = Vec::new();
        let mut excepted = BTreeSet::new();
        let mut unconfirmed = BTreeSet::new();
        let mut groups: BTreeMap<(Code, String), Group> = BTreeMap::new();
        for rule in rules() {
            if rule.code.is_of_system() && !target.bundle.manager.is_system() {
                continue;
            }
            let drafts = match rule.check {
                Check::Foresight => subject.foreseen(rule.code),
                Check::Service(check) => check(&subject),
                Check::Target(_) | Check::Policy(_) | Check::Baseline => continue,
            };
            let certain = self.level(rule.code, &subject.rules);
            let uncertain = self.level_from(
                rule.code,
                Level::Warn.min(rule.code.level()),
                &subject.rules,
            );
            for draft in drafts {
                let level = if draft.is_uncertain {
                    uncertain
                } else {
                    certain
                };
                let exceptions = exceptions(&subject, rule.code, &draft);
                if !exceptions.is_empty() {
                    used.extend(exceptions.into_iter().map(|entry| entry.place.clone()));
                    excepted.insert((rule.code, draft.subject));
                } else if level > Level::Allow && is_rehearsed && is_refutable(rule, &draft) {
                    unconfirmed.insert((rule.code, draft.subject));
                } else if level > Level::Allow {
                    let group = groups
                        .entry((rule.code, draft.subject.clone()))
                        .or_insert_with(|| Group::new(rule.code, level));
                    group.level = group.level.max(level);
                    group.drafts.push(draft);
                }
            }
        }
        let mut findings = Vec::with_capacity(groups.len());
        if !groups.is_empty() {
            let why = Why::new(graph, confined.service)?;
            for group in groups.into_values() {
                findings.extend(group.finding(&why).map(|finding| Finding {
                    service: Some(target.service(name)),
                    ..finding
                }));
            }
        }
        Ok(Looked {
            findings,
            is_rehearsed,
            unconfirmed: unconfirmed.len(),
            excepted: excepted.len(),
            used,
        })
    }
}

/// A service as its manager runs it: a user's runs every service as that user, whose name only the host knows.
fn as_run(bundle: &Bundle, name: &UnitName) -> BundleService {
    let mut service = bundle.services[name].resolved(name);
    if !bundle.manager.is_system() {
        service.settings.push("User", "%u");
    }
    service
}

/// Whether a rehearsal in which the service starts refutes a draft of foresight: it is not certain, and is not about the hosts on which
/// the service will run.
fn is_refutable(rule: &Rule, draft: &Draft) -> bool {
    let is_possible = draft.is_uncertain || rule.code.level() < Level::Deny;
    matches!(rule.check, Check::Foresight) && is_possible && !rule.code.depends_on_host()
}

/// Returns the exceptions of the policy that cover a draft.
fn exceptions<'s>(subject: &'s Subject, of: Code, draft: &Draft) -> Vec<&'s Exception> {
    let package = draft.path.as_ref().map(|path| Package::parse(path.name()));
    subject
        .rules
        .iter()
        .flat_map(|rule| &rule.allow)
        .filter(|entry| {
            let is_for_code = entry.code.is_none_or(|code| code == of);
            let is_for_package = (entry.packages.as_ref()).is_none_or(|named| {
                let package = package.as_ref();
                package.is_some_and(|package| named.pattern.matches(package))
            });
            let is_for_setting = (entry.setting.as_ref()).is_none_or(|named| {
                let setting = draft.setting;
                setting.is_some_and(|setting| named.matches(setting, &draft.subject))
            });
            is_for_code
                && is_for_package
                && is_for_setting
                && !entry.note.has_expired(subject.today)
        })
        .collect()
}
