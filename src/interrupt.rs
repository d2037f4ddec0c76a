//! Ctrl-C and its like: children end, work stops at the next check, and what was half made is cleaned up on the way out.

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

/// How long children have to end by themselves. An evaluation that never pauses does not heed SIGTERM.
const GRACE: Duration = Duration::from_secs(3);
/// How long the work then has to come to its next check. It may wait for standard input, or for what a child has started.
const SETTLE: Duration = Duration::from_millis(500);

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

/// Takes over SIGINT, SIGTERM and SIGHUP, but for those that whoever started this process has it ignore, as nohup(1) does.
/// At a second signal children have no more time to end by themselves.
pub fn install() -> Result<()> {
    let ignored = ignored();
    let heeded = [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|signal| ignored & 1 << (signal - 1) == 0);
    let mut signals = Signals::new(heeded).context("could not listen to signals")?;
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

/// The signals that are ignored, a bit each (`SigIgn` in proc_pid_status(5)).
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Where there is no /proc, signals are heeded.
    mask.unwrap_or_default()
}

/// From now on signals neither end children nor this process: `handler` is told of them.
pub fn hand_over(handler: impl Fn(i32) + Send + Sync + 'static) {
    // It is done once in a process.
    let _ = HANDLER.set(Box::new(handler));
}

fn signal_children(signal: i32) {
    for child in lock().iter() {
        // It may have ended by itself.
        let _ = child.send_signal(signal);
    }
}

/// Ends the process where the work does not.
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

/// Until the answer is dropped, a signal does not end the process but through [`check`]: there is something to clean up.
pub fn hold() -> Hold {
    HOLDS.fetch_add(1, Ordering::SeqCst);
    Hold(())
}

/// See [`hold`].
pub struct Hold(());

impl Drop for Hold {
    fn drop(&mut self) {
        HOLDS.fetch_sub(1, Ordering::SeqCst);
    }
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
