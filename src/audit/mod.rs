//! What is to be said of a bundle before it is deployed: a policy, the rules that look at services, and the findings they make.
//!
//! A rule is one file in `rules/`. It looks at one service ([`Subject`]) and drafts findings; [`audit`] takes out what the policy
//! excepts, gives levels, chains and an order. What rules need to know of a service belongs into [`Subject`].

mod baseline;
mod date;
mod engine;
mod exposure;
mod finding;
mod foresight;
mod level;
mod place;
mod policy;
mod providers;
mod rules;
mod stable;
mod subject;
mod target;
mod usage;

pub use baseline::{Baseline, is_baseline, render_baseline};
pub use date::Date;
pub use engine::{Audit, Report, audit};
pub use exposure::Exposing;
pub use finding::{Finding, Remedy};
pub use foresight::{Nginx, read_nginx};
pub use level::{Level, Levels};
pub use place::Place;
pub use policy::{POLICY_FILE, Policy, parse_policy, read_policy};
pub use rules::{Explanation, FORESIGHT, RULES, Rule, rule};
pub use stable::stable;
pub use target::Target;
