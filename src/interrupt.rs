//! Handles Ctrl-C and similar signals: ends children, stops work at the next check, and lets unfinished files be cleaned up.

use std::fmt;
use std::fs;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use shared_child::SharedChild;
use shared_child::unix::SharedChildExt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGKILL, SIGTERM};
use signal_hook::iterator::Signals;

static RECEIVED: AtomicI32 = AtomicI32::new(0);
static CHILDREN: Mutex<Vec<Arc<SharedChild>>> = Mutex::new(Vec::new());
static HOLDS: AtomicUsize = AtomicUsize::new(0);
static HANDLER: OnceLock<Box<dyn Fn(i32) + Send + Sync>> = OnceLock::new();

/// The time that children have to end by themselves. An evaluation that never pauses ignores SIGTERM.
const GRACE: Duration = Duration::from_secs(3);
/// The time that the work then has to reach its next check. It may be waiting for standard input or for a child's descendants.
const SETTLE: Duration = Duration::from_millis(500);

/// The error of work that a signal stopped.
#[derive(Debug)]
pub struct Interrupted(i32);

impl Interrupted {
    /// Returns the exit code that shells use for a process that this signal ended.
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

/// Handles SIGINT, SIGTERM and SIGHUP, except those that the parent process has set to be ignored, as nohup(1) does. A second signal
/// ends children at once.
pub fn install() -> Result<()> {
    let ignored = ignored();
    let heeded = [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|signal| ignored & 1 << (signal - 1) == 0);
    let mut signals = Signals::new(heeded).context("cannot install signal handlers")?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if let Some(handler) = HANDLER.get() {
                handler(signal);
                continue;
            }
            let is_first = RECEIVED
                .compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok();
            if is_first {
                signal_children(SIGTERM);
                thread::spawn(move || end(signal));
            } else {
                signal_children(SIGKILL);
            }
        }
    });
    Ok(())
}

/// Returns the ignored signals, one bit each (`SigIgn` in proc_pid_status(5)).
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Without /proc, no signal counts as ignored.
    mask.unwrap_or_default()
}

/// Passes further signals to `handler`. They no longer end children or this process.
pub fn hand_over(handler: impl Fn(i32) + Send + Sync + 'static) {
    // A process calls this only once.
    let _ = HANDLER.set(Box::new(handler));
}

fn signal_children(signal: i32) {
    for child in lock().iter() {
        // The child may have ended by itself.
        let _ = child.send_signal(signal);
    }
}

/// Ends the process if the work does not.
fn end(signal: i32) {
    let start = Instant::now();
    while start.elapsed() < GRACE && !lock().is_empty() {
        thread::sleep(Duration::from_millis(20));
    }
    signal_children(SIGKILL);
    thread::sleep(SETTLE);
    while HOLDS.load(Ordering::SeqCst) > 0 {
        thread::sleep(Duration::from_millis(20));
    }
    std::process::exit(128 + signal);
}

/// While the returned guard exists, a signal ends the process only through [`check`], because there is something to clean up.
pub fn hold() -> Hold {
    HOLDS.fetch_add(1, Ordering::SeqCst);
    Hold(())
}

/// The guard that [`hold`] returns.
pub struct Hold(());

impl Drop for Hold {
    fn drop(&mut self) {
        HOLDS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Fails after a signal.
pub fn check() -> Result<(), Interrupted> {
    match RECEIVED.load(Ordering::SeqCst) {
        0 => Ok(()),
        signal => Err(Interrupted(signal)),
    }
}

/// While the returned guard exists, a signal also ends `child`.
pub fn guard(child: Arc<SharedChild>) -> Guard {
    lock().push(child.clone());
    if check().is_err() {
        let _ = child.send_signal(SIGTERM);
    }
    Guard(child)
}

/// The guard that [`guard`] returns.
pub struct Guard(Arc<SharedChild>);

impl Drop for Guard {
    fn drop(&mut self) {
        lock().retain(|child| !Arc::ptr_eq(child, &self.0));
    }
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Arc<SharedChild>>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}
