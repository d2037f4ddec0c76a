//! Determines which options were given, and refuses those without effect.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::super::Usage;
use super::SourceOptions;
use crate::service::UnitName;

impl SourceOptions {
    /// Refuses `--select` if an argument already names the service.
    pub fn refuse_selection(&self, subcommand: &str) -> Result<()> {
        if !self.select.is_empty() {
            bail!(Usage(format!(
                "--select has no effect: {subcommand} takes the service as an argument"
            )));
        }
        Ok(())
    }

    /// Whether another store than this machine's is given.
    pub fn has_store(&self) -> bool {
        self.store.is_some()
    }

    /// Refuses `--select` and `--all` of a subcommand that takes all services, or those of another option.
    pub fn refuse_choice(&self, subcommand: &str, other: &str) -> Result<()> {
        for (option, is_given) in [("--select", !self.select.is_empty()), ("--all", self.all)] {
            if is_given {
                bail!(Usage(format!(
                    "{option} has no effect: {subcommand} takes every service, or those of {other}"
                )));
            }
        }
        Ok(())
    }

    /// Returns these options without the selection of services, which a subcommand may apply to an existing bundle too.
    #[must_use]
    pub fn without_selection(&self) -> Self {
        Self {
            select: Vec::new(),
            ..self.clone()
        }
    }

    /// Returns these options without `--user`, which also tells whose installation a subcommand is about.
    #[must_use]
    pub fn without_user(&self) -> Self {
        Self {
            user: false,
            ..self.clone()
        }
    }

    /// Whether the services of user managers are meant.
    pub fn is_for_users(&self) -> bool {
        self.user
    }

    /// Selects this service, confined or not.
    pub fn take(&mut self, name: &UnitName) {
        self.select.push(name.to_string());
    }

    /// Returns the first given option that selects services or changes how a bundle is made, and so has no effect on an existing
    /// one.
    pub fn of_making(&self) -> Option<&'static str> {
        let Self {
            file,
            expr,
            services,
            graph,
            attrs,
            units,
            user,
            select,
            all,
            include,
            presets,
            hide,
            preset_file,
            no_build,
            store,
            eval_store,
            impure,
            option,
            override_input,
            machine,
            config: _,
            shell,
        } = self;
        // A shell is fetched with nix, so these options have an effect.
        let is_idle = shell.is_none();
        first([
            ("--file", file.is_some()),
            ("--expr", expr.is_some()),
            ("--services", services.is_some()),
            ("--graph", graph.is_some()),
            ("--attrs", attrs.is_some()),
            ("--units", !units.is_empty()),
            ("--user", *user),
            ("--select", !select.is_empty()),
            ("--all", *all),
            ("--include", !include.is_empty()),
            ("--preset", !presets.is_empty()),
            ("--hide", !hide.is_empty()),
            ("--preset-file", preset_file.is_some()),
            ("--no-build", *no_build),
            ("--store", store.is_some() && is_idle),
            ("--eval-store", eval_store.is_some()),
            ("--impure", *impure),
            ("--option", !option.is_empty() && is_idle),
            ("--override-input", !override_input.is_empty()),
        ])
        .or_else(|| first(machine.given()))
    }

    /// Refuses options about closures if only services are printed.
    pub fn refuse_closures(&self) -> Result<()> {
        for (is_given, option) in [
            (self.graph.is_some(), "--graph"),
            (self.attrs.is_some(), "--attrs"),
        ] {
            if is_given {
                bail!(Usage(format!(
                    "{option} has no effect on services, which are printed without closures: drop it"
                )));
            }
        }
        Ok(())
    }

    /// Refuses to read two documents from standard input.
    pub fn refuse_two_from_standard_input(&self) -> Result<()> {
        let is_stdin = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
        if is_stdin(&self.services) && is_stdin(&self.graph) {
            bail!(Usage(
                "--services and --graph can't both be read from standard input: give one of them a file".into()
            ));
        }
        Ok(())
    }

    /// Refuses options that have no effect in combination with others. Clap refuses the combinations that it can express.
    pub fn refuse_idle(&self, purpose: Purpose) -> Result<()> {
        let is_set = |option, is_given: bool| is_given.then_some(option);
        let no_inputs = is_set("--override-input", !self.override_input.is_empty());
        let no_nix = [
            ("--store", self.store.is_some()),
            ("--no-build", self.no_build),
            ("--option", !self.option.is_empty()),
        ];
        let idle = [
            (
                is_set("--impure", self.impure && self.file.is_some()),
                "with --file: nix always evaluates files impurely",
            ),
            (
                no_inputs.filter(|_| self.file.is_some() || self.expr.is_some()),
                "with --file or --expr: only a flake has inputs",
            ),
            (
                first(no_nix).filter(|_| {
                    self.are_recorded() && self.graph.is_some() && self.shell.is_none()
                }),
                "with recorded services and a recorded graph: nix does not run",
            ),
            (
                first(self.machine.given()).filter(|_| purpose == Purpose::Services),
                "on services: only a bundle has a strategy",
            ),
            (
                first(no_nix).filter(|_| purpose == Purpose::Services && !self.units.is_empty()),
                "on services that are read from units: nix does not run",
            ),
        ];
        for (option, why) in idle {
            if let Some(option) = option {
                bail!(Usage(format!("{option} has no effect {why} (drop it)")));
            }
        }
        Ok(())
    }
}

/// The purpose of reading the services.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// For a bundle.
    Bundle,
    /// To be printed.
    Services,
}

fn first<const N: usize>(options: [(&'static str, bool); N]) -> Option<&'static str> {
    let mut given = options.into_iter().filter(|(_, is_given)| *is_given);
    given.next().map(|(option, _)| option)
}

/// Returns the values of an option that takes two.
pub fn pairs(flat: &[String]) -> Vec<(String, String)> {
    flat.chunks_exact(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect()
}
