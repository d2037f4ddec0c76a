//! The course of a service: what its earlier commands did, and all that is foreseen.

use std::collections::BTreeMap;

use anyhow::Result;

use super::ports::Ports;
use super::sight::Sight;
use super::trouble::{Outlook, Trouble};
use crate::finding::{Draft, Foreseen, Remedy};
use crate::inspect::Command;

/// What has been foreseen so far.
#[derive(Default)]
pub(super) struct Course {
    /// The commands and scripts that have been run.
    pub texts: String,
    /// Whether one of the commands had `+`, and could make files anywhere.
    pub was_privileged: bool,
    /// Files that the commands have made, each with the one that it has its content of.
    pub copies: BTreeMap<String, String>,
    /// Whether a program that root starts changes to another user.
    becomes: bool,
    /// The ports that its commands, scripts and configurations name.
    ports: Ports,
    troubles: Vec<Trouble>,
    /// Store paths outside the closure, with where they are named first.
    named: BTreeMap<String, String>,
}

impl Course {
    /// Adds what is seen next.
    pub fn add(&mut self, sight: &Sight, outlook: Outlook) {
        self.texts.push_str(&outlook.texts);
        self.copies.extend(outlook.copies);
        self.becomes |= outlook.becomes;
        self.ports.add(outlook.ports);
        for (path, place) in outlook.named {
            self.named.entry(path).or_insert(place);
        }
        for trouble in outlook.troubles {
            let trouble = self.temper(sight, trouble);
            self.troubles.extend(trouble);
        }
    }

    /// Records that a command has run: what it names, it may have made.
    pub fn pass(&mut self, command: &Command) {
        for word in std::iter::once(&command.program).chain(&command.arguments) {
            self.texts.push_str(word);
            self.texts.push('\n');
        }
        self.was_privileged |= command.has('+');
    }

    /// All that is foreseen. `sight`: that of commands without `+`.
    pub fn finish(mut self, sight: &Sight) -> Result<Vec<Foreseen>> {
        let outside = sight.outside(std::mem::take(&mut self.named));
        self.troubles.extend(outside);
        let are_high = self.ports.are_high();
        self.troubles
            .retain(|trouble| !(are_high && trouble.is_of_low_ports));
        sight.fix_lacking(&mut self.troubles)?;
        if self.becomes {
            for trouble in &mut self.troubles {
                sight.fix_for_another(trouble);
            }
        }
        let foreseen = self.troubles.into_iter().map(|trouble| {
            let exception = Remedy::excepting(sight.confined.name, trouble.code);
            Foreseen {
                code: trouble.code,
                draft: Draft {
                    is_uncertain: trouble.is_uncertain,
                    remedies: trouble.remedies.into_iter().chain([exception]).collect(),
                    ..Draft::new(trouble.subject, trouble.message)
                },
            }
        });
        Ok(foreseen.collect())
    }

    /// Weighs a trouble by what has run before; `None` if an earlier command has most likely prevented it.
    fn temper(&self, sight: &Sight, trouble: Trouble) -> Option<Trouble> {
        let inside = sight.inside;
        let subject = trouble.subject.as_str();
        // Of what is new when the service starts, its own commands have made what is there; with '+' they can do so anywhere.
        let may_be_made = inside.store_dir().owner(subject).is_none()
            && subject.starts_with('/')
            && (self.was_privileged || inside.is_fresh(subject));
        if may_be_made && self.texts.contains(subject) {
            return None;
        }
        let settings = sight.around.settings;
        let is_taken_well =
            trouble.code.may_be_success() && !settings.list("SuccessExitStatus").is_empty();
        Some(trouble.uncertain_if(is_taken_well || may_be_made && !self.texts.is_empty()))
    }
}
