//! Ctrl-C and its like: children end, work stops at the next check, and what was half made is cleaned up on the way out.

use std::fmt;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use shared_child::SharedChild;
use shared_child::unix::SharedChildExt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

static RECEIVED: AtomicI32 = AtomicI32::new(0);
static CHILDREN: Mutex<Vec<Arc<SharedChild>>> = Mutex::new(Vec::new());

/// The error of work that a signal stopped.
#[derive(Debug)]
pub struct Interrupted(i32);

impl Interrupted {
    /// The exit code that shells give to a process which this signal ended.
    pub fn exit_code(&self) -> u8 {
        u8::try_from(128 + self.0).unwrap_or(u8::MAX)
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Takes over SIGINT, SIGTERM and SIGHUP. A second signal ends the process at once.
pub fn install() -> Result<()> {
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP]).context("could not listen to signals")?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if RECEIVED.swap(signal, Ordering::SeqCst) != 0 {
                std::process::exit(128 + signal);
            }
            for child in lock().iter() {
                // It may have ended by itself.
                let _ = child.send_signal(SIGTERM);
            }
        }
    });
    Ok(())
}

/// Fails once a signal has come.
pub fn check() -> Result<(), Interrupted> {
    match RECEIVED.load(Ordering::SeqCst) {
        0 => Ok(()),
        signal => Err(Interrupted(signal)),
    }
}

/// Ends `child` too when a signal comes, until the answer is dropped.
pub fn guard(child: Arc<SharedChild>) -> Guard {
    lock().push(child.clone());
    if check().is_err() {
        let _ = child.send_signal(SIGTERM);
    }
    Guard(child)
}

/// See [`guard`].
pub struct Guard(Arc<SharedChild>);

impl Drop for Guard {
    fn drop(&mut self) {
        lock().retain(|child| !Arc::ptr_eq(child, &self.0));
    }
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Arc<SharedChild>>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}
