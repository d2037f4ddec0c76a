//! Evaluations side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
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
/// ones, its own and its result. A task whose evaluator was killed, as the kernel does when memory runs out, runs again when no other does.
pub fn side_by_side<T: Sync, R: Send>(
    tasks: &[T],
    budget: Budget,
    run: impl Fn(&T, &Evaluators) -> Result<R> + Sync,
    done: impl Fn(usize, usize, &Result<R>) + Sync,
) -> Vec<Result<R>> {
    let evaluators = &Evaluators::new(budget);
    let results: Vec<_> = tasks.iter().map(|_| Mutex::new(None)).collect();
    let (next, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let put = |index: usize, result: Result<R>| {
        done(finished.fetch_add(1, Ordering::Relaxed) + 1, index, &result);
        *lock(&results[index]) = Some(result);
    };
    let again = Mutex::new(Vec::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(index) else { break };
            match run(task, evaluators) {
                Err(error) if was_killed(&error) && interrupt::check().is_ok() => {
                    lock(&again).push(index);
                }
                result => put(index, result),
            }
        }
    };
    watched(evaluators, || {
        thread::scope(|scope| {
            for _ in 0..budget.workers.min(tasks.len()) {
                scope.spawn(work);
            }
        });
        let mut again = std::mem::take(&mut *lock(&again));
        again.sort_unstable();
        for index in again {
            put(index, run(&tasks[index], evaluators));
        }
    });
    let results = results.into_iter();
    let results = results.map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner));
    results
        .map(|result| result.unwrap_or_else(|| Err(anyhow::anyhow!("it was not run"))))
        .collect()
}

/// Does something with evaluators, and holds them to their budget meanwhile.
pub fn watched<R>(evaluators: &Evaluators, run: impl FnOnce() -> R) -> R {
    thread::scope(|scope| {
        // The watch ends when this is dropped, even if a task panics.
        let (_over, is_over) = mpsc::channel::<()>();
        scope.spawn(move || {
            while is_over.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                evaluators.hold_to_budget();
            }
        });
        run()
    })
}

fn was_killed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<Failed>()
        .is_some_and(Failed::was_killed)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_everything() {
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let run = |number: &u32, _: &Evaluators| {
                assert_ne!(*number, 1, "on purpose");
                Ok(())
            };
            let ran = std::panic::catch_unwind(|| {
                side_by_side(&[0, 1, 2], Budget::new(Some(2), None), run, |_, _, _| ())
            });
            tell.send(ran.is_err())
        });
        assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(true));
    }
}
