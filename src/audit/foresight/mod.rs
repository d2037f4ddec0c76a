//! What will not work inside the root of a service, before it is deployed.

mod command;
mod flaws;
mod host;
mod paths;
mod shell;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::Remedy;
use super::finding::Draft;
use super::subject::Subject;
use crate::inspect::{Environment, FRESH, Inside, Known, Programs, commands};
use crate::service::ExecSetting;
use crate::store::StoreFiles;

/// A draft of the rule with this code.
pub struct Foreseen {
    pub code: &'static str,
    pub draft: Draft,
}

/// Everything that will not work.
pub fn foresee(subject: &Subject, files: &dyn StoreFiles, known: &Known) -> Result<Vec<Foreseen>> {
    // What stands in a root of the service's own, only the host on which it starts can tell.
    if subject.service.adopt {
        return Ok(Vec::new());
    }
    let inside = Inside::new(subject.bundle, subject.service, subject.closure, files);
    let settings = subject.service.settings.clone();
    let environment = Environment::of(&settings.followed_by(&subject.service.confinement));
    let mut seer = Seer {
        subject,
        inside: &inside,
        environment: &environment,
        programs: Programs::new(&inside, &environment, known),
        foreseen: Vec::new(),
        named: BTreeMap::new(),
        missed: BTreeSet::new(),
    };
    for setting in ExecSetting::ALL {
        for (index, line) in subject.service.exec.list(setting.name()).iter().enumerate() {
            for command in commands(line) {
                seer.command(setting, &format!("{}[{index}]", setting.name()), &command)?;
            }
        }
    }
    for (name, value) in environment.iter().filter(|(name, _)| *name != "PATH") {
        seer.store_paths(&format!("Environment={name}"), value);
    }
    seer.working_directory()?;
    seer.outside();
    Ok(seer.foreseen)
}

struct Seer<'a> {
    subject: &'a Subject<'a>,
    inside: &'a Inside<'a>,
    environment: &'a Environment,
    programs: Programs<'a>,
    foreseen: Vec<Foreseen>,
    /// Store paths outside the closure, with where they are named.
    named: BTreeMap<String, String>,
    /// Commands of scripts that have been said to be missing.
    missed: BTreeSet<(String, bool)>,
}

impl Seer<'_> {
    fn say(
        &mut self,
        code: &'static str,
        is_uncertain: bool,
        subject: &str,
        message: String,
        remedies: Vec<Remedy>,
    ) {
        let exception = Remedy::exception(self.subject.name, &format!("code = {code:?}"));
        // An earlier command may have made what is there.
        let is_fresh = FRESH.iter().any(|dir| subject.starts_with(dir))
            && self.inside.store_dir().owner(subject).is_none();
        let draft = Draft {
            is_uncertain: is_uncertain || is_fresh && code != "working-directory-missing",
            remedies: remedies.into_iter().chain([exception]).collect(),
            ..Draft::new(subject, message)
        };
        self.foreseen.push(Foreseen { code, draft });
    }

    fn nixos(&self, what: &str, setting: &str, value: &str) -> Remedy {
        Remedy::nixos(what, self.subject.name, setting, value)
    }
}
