//! The memory that evaluators may use together.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use shared_child::SharedChild;

use super::room::{available, size};
use crate::text::bytes;

/// What an evaluator of a NixOS system needs, in bytes: 2 to 4 GiB, by the rule of nixpkgs-review.
const OF_ONE: u64 = 2 << 30;

/// How much of the available memory evaluators use unless they are told, in %.
const SHARE: u64 = 75;

/// The budget of evaluators.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// How many run at once.
    pub workers: usize,
    /// The memory that they may use together, in bytes.
    pub memory: u64,
    /// Whether this limit was given. The default does not end an evaluator that runs alone, because nothing waits for its memory.
    pub is_strict: bool,
}

impl Budget {
    /// Returns the budget with these limits; the defaults are 75 % of the available memory, and as many workers as there are
    /// processors and room for 2 GiB each.
    pub fn new(workers: Option<usize>, memory: Option<u64>) -> Self {
        let is_strict = memory.is_some();
        let memory =
            memory.unwrap_or_else(|| available().map_or(u64::MAX, |free| free / 100 * SHARE));
        let room = usize::try_from(memory / OF_ONE).unwrap_or(usize::MAX);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            workers: workers.unwrap_or(processors.min(room)).max(1),
            memory,
            is_strict,
        }
    }
}

/// The evaluators that run, the oldest first.
pub struct Evaluators {
    budget: Budget,
    running: Mutex<Vec<Running>>,
}

struct Running {
    child: Arc<SharedChild>,
    /// Whether it was ended because the memory ran out.
    is_ended: bool,
}

impl Evaluators {
    /// No evaluators yet.
    pub fn new(budget: Budget) -> Self {
        Self {
            budget,
            running: Mutex::default(),
        }
    }

    /// Adds a process.
    pub(super) fn add(&self, child: &Arc<SharedChild>) {
        self.lock().push(Running {
            child: child.clone(),
            is_ended: false,
        });
    }

    /// Removes a process that has ended. Returns why, if it was ended because of the budget.
    pub(super) fn remove(&self, child: &Arc<SharedChild>) -> Option<String> {
        let mut running = self.lock();
        let place = running
            .iter()
            .position(|running| Arc::ptr_eq(&running.child, child))?;
        running.remove(place).is_ended.then(|| {
            format!(
                "it was ended because evaluators may use {} together (--eval-memory)",
                bytes(self.budget.memory)
            )
        })
    }

    /// Ends the youngest evaluator if all of them together use more than the budget.
    pub fn hold_to_budget(&self) {
        let mut running = self.lock();
        let mut running: Vec<_> = running.iter_mut().filter(|one| !one.is_ended).collect();
        let used = running.iter().map(|one| resident(one.child.id()));
        let is_within = used.fold(0, u64::saturating_add) <= self.budget.memory;
        if is_within || running.len() == 1 && !self.budget.is_strict {
            return;
        }
        if let Some(youngest) = running.last_mut() {
            youngest.is_ended = true;
            // It may have ended by itself.
            let _ = youngest.child.kill();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the memory that a process and the processes below it use themselves, in bytes (`RssAnon` in proc_pid_status(5)); 0 if it has
/// ended. nix-eval-jobs evaluates in processes below its own.
fn resident(process: u32) -> u64 {
    resident_to(process, MAX_DEPTH)
}

/// How deep the processes of an evaluator are looked at.
const MAX_DEPTH: usize = 4;

fn resident_to(process: u32, depth: usize) -> u64 {
    let status = format!("/proc/{process}/status");
    let own = size(Path::new(&status), "RssAnon:").unwrap_or(0);
    if depth == 0 {
        return own;
    }
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let below = threads.flat_map(|thread| {
        let children = fs::read_to_string(thread.path().join("children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().map(str::parse);
        children.filter_map(Result::ok).collect::<Vec<u32>>()
    });
    below
        .map(|process| resident_to(process, depth - 1))
        .fold(own, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use anyhow::Result;

    use super::*;

    #[test]
    fn a_budget_has_room_for_every_worker() {
        let gibibytes = |count: u64| Some(count << 30);
        assert_eq!(Budget::new(None, gibibytes(1)).workers, 1);
        assert_eq!(Budget::new(Some(7), gibibytes(1)).workers, 7);
        let all = std::thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(Budget::new(None, gibibytes(1 << 20)).workers, all);
        assert!(available().is_some_and(|free| Budget::new(None, None).memory <= free));
    }

    #[test]
    fn a_process_uses_memory() {
        assert!(resident(std::process::id()) > 0);
        assert_eq!(resident(u32::MAX), 0);
    }

    #[test]
    fn the_default_leaves_the_only_evaluator_alone() -> Result<()> {
        for is_strict in [true, false] {
            let evaluators = Evaluators::new(Budget {
                workers: 2,
                memory: 0,
                is_strict,
            });
            let children = (0..2)
                .map(|_| SharedChild::spawn(Command::new("sleep").arg("60")).map(Arc::new))
                .collect::<Result<Vec<_>, _>>()?;
            for child in &children {
                evaluators.add(child);
            }
            for _ in 0..2 {
                evaluators.hold_to_budget();
            }
            for child in &children {
                child.kill()?;
                child.wait()?;
            }
            let ended: Vec<_> = children
                .iter()
                .map(|child| evaluators.remove(child).is_some())
                .collect();
            assert_eq!(ended, [is_strict, true]);
        }
        Ok(())
    }
}
