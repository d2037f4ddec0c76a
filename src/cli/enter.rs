//! `confinix enter`

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::format::print_as;
use super::loaded::{find_service, load_verified};
use super::source::SourceOptions;
use super::{Outcome, Usage};
use crate::bundle::{Bundle, BundleService};
use crate::enter::{Plan, Shell, find_bubblewrap, mount_store, run, shell_in};
use crate::output::Format;
use crate::progress::Progress;
use crate::service::UnitName;
use crate::source::Loaded;
use crate::text::{Terminal, Text, text};

/// Run a shell or a command in the root that a service will have, on this machine, before it is deployed
///
/// confinix uses bubblewrap to set up the same closure, /bin/sh, presets and binds as the unit, with its environment and working
/// directory. Directories like StateDirectory= are empty and are removed afterwards. Needs no root privileges. Reports settings
/// of the unit that bubblewrap can't reproduce on standard error.
#[derive(Args)]
#[command(
    override_usage = "confinix enter [OPTIONS] <TARGET> <SERVICE> [-- <COMMAND>...]",
    after_help = "\
Examples:
  confinix enter confinix-bundle web                       the service's own /bin/sh
  confinix enter bundle web --shell /run/current-system/sw/bin/bash -- bash -c 'echo /etc/*'
  confinix enter .#nixosConfigurations.web web --shell /run/current-system/sw/bin/bash
  confinix enter -f services.nix web --ls                  what the root contains
The exit code is the command's own (as in shells, 128 plus the number of a signal). It is 1 if
bubblewrap can't set up the root, and 3 if confinix can't plan it."
)]
pub struct Enter {
    /// A bundle, or anything that `confinix bundle` takes; omitted with --file, --expr, --services or --units
    #[arg(value_name = "TARGET")]
    first: String,
    /// One of its services, with or without .service
    #[arg(value_name = "SERVICE")]
    second: Option<String>,
    /// The command to run, by its path in the root [default: a shell]
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    /// Add a shell: a store path with a shell in its bin, or the path of a shell; also adds its closure, and its bin directory at the end
    /// of PATH
    #[arg(long, value_name = "PATH", conflicts_with = "ls")]
    shell: Option<PathBuf>,
    /// List the root without running anything
    #[arg(long, conflicts_with = "command")]
    ls: bool,
    /// With --ls: print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Enter {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let (target, service) = match &self.second {
            Some(service) => (Some(self.first.as_str()), service),
            None if self.source.are_enough() => (None, &self.first),
            None => bail!(Usage(
                "enter takes a target and a service (omit the target with --file, --expr, --services or --units); see `confinix enter --help`".into()
            )),
        };
        if self.json && !self.ls {
            bail!(Usage("JSON output needs --ls".into()));
        }
        let mut source = self.source.clone();
        source.shell.clone_from(&self.shell);
        let Loaded { name, bundle, .. } = load_verified(target, &source, progress)?;
        bundle.refuse_user_services("enter the roots of")?;
        let name = find_service(&bundle, &name, service)?;
        let service = &bundle.services[&name];
        let mut plan = Plan::new(&bundle, &name)?;
        if self.ls {
            let tree = plan.whole();
            progress.done();
            let format = if self.json {
                Format::Json
            } else {
                Format::Human
            };
            print_as(format, &tree)?;
            return Ok(Outcome::Yes);
        }
        let bubblewrap = find_bubblewrap()?;
        let mut said = said(&name, service, &plan);
        let shell = match &self.shell {
            Some(package) => {
                Some(self.bring_shell(package, &bundle, &mut plan, &mut said, progress)?)
            }
            None => None,
        };
        let command = match (self.command.is_empty(), shell) {
            (false, _) => self.command.clone(),
            (true, Some(shell)) => vec![shell.program.into()],
            (true, None) if plan.has("/bin/sh") => vec!["/bin/sh".into()],
            (true, None) => bail!(
                "{name} has no /bin/sh: name a command (confinix enter … -- COMMAND), add a shell with --shell, or set confinement.binSh"
            ),
        };
        if let Ok(terminal) = std::env::var("TERM") {
            plan.variables.entry("TERM".into()).or_insert(terminal);
        }
        progress.done();
        progress.list(said);
        Ok(Outcome::Of(run(&bubblewrap, &plan, &command)?))
    }

    fn bring_shell(
        &self,
        package: &Path,
        bundle: &Bundle,
        plan: &mut Plan,
        said: &mut Text<Terminal>,
        progress: &Progress,
    ) -> Result<Shell> {
        let shell = shell_in(package, &bundle.store_dir)?;
        let closure: BTreeSet<_> = self
            .source
            .request(None)?
            .closure(&shell.path, &bundle.store_dir, progress)
            .with_context(|| format!("cannot add the shell {}", package.display()))?;
        let added = plan.add(&closure)?;
        if let Some((directory, _)) = shell.program.rsplit_once('/') {
            let path = plan.variables.entry("PATH".into()).or_default();
            if !path.is_empty() {
                path.push(':');
            }
            path.push_str(directory);
        }
        said.push(text!(
            "added for the shell: {} with its closure ({} store paths), last on PATH\n",
            shell.path,
            added
        ));
        Ok(shell)
    }
}

/// Lists everything that differs from the service as it will be deployed.
fn said(name: &UnitName, service: &BundleService, plan: &Plan) -> Text<Terminal> {
    let mut lines = Text::new();
    for limit in &plan.limits {
        lines.push(text!("  {}=: {}\n", limit.settings.join("=, "), limit.why));
    }
    if service.adopt {
        lines.push(Text::own(
            "  RootDirectory=: the root contains only what is bound\n",
        ));
    }
    for missing in &plan.missing {
        lines.push(text!("  missing on this machine: {}\n", missing));
    }
    if lines.is_empty() {
        return lines;
    }
    text!("Differences from {} as deployed:\n{}", name, lines)
}

/// Assemble a closure in a mount namespace, then run a command (`confinix enter` does this for large closures)
#[derive(Args)]
pub struct EnterStore {
    /// The directory
    directory: PathBuf,
    /// The number of the open file that lists the mounts
    list: u32,
    /// The command to run
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

impl EnterStore {
    pub fn run(&self) -> Result<Outcome> {
        let list = format!("/proc/self/fd/{}", self.list);
        let list = File::open(list).context("cannot read the list of mounts")?;
        mount_store(list, &self.directory).context("cannot assemble the closure")?;
        let Some((program, arguments)) = self.command.split_first() else {
            bail!("no command");
        };
        let error = Command::new(program).args(arguments).exec();
        Err(error).context("cannot start bwrap")
    }
}
