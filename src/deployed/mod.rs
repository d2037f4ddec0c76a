//! A service of a bundle as it is deployed on this machine, and what it touches while it runs.
//!
//! A [`Deployed`] is found with systemd's help: it has to run, with the drop-in of the bundle. [`Deployed::observe`] records what is
//! opened and executed through its view. Nothing on the machine is changed.

mod observing;
mod service;
mod view;

pub use observing::Stop;
pub use service::Deployed;
