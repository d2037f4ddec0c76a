//! Evaluations side by side.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::Failed;
use super::memory::{Budget, Evaluators};
use crate::interrupt;

/// How often the memory of evaluators is looked at. An evaluator allocates some hundred MB in a second.
const PAUSE: Duration = Duration::from_millis(50);

/// Runs tasks side by side within a budget, and returns their results in order. `done` is called after each, with the number of finished
/// ones. A task whose evaluator was killed, as the kernel does when memory runs out, runs again when no other does.
pub fn side_by_side<T: Sync, R: Send>(
    tasks: &[T],
    budget: Budget,
    run: impl Fn(&T, &Evaluators) -> Result<R> + Sync,
    done: impl Fn(usize) + Sync,
) -> Vec<Result<R>> {
    let evaluators = Evaluators::new(budget);
    let results: Vec<_> = tasks.iter().map(|_| Mutex::new(None)).collect();
    let (next, finished, is_over) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicBool::new(false),
    );
    let put = |index: usize, result: Result<R>| {
        *lock(&results[index]) = Some(result);
        done(finished.fetch_add(1, Ordering::Relaxed) + 1);
    };
    let again = Mutex::new(Vec::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(index) else { break };
            match run(task, &evaluators) {
                Err(error) if was_killed(&error) && interrupt::check().is_ok() => {
                    lock(&again).push(index);
                }
                result => put(index, result),
            }
        }
    };
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                evaluators.hold_to_budget();
                thread::park_timeout(PAUSE);
            }
        });
        thread::scope(|scope| {
            for _ in 0..budget.workers.min(tasks.len()) {
                scope.spawn(work);
            }
        });
        let mut again = std::mem::take(&mut *lock(&again));
        again.sort_unstable();
        for index in again {
            put(index, run(&tasks[index], &evaluators));
        }
        is_over.store(true, Ordering::Relaxed);
        watch.thread().unpark();
    });
    let results = results.into_iter();
    let results = results.map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner));
    results
        .map(|result| result.unwrap_or_else(|| Err(anyhow::anyhow!("it was not run"))))
        .collect()
}

fn was_killed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<Failed>()
        .is_some_and(Failed::was_killed)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
