//! Records what a service touches while it runs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use rustix::pipe::{PipeFlags, pipe_with};

use super::Deployed;
use crate::observe::{Observation, Touched, Watch};
use crate::service::may_hide_shell;

/// How often the view is looked for that a service has after a restart.
const LOOK: Duration = Duration::from_millis(500);

/// Ends an observation from another thread.
pub struct Stop {
    ended: OwnedFd,
}

impl Stop {
    /// Returns it, and what ends the observation when it is called.
    pub fn new() -> Result<(Self, impl Fn() + Send + Sync + 'static)> {
        let (ended, end) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let end = File::from(end);
        let stop = move || {
            // A pipe that is full has been written to.
            let _ = (&end).write(&[0]);
        };
        Ok((Self { ended }, stop))
    }
}

impl Deployed<'_> {
    /// Records what the service opens and executes in its view, for a time or until `stop` ends it. Returns it with the time that it
    /// took.
    pub fn observe(&self, limit: Option<Duration>, stop: &Stop) -> Result<(Observation, Duration)> {
        let start = Instant::now();
        if self.has_another_view() {
            bail!(
                "{} still has the view that it was started with, which other services share: restart it, and observe it then",
                self.name
            );
        }
        let mut watching = Watching::default();
        watching.look(self)?;
        if watching.watches.is_empty() {
            bail!(
                "no view of {} is mounted that it uses: restart it, and observe it then",
                self.name
            );
        }
        // The kernel tells when something is mounted or unmounted (proc_pid_mountinfo(5)).
        let mounts = File::open("/proc/self/mountinfo").context("cannot read the mount table")?;
        loop {
            let left = limit.map(|limit| limit.saturating_sub(start.elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                break;
            }
            let wait = Timespec::try_from(left.map_or(LOOK, |left| left.min(LOOK)))?;
            let mut events = [
                PollFd::new(&stop.ended, PollFlags::IN),
                PollFd::new(&mounts, PollFlags::PRI),
            ];
            retry_on_intr(|| poll(&mut events, Some(&wait))).context("cannot wait")?;
            let [ended, mounted] = events.map(|event| event.revents());
            if !ended.is_empty() {
                break;
            }
            if !mounted.is_empty() {
                watching.drop_unmounted()?;
            }
            watching.look(self)?;
        }
        let took = start.elapsed();
        let mut touched = watching.finish()?;
        touched.bin_sh = self.called_bin_sh(&touched);
        Ok((Observation::of(&touched, self.closure()), took))
    }

    /// Whether what it sees at /bin/sh was opened or executed. `None` if that is not bound from the view, or gone from the host.
    fn called_bin_sh(&self, touched: &Touched) -> Option<bool> {
        let Some(program) = &self.service.bin_sh else {
            return Some(false);
        };
        if !may_hide_shell(&self.service.hide) {
            return None;
        }
        let file = fs::canonicalize(program).ok()?;
        let program = file.as_os_str().as_bytes();
        Some(touched.elsewhere || touched.has(&self.bundle.store_dir, program))
    }
}

/// The views that are watched, by their device.
#[derive(Default)]
struct Watching {
    watches: BTreeMap<u64, Watch>,
    touched: Touched,
    has_begun: bool,
}

impl Watching {
    /// Watches the views that the service uses now.
    fn look(&mut self, deployed: &Deployed) -> Result<()> {
        for (device, place) in deployed.places() {
            if self.watches.contains_key(&device) {
                continue;
            }
            match Watch::on(&place) {
                Ok(watch) => {
                    self.watches.insert(device, watch);
                    // What was opened before it was found is not known.
                    self.touched.incomplete |= self.has_begun;
                }
                Err(error) if !self.has_begun => return Err(error),
                // It may be gone: it is looked for again.
                Err(_) => self.touched.incomplete = true,
            }
        }
        self.has_begun = true;
        Ok(())
    }

    /// Ends the watches on what is unmounted: its device may be that of another view next.
    fn drop_unmounted(&mut self) -> Result<()> {
        let watches = std::mem::take(&mut self.watches);
        for (device, watch) in watches {
            if watch.is_attached() {
                self.watches.insert(device, watch);
            } else {
                self.touched.extend(watch.finish()?);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Touched> {
        for watch in self.watches.into_values() {
            self.touched.extend(watch.finish()?);
        }
        Ok(self.touched)
    }
}
