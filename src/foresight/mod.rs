//! What will not work in the root of a service, before it is deployed.
//!
//! [`Sight`] is a service as one of its commands sees it. `unit/` checks what systemd itself needs. `command/` checks the commands and what
//! they start, with the help of `known/`, which has one file for each program or language. Both return troubles; `remedies/` finds what
//! fixes these, and [`Course`] takes what earlier commands did into account. What a run was refused is a [`Need`], with the same remedies.

mod command;
mod course;
mod known;
mod need;
mod outside;
mod ports;
mod remedies;
mod sight;
mod trouble;
mod unit;

use anyhow::Result;

pub use self::need::Need;

use self::command::Step;
use self::course::Course;
use self::sight::{Sight, Surroundings, working_directory};
use self::trouble::Outlook;
use crate::bundle::Hiding;
use crate::config::ProgramTable;
use crate::finding::{Confined, Foreseen, Remedy};
use crate::inspect::{Environment, Known, Programs, commands};
use crate::root::Inside;
use crate::store::StoreFiles;

/// Everything that will not work. `known`: what is known about programs of the same store; `programs`: what programs do.
pub fn foresee(
    confined: &Confined,
    files: &dyn StoreFiles,
    known: &Known,
    programs: &ProgramTable,
) -> Result<Vec<Foreseen>> {
    look(confined, files, known, programs, |sights| {
        let [plain, privileged] = sights;
        let mut course = Course::default();
        course.add(&plain, plain.unit()?);
        for setting in plain.settings_in_root() {
            for (origin, line) in confined.service.commands(setting) {
                let place = origin.to_string();
                for command in &commands(line) {
                    let mut sight = if command.has('+') { privileged } else { plain };
                    // `!!` has no effect where the kernel has ambient capabilities.
                    sight.around.keeps_root = command.prefixes.matches('!').count() == 1;
                    let step = Step {
                        sight,
                        setting,
                        place: &place,
                        line,
                        command,
                        is_after_privileged: course.was_privileged,
                        copies: &course.copies,
                    };
                    let seen = step.look()?;
                    course.add(&sight, seen);
                    course.pass(command);
                }
            }
        }
        let mut last = Outlook::default();
        for (name, value) in plain
            .around
            .environment
            .iter()
            .filter(|(name, _)| *name != "PATH")
        {
            last.note(&plain, &format!("Environment={name}"), value);
        }
        last.troubles.extend(plain.disconnected_tmp(&course.texts));
        plain.mentions(&mut last);
        course.add(&plain, last);
        course.finish(&plain)
    })
}

/// What would let a service have what it was refused, each need with its remedies, the best first.
pub fn meet(
    confined: &Confined,
    files: &dyn StoreFiles,
    known: &Known,
    programs: &ProgramTable,
    needs: &[Need],
) -> Result<Vec<Vec<Remedy>>> {
    look(confined, files, known, programs, |[plain, _]| {
        needs.iter().map(|need| plain.meet(need)).collect()
    })
}

/// Looks at a service as its commands without and with '+' see it.
fn look<T>(
    confined: &Confined,
    files: &dyn StoreFiles,
    known: &Known,
    programs: &ProgramTable,
    see: impl FnOnce([Sight; 2]) -> Result<T>,
) -> Result<T> {
    let settings = confined.settings();
    let files = &Hiding::new(files, confined.bundle, confined.service);
    let environment = Environment::of(&settings, files, &confined.bundle.store_dir);
    let directory = working_directory(&settings);
    let root = confined.root();
    let insides = [false, true].map(|is_privileged| Inside::new(&root, files, is_privileged));
    let programs_inside = insides
        .each_ref()
        .map(|inside| Programs::new(inside, &environment, known));
    see([0, 1].map(|index| Sight {
        confined,
        around: Surroundings {
            settings: &settings,
            environment: &environment,
            is_privileged: index == 1,
            keeps_root: false,
            programs,
            directory: directory.as_deref(),
        },
        files,
        inside: &insides[index],
        programs: &programs_inside[index],
    }))
}
