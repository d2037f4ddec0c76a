//! Commands: what systemd will execute.

use anyhow::Result;

use super::Seer;
use super::effects::wrapped;
use super::scripts::Caller;
use crate::code::Code;
use crate::inspect::{Call, Command, DEFAULT_PATH, Found, Located, search_path};
use crate::service::ExecSetting;

impl Seer<'_> {
    pub(super) fn command(
        &mut self,
        setting: ExecSetting,
        place: &str,
        line: &str,
        command: &Command,
    ) -> Result<()> {
        let harmless = command.may_fail();
        if command.program.contains('%') || command.program.is_empty() {
            return Ok(());
        }
        if command.has('|') {
            return self.through_shell(place, command);
        }
        let path = if command.program.contains('/') {
            command.program.clone()
        } else {
            match self.search(place, line, command, setting)? {
                Some(path) => path,
                None => return Ok(()),
            }
        };
        let program = self.programs().look(&path)?;
        for flaw in &program.flaws {
            self.flaw(setting, place, line, command, flaw)?;
        }
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let is_shell =
            program.text.is_none() && matches!(name.as_str(), "sh" | "bash" | "dash" | "ash");
        let is_sound = program.flaws.is_empty();
        if is_shell && is_sound {
            self.shell_arguments(place, command, &program)?;
        } else {
            if is_sound {
                self.script(place, &path, &program, harmless)?;
            }
            if is_sound && program.text.is_none() {
                self.known_program(place, &name, command)?;
            }
            self.host_files(place, command)?;
        }
        self.configurations(place, command)?;
        for argument in &command.arguments {
            self.store_paths(place, argument);
        }
        Ok(())
    }

    /// What is known of a program by its name.
    fn known_program(&mut self, place: &str, name: &str, command: &Command) -> Result<()> {
        // What has a variable in it, systemd knows only as the service starts.
        let known = |argument: &String| !argument.contains(['%', '$']);
        let arguments: Vec<_> = command
            .arguments
            .iter()
            .map(|argument| Some(argument.clone()).filter(known))
            .collect();
        let harmless = command.may_fail();
        self.uses(place, name, &arguments, harmless)?;
        self.looks_up(place, name, &arguments, harmless)?;
        if let Some((word, rest)) = wrapped(name, &arguments) {
            let call = Call {
                word: word.to_owned(),
                is_certain: true,
                arguments: rest.to_vec(),
            };
            self.call(&Caller::of(place, name, harmless), &call)?;
        }
        if name == "nginx" {
            self.nginx(place, &command.arguments, harmless)?;
        }
        if matches!(name, "initdb" | "pg_ctl") && self.inside().look("/bin/sh")? == Found::Missing {
            let message =
                format!("{place} runs {name}, which runs /bin/sh, and there is none inside");
            let remedies = self.shell_remedy();
            self.say(Code::CommandMissing, harmless, "/bin/sh", message, remedies);
        }
        Ok(())
    }

    /// A bare name, which systemd looks up inside (`find_executable_full`).
    fn search(
        &mut self,
        place: &str,
        line: &str,
        command: &Command,
        setting: ExecSetting,
    ) -> Result<Option<String>> {
        let own = search_path(&self.subject.service.settings);
        let name = &command.program;
        let (directories, wherever) = if own.is_empty() {
            (
                DEFAULT_PATH.map(str::to_owned).to_vec(),
                "where systemd looks (the unit sets no ExecSearchPath=)".to_owned(),
            )
        } else {
            (own.clone(), format!("in ExecSearchPath={}", own.join(":")))
        };
        match self.programs().find(name, &directories)? {
            // NixOS' systemd looks in its own package instead.
            Located::Found(path) if own.is_empty() => {
                self.say(
                    Code::CommandMissing,
                    true,
                    name,
                    format!("{place} runs {name:?}, which is at {path} inside; the systemd of NixOS does not look there"),
                    Vec::new(),
                );
                Ok(Some(path))
            }
            Located::Found(path) => Ok(Some(path)),
            Located::Unknown => Ok(None),
            Located::Missing => {
                let remedies = self.named_by_path(setting, line, name)?;
                self.say(
                    Code::CommandMissing,
                    command.may_fail(),
                    name,
                    format!("{place} runs {name:?}, which is nowhere {wherever}"),
                    remedies,
                );
                Ok(None)
            }
        }
    }

    /// With the prefix `|` (systemd 258), the user's shell runs the rest.
    fn through_shell(&mut self, place: &str, command: &Command) -> Result<()> {
        let message = format!(
            "{place} is to be run by the shell that the host has for its user ('|'), which has to be inside at that place, and which systemd knows from 258 on: before, it refuses the unit (without '|', every version runs the command itself)"
        );
        self.say(Code::SystemdTooOld, true, "|", message, Vec::new());
        if self.inside().look("/bin/sh")? == Found::Missing {
            let message = format!(
                "{place} is run by the shell of its user ('|'), and there is no /bin/sh inside"
            );
            let remedies = self.shell_remedy();
            self.say(Code::CommandMissing, true, "|", message, remedies);
        }
        for argument in &command.arguments {
            self.store_paths(place, argument);
        }
        Ok(())
    }
}
