//! Findings of one cause, of several services: what people read as one entry, with one fix.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::audit::Audited;
use super::cause::{Cause, MAX_MESSAGES, MAX_NAMES};
use super::folded::{counted, folded, label, listed};
use super::remedy::{Pasted, joined, joined_fix};
use crate::audit::Report;
use crate::code::Level;
use crate::config::Place;
use crate::finding::Finding;
use crate::service::HostService;

/// How many services of a host a cause must have to be told once. Two services are read one after the other.
const MIN_SHARED: usize = 3;

/// Findings of one cause, of several services: the same change fixes them or, if there is none, they have the same words.
pub struct FoldedCause<'a> {
    /// At least one.
    causes: Vec<Cause<'a>>,
}

impl<'a> FoldedCause<'a> {
    /// The causes of all findings: those of a fleet folded, any others each for itself.
    pub fn of(audited: &Audited<'a>) -> Vec<Self> {
        if audited.is_fleet() {
            Self::all(audited.report)
        } else {
            Self::each(audited.report)
        }
    }

    /// The causes of all findings of a report: the most severe first, then those of most services.
    pub fn all(report: &'a Report) -> Vec<Self> {
        let folded = folded(Cause::all(report), key);
        Self::sorted(folded.into_iter().map(|causes| Self { causes }))
    }

    /// The causes that several services of a host share, sorted in the same way, and the other causes in the order of the report.
    pub fn shared(report: &'a Report) -> (Vec<Self>, Vec<Cause<'a>>) {
        let causes = Cause::all(report).into_iter().enumerate();
        let folded = folded(causes, |(_, cause)| key(cause));
        let (shared, own): (Vec<_>, Vec<_>) = folded.into_iter().partition(|causes| {
            let services = causes
                .iter()
                .filter(|(_, cause)| cause.first().service.is_some());
            services.count() >= MIN_SHARED
        });
        let mut own: Vec<_> = own.into_iter().flatten().collect();
        own.sort_by_key(|(place, _)| *place);
        let without_place =
            |causes: Vec<(usize, Cause<'a>)>| causes.into_iter().map(|(_, cause)| cause).collect();
        let shared = shared.into_iter().map(|causes| Self {
            causes: without_place(causes),
        });
        (Self::sorted(shared), without_place(own))
    }

    fn sorted(all: impl Iterator<Item = Self>) -> Vec<Self> {
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|folded| {
            let first = folded.first();
            let of_service = first.service.is_some();
            (of_service, Reverse((folded.level(), folded.causes.len())))
        });
        all
    }

    /// The causes of all findings of a report, each for itself, in its order.
    fn each(report: &'a Report) -> Vec<Self> {
        let causes = Cause::all(report).into_iter();
        causes
            .map(|cause| Self {
                causes: vec![cause],
            })
            .collect()
    }

    /// The first finding.
    pub fn first(&self) -> &'a Finding {
        self.causes[0].first()
    }

    /// The level of all.
    pub fn level(&self) -> Level {
        self.causes[0].level()
    }

    /// The entry of the policy that it is about.
    pub fn place(&self) -> Option<&'a Place> {
        self.causes[0].place()
    }

    /// What is found; if the findings of the services have different words, what their code reports, and of what.
    pub fn headline(&self) -> String {
        if self.is_worded_alike() {
            return self.causes[0].headline();
        }
        let subjects: BTreeSet<_> = self.causes.iter().flat_map(Cause::subjects).collect();
        let subjects = listed(subjects.into_iter().map(str::to_owned), MAX_NAMES);
        format!("{}: {subjects}", self.first().code.summary())
    }

    /// What the headline leaves out.
    pub fn messages(&self) -> Vec<String> {
        if self.is_worded_alike() {
            return self.causes[0].messages();
        }
        let mut all: Vec<String> = Vec::new();
        for message in self.causes.iter().flat_map(words) {
            if !all.contains(&message) {
                all.push(message);
            }
        }
        if let more @ 1.. = all.len().saturating_sub(MAX_MESSAGES) {
            all.truncate(MAX_MESSAGES);
            all.push(format!("and {more} more, which --format json prints"));
        }
        all
    }

    /// The same, where the services are of one host: what has other words has the name of its service.
    pub fn messages_by_service(&self, is_unfolded: bool) -> Vec<String> {
        if self.is_worded_alike() {
            return self.messages();
        }
        let mut all: Vec<String> = Vec::new();
        for cause in &self.causes {
            let service = cause.first().service.as_ref();
            let name = service.map(HostService::stem).unwrap_or_default();
            all.extend(words(cause).iter().map(|word| format!("{name}: {word}")));
        }
        let most = if is_unfolded {
            usize::MAX
        } else {
            MAX_MESSAGES
        };
        if let more @ 1.. = all.len().saturating_sub(most) {
            all.truncate(most);
            all.push(format!("and {more} more, which --verbose prints"));
        }
        all
    }

    /// Whether the findings of all services have the same words.
    pub fn is_worded_alike(&self) -> bool {
        let first = words(&self.causes[0]);
        self.causes[1..].iter().all(|cause| words(cause) == first)
    }

    /// The services, each with the words that are its own, and how the store path that it is about gets into its closure. `None` stands
    /// for the policy.
    pub fn services(&self) -> impl Iterator<Item = (Option<&'a HostService>, Vec<String>)> {
        let is_worded_alike = self.is_worded_alike();
        self.causes.iter().map(move |cause| {
            let own = if is_worded_alike {
                Vec::new()
            } else {
                words(cause)
            };
            let details = own.into_iter().chain(cause.route()).collect();
            (cause.first().service.as_ref(), details)
        })
    }

    /// The services, without those details.
    pub fn named(&self) -> impl Iterator<Item = &'a HostService> {
        let causes = self.causes.iter();
        causes.filter_map(|cause| cause.first().service.as_ref())
    }

    /// The services in words; `None` if it is about none.
    pub fn label(&self, is_unfolded: bool) -> Option<String> {
        let mut services = self.named().peekable();
        services.peek()?;
        Some(label(services, is_unfolded))
    }

    /// How the store path that it is about gets into the closures, each way with the number of services.
    pub fn routes(&self) -> Vec<String> {
        counted(self.causes.iter().filter_map(Cause::route))
    }

    /// The first route in one line, with how many more there are.
    pub fn route(&self) -> String {
        let mut routes: BTreeSet<_> = self.causes.iter().filter_map(Cause::route).collect();
        let more = routes.len().saturating_sub(1);
        let first = routes.pop_first().unwrap_or_default();
        match more {
            0 => first,
            more => format!("{first} (and {more} more)"),
        }
    }

    /// What fixes it, for at most `most` services, and how many more there are. The same change is one text for all of them.
    pub fn remedies(&self, most: usize) -> (Vec<Pasted>, usize) {
        let (findings, more) = self.first_of_services(most);
        (joined(findings), more)
    }

    /// The best change that removes it, if there is one; the rest as of [`FoldedCause::remedies`].
    pub fn fix(&self, most: usize) -> (Option<Pasted>, usize) {
        let (findings, more) = self.first_of_services(most);
        (joined_fix(findings), more)
    }

    /// The findings of at most `most` services, and how many more there are.
    fn first_of_services(&self, most: usize) -> (Vec<&'a Finding>, usize) {
        let by_unit = folded(&self.causes, |cause| {
            let service = cause.first().service.as_ref();
            service
                .map(|service| service.unit.to_string())
                .unwrap_or_default()
        });
        let more = by_unit.len().saturating_sub(most);
        let shown = by_unit.into_iter().take(most).flatten();
        (shown.map(Cause::first).collect(), more)
    }
}

/// What causes of several services have in common if they are one.
fn key(cause: &Cause) -> String {
    let finding = cause.first();
    let place = cause.place().map(ToString::to_string);
    format!(
        "{} {} {} {}\n{}",
        finding.code,
        cause.level(),
        finding.service.is_some(),
        place.unwrap_or_default(),
        cause.removal().unwrap_or_else(|| words(cause).join("\n"))
    )
}

/// All that is said of a cause.
fn words(cause: &Cause) -> Vec<String> {
    let messages = cause.messages();
    if messages.is_empty() {
        return vec![cause.headline()];
    }
    messages
}
