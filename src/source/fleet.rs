//! Several hosts at once: the hosts of a set in Nix, and several targets.
//!
//! A fleet is a list of what one target is. Hosts are evaluated side by side; their closure roots are looked up in the store together.
//! A host that fails does not end the others.

mod evaluate;
mod jobs;
mod members;
mod together;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};
use rayon::prelude::*;

use self::members::Member;
pub use self::members::{host_of, is_fleet_at};
use super::load::Loaded;
use super::{Request, Source};
use crate::bundle::{Bundle, Planned, read_files, read_sealed, read_verified};
use crate::interrupt::{self, Interrupted};
use crate::nix::with_causes;
use crate::progress::Progress;
use crate::service::HostName;
use crate::store::{LocalFiles, StoreDir, StoreFiles};
use crate::text::{count, text};

/// The outcome for a host.
pub struct Row<R> {
    /// The host; `None` if the target is no fleet, or if its name cannot be that of a host.
    pub host: Option<HostName>,
    /// The target, or the odd name of the host.
    pub name: String,
    /// Whether it is one of a fleet.
    pub is_of_fleet: bool,
    /// The result, or why there is none.
    pub outcome: Result<R>,
}

/// A host that failed.
#[derive(Debug)]
pub struct FailedHost {
    /// Its name, or its target.
    pub name: String,
    /// Why it failed.
    pub error: anyhow::Error,
}

/// Prints why a host failed, without waiting for the others. When the user interrupts confinix, evaluations fail because of that.
pub fn host_failed(progress: &Progress, name: &str, error: &anyhow::Error) {
    if interrupt::check().is_ok() {
        progress.host_failed(name, with_causes(text!("confinix: {}", name), error));
    }
}

impl FailedHost {
    /// Returns why it failed, in one line: what could not be done, and the first error of nix.
    pub fn reason(&self) -> String {
        let whole = format!("{:#}", self.error);
        let (first, rest) = whole.split_once('\n').unwrap_or((&whole, ""));
        let mut errors = rest.lines().map(str::trim);
        match errors.find(|line| line.starts_with("error:") && *line != "error:") {
            Some(error) => format!("{} {error}", first.trim_end()),
            None => first.trim_end_matches(':').to_owned(),
        }
    }
}

/// The bundles of hosts.
pub struct Fleet {
    /// The bundles, by the names of their hosts. The only one has no host if the target is no fleet.
    pub hosts: Vec<Loaded>,
    /// The hosts that failed.
    pub failed: Vec<FailedHost>,
}

/// The bundle of a host.
pub enum Made {
    /// It was made of services, by this request.
    Planned(Box<Planned>, Box<Request>),
    /// It is in this directory, with the request for it if a configuration made it.
    At(PathBuf, Option<Box<Request>>),
}

impl Made {
    /// Returns the bundle with its files.
    pub fn planned(self) -> Result<Planned> {
        match self {
            Self::Planned(planned, _) => Ok(*planned),
            Self::At(dir, _) => read_files(read_verified(&dir)?, &dir),
        }
    }

    /// Returns the bundle, the host that its services tell, and how it was made.
    fn bundle(self) -> Result<(Bundle, Option<HostName>, Option<Box<Request>>)> {
        match self {
            Self::Planned(planned, by) => Ok((planned.bundle, planned.host, Some(by))),
            Self::At(dir, by) => Ok((read_sealed(&dir)?, None, by)),
        }
    }
}

impl<R> Row<R> {
    /// Returns the result, or the failure of the host. A target that is no fleet has no rows: its failure is that of the whole.
    pub fn result(self) -> Result<Result<R, FailedHost>> {
        match self.outcome {
            Ok(result) => Ok(Ok(result)),
            Err(error) if !self.is_of_fleet || error.is::<Interrupted>() => Err(error),
            Err(error) => Ok(Err(FailedHost {
                name: self.host.map_or(self.name, |host| host.to_string()),
                error,
            })),
        }
    }
}

impl Request {
    /// The bundles of all hosts of several targets; see [`Request::load`].
    pub fn load_all(&self, targets: &[Option<&str>], progress: &Progress) -> Result<Fleet> {
        // What is found out about the files of a store is shared by the hosts that share them.
        let known: Mutex<BTreeMap<(bool, StoreDir), Arc<dyn StoreFiles>>> = Mutex::default();
        let files_of = |is_made, dir: &StoreDir| {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let files = known.entry((is_made, dir.clone()));
            let files = files.or_insert_with(|| {
                if is_made {
                    self.local_files(dir).into()
                } else {
                    Arc::new(LocalFiles::new("/", dir))
                }
            });
            files.clone()
        };
        let rows = self.each(targets, progress, |name, host, file, made| {
            let (mut bundle, told_host, made_by) = made.bundle()?;
            if made_by.is_none() && !self.selection.is_empty() {
                let names = bundle.services.keys();
                let selected = match host {
                    Some(_) => self.selection.among(&names),
                    None => self.selection.of(names)?,
                };
                bundle.retain(&selected);
            }
            Ok(Loaded {
                name: name.to_owned(),
                host: host.cloned(),
                told_host,
                file: file.map(Path::to_owned),
                files: files_of(made_by.is_some(), &bundle.store_dir),
                bundle,
                made_by,
            })
        })?;
        let mut fleet = Fleet {
            hosts: Vec::new(),
            failed: Vec::new(),
        };
        for row in rows {
            match row.result()? {
                Ok(loaded) => fleet.hosts.push(loaded),
                Err(failed) => fleet.failed.push(failed),
            }
        }
        let is_fleet = fleet.hosts.iter().any(|loaded| loaded.host.is_some());
        if is_fleet && fleet.failed.is_empty() {
            let hosts = fleet.hosts.iter();
            let names = hosts.flat_map(|loaded| loaded.bundle.services.keys());
            if let Some(glob) = self.selection.unmatched(&names) {
                bail!("no host has a service {}", glob.as_str());
            }
        }
        Ok(fleet)
    }

    /// Makes or finds the bundle of every host, and calls `each` with the name of its target, its host, the file of its services and the
    /// bundle. Returns the results by host.
    pub fn each<R: Send>(
        &self,
        targets: &[Option<&str>],
        progress: &Progress,
        each: impl Fn(&str, Option<&HostName>, Option<&Path>, Made) -> Result<R> + Sync,
    ) -> Result<Vec<Row<R>>> {
        if matches!(self.source, Source::Attributes(_)) {
            // The attributes of a build are of one host, with its graph.
            let made = Made::Planned(Box::new(self.make(progress)?), Box::new(self.clone()));
            let name = self.told();
            let file = self.file_of_services();
            return Ok(vec![Row {
                outcome: each(&name, None, file.as_deref(), made),
                host: None,
                name,
                is_of_fleet: false,
            }]);
        }
        let prepared = self.prepare(targets, progress)?;
        let all = prepared.len();
        let is_of_fleet = prepared.iter().any(|member| member.host.is_some());
        let nix = self.nix(progress);
        let ready = self.together(prepared, &nix)?;
        let done = Mutex::new(0);
        let rows: Vec<_> = ready
            .into_par_iter()
            .map(|member| {
                let Member {
                    host,
                    name,
                    file,
                    content,
                } = member;
                let outcome = content.and_then(|ready| {
                    interrupt::check()?;
                    each(&name, host.as_ref(), file.as_deref(), ready.made(progress)?)
                });
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                *done += 1;
                if host.is_some() {
                    progress.step(&format!("bundles: {done} of {}", count(all, "host")));
                }
                if let (Some(host), Err(error)) = (&host, &outcome) {
                    host_failed(progress, host.as_str(), error);
                }
                Row {
                    host,
                    name,
                    is_of_fleet,
                    outcome,
                }
            })
            .collect();
        interrupt::check()?;
        Ok(rows)
    }
}
