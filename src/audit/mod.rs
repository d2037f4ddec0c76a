//! Audits a bundle before deployment: a policy, the rules that check services, and their findings.
//!
//! A rule is one file in `rules/`. It checks one service ([`Subject`]) and drafts findings. [`audit`] removes what the policy
//! excepts, adds levels and chains, and sorts. Whatever rules need to know about a service belongs in [`Subject`].

mod baseline;
mod engine;
mod exposure;
mod group;
mod limit;
mod look;
mod options;
mod report;
mod rules;
mod stable;
mod startable;
mod subject;
mod target;
mod usage;

pub use baseline::{Baseline, is_baseline, render_baseline};
pub use engine::audit;
pub use exposure::Exposing;
pub use options::Audit;
pub use report::Report;
pub use rules::{Explanation, Rule, rule, rules};
pub use stable::stable;
pub use startable::{recorded_exceptions, startable};
pub use target::Target;

pub use crate::config::Policy;
pub use crate::date::Date;
