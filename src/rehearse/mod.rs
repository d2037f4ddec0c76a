//! Rehearsals: services started in a throwaway systemd, with and without confinement, and compared.
//!
//! Reading has a ceiling: what a program needs is decided when it runs. A [`Stage`] runs each service twice, in guests of their own: once
//! without confinement, as the control, and once with it. Only what works in the control can be broken by confinement.

mod accepting;
mod alone;
mod attempt;
mod behaviour;
mod beyond;
mod calls;
mod candidates;
mod capabilities;
mod case;
mod choice;
mod excess;
mod files;
mod first;
mod groups;
mod improve;
mod instances;
mod last_resort;
mod lessen;
mod minimise;
mod mountable;
mod narrowing;
mod needs;
mod processes;
mod reading;
mod record;
mod records;
mod refused;
mod rehearsal;
mod round;
mod runs;
mod seen;
mod sockets;
mod together;
mod tracing;
mod tree;
mod trial;
mod trials;
mod unit;
mod used;
mod views;
mod widen;

pub use alone::rehearse;
pub use behaviour::Behaviour;
pub use calls::{RecordedCalls, RefusedCall};
pub use candidates::{Candidate, packages};
pub use record::{HoldsFor, Record, Recorded, RecordedChanges, Word};
pub use records::{Evidence, Records};
pub use rehearsal::{Options, Rehearsal, Rehearsed, Tracing, Verdict};
pub use round::Stage;
pub use trial::{Script, Trial};
pub use trials::Trials;
