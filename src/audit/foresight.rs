//! What will not work inside the root of a service, before it is deployed.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::Remedy;
use super::finding::Draft;
use super::providers::provider;
use super::subject::Subject;
use crate::bundle::BundleService;
use crate::inspect::{
    Command, DEFAULT_PATH, Environment, FRESH, Flaw, Found, Inside, Known, Lookup, Program,
    Programs, commands, read_script,
};
use crate::service::ExecSetting;
use crate::store::{StoreFiles, mentions};

/// A draft of the rule with this code.
pub struct Foreseen {
    pub code: &'static str,
    pub draft: Draft,
}

/// Where programs of the host write and read, so that a path below it in an argument is most likely a file.
const HOST: [&str; 7] = [
    "/etc/", "/home/", "/run/", "/srv/", "/usr/", "/var/", "/opt/",
];

/// Everything that will not work.
pub fn foresee(subject: &Subject, files: &dyn StoreFiles, known: &Known) -> Result<Vec<Foreseen>> {
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
    let on_host = starts_only_main(subject.service);
    for setting in ExecSetting::ALL {
        // These run outside, where all is as it was.
        if on_host && setting != ExecSetting::ExecStart {
            continue;
        }
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

/// Whether only `ExecStart=` runs in the root, which an adopted one may say.
fn starts_only_main(service: &BundleService) -> bool {
    matches!(
        service.settings.boolean("RootDirectoryStartOnly"),
        Ok(Some(true))
    )
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

    fn command(&mut self, setting: ExecSetting, place: &str, command: &Command) -> Result<()> {
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
            match self.search(place, command, setting)? {
                Some(path) => path,
                None => return Ok(()),
            }
        };
        let program = self.programs.look(&path)?;
        for flaw in &program.flaws {
            self.flaw(setting.name(), place, &path, flaw, harmless);
        }
        let is_shell = program.text.is_none()
            && path
                .rsplit('/')
                .next()
                .is_some_and(|name| matches!(name, "sh" | "bash" | "dash" | "ash"));
        let is_sound = program.flaws.is_empty();
        if is_shell && is_sound {
            self.shell_arguments(place, command, &program)?;
        } else {
            if is_sound {
                self.script(place, &path, &program, harmless)?;
            }
            self.host_files(place, command)?;
        }
        for argument in &command.arguments {
            self.store_paths(place, argument);
        }
        Ok(())
    }

    /// A bare name, which systemd looks up inside (`find_executable_full`).
    fn search(
        &mut self,
        place: &str,
        command: &Command,
        setting: ExecSetting,
    ) -> Result<Option<String>> {
        let own: Vec<String> = self
            .subject
            .service
            .settings
            .list("ExecSearchPath")
            .iter()
            .flat_map(|value| value.split(':'))
            .map(str::to_owned)
            .collect();
        let name = &command.program;
        let (directories, wherever) = if own.is_empty() {
            (
                DEFAULT_PATH.map(str::to_owned).to_vec(),
                "where systemd looks (the unit sets no ExecSearchPath=)".to_owned(),
            )
        } else {
            (own.clone(), format!("in ExecSearchPath={}", own.join(":")))
        };
        match self.programs.find(name, &directories)? {
            // NixOS' systemd looks in its own package instead.
            Lookup::Found(path) if own.is_empty() => {
                self.say(
                    "command-missing",
                    true,
                    name,
                    format!("{place} runs {name:?}, which is at {path} inside; the systemd of NixOS does not look there"),
                    Vec::new(),
                );
                Ok(Some(path))
            }
            Lookup::Found(path) => Ok(Some(path)),
            Lookup::Unknown => Ok(None),
            Lookup::Missing => {
                let remedy = self.nixos(
                    "to name it by its store path",
                    &format!("serviceConfig.{}", setting.name()),
                    &format!(
                        "\"${{pkgs.{}}}/bin/{name} …\"",
                        provider(name).unwrap_or(name)
                    ),
                );
                self.say(
                    "command-missing",
                    command.may_fail(),
                    name,
                    format!("{place} runs {name:?}, which is nowhere {wherever}"),
                    vec![remedy],
                );
                Ok(None)
            }
        }
    }

    /// With the prefix `|` (systemd 258), the user's shell runs the rest.
    fn through_shell(&mut self, place: &str, command: &Command) -> Result<()> {
        if matches!(self.inside.look("/bin/sh")?, Found::Missing) {
            let remedy = self.nixos(
                "to bring a shell",
                "confinement.binSh",
                "\"${pkgs.bash}/bin/sh\"",
            );
            self.say(
                "command-missing",
                true,
                "|",
                format!("{place} is run by the login shell of its user ('|'), and there is no /bin/sh inside"),
                vec![remedy],
            );
        }
        for argument in &command.arguments {
            self.store_paths(place, argument);
        }
        Ok(())
    }

    fn flaw(&mut self, setting: &str, place: &str, command: &str, flaw: &Flaw, harmless: bool) {
        let via = |path: &str| via(command, path);
        match flaw {
            Flaw::Missing { path } => {
                let (message, remedies) = if path == "/bin/sh" {
                    (
                        format!("{place} runs /bin/sh, and there is none inside"),
                        vec![self.nixos(
                            "to have one",
                            "confinement.binSh",
                            "\"${pkgs.bash}/bin/sh\"",
                        )],
                    )
                } else if self.inside.store_dir().owner(path).is_some() {
                    (
                        format!("{place} runs {path}, which does not exist{}", via(path)),
                        Vec::new(),
                    )
                } else {
                    let name = path.rsplit('/').next().unwrap_or(path);
                    (
                        format!("{place} runs {path}, which is not inside{}", via(path)),
                        vec![self.nixos(
                            "to name it by its store path",
                            &format!("serviceConfig.{setting}"),
                            &format!(
                                "\"${{pkgs.{}}}/bin/{name} …\"",
                                provider(name).unwrap_or(name)
                            ),
                        )],
                    )
                };
                self.say("command-missing", harmless, path, message, remedies);
            }
            Flaw::IsDirectory { path } => {
                self.say(
                    "command-missing",
                    harmless,
                    path,
                    format!("{place} runs {path}, which is a directory"),
                    Vec::new(),
                );
            }
            Flaw::NotExecutable { path } => {
                self.say(
                    "command-missing",
                    harmless,
                    path,
                    format!(
                        "{place} runs {path}, which may not be executed{}",
                        via(path)
                    ),
                    Vec::new(),
                );
            }
            Flaw::Interpreter { .. } | Flaw::Env { .. } | Flaw::Loader { .. } => {
                self.interpreter_flaw(place, flaw, harmless);
            }
            _ => self.file_flaw(place, command, flaw, harmless),
        }
    }

    fn interpreter_flaw(&mut self, place: &str, flaw: &Flaw, harmless: bool) {
        match flaw {
            Flaw::Interpreter { path, interpreter } => {
                let remedies = if interpreter == "/bin/sh" {
                    vec![self.nixos(
                        "to have one",
                        "confinement.binSh",
                        "\"${pkgs.bash}/bin/sh\"",
                    )]
                } else {
                    let name = interpreter.rsplit('/').next().unwrap_or_default();
                    vec![self.nixos(
                        "to show one there",
                        "serviceConfig.BindReadOnlyPaths",
                        &format!(
                            "[ \"${{pkgs.{}}}/bin/{name}:{interpreter}\" ]",
                            provider(name).unwrap_or(name)
                        ),
                    )]
                };
                let message =
                    format!("{place} runs {path}, a script for {interpreter}, which is not inside");
                self.say(
                    "interpreter-missing",
                    harmless,
                    interpreter,
                    message,
                    remedies,
                );
            }
            Flaw::Env { path, program } => {
                let message = format!(
                    "{place} runs {path}, for which env looks for {program} on PATH, and nothing there provides it"
                );
                let remedies = self.package_remedy(program);
                self.say("interpreter-missing", harmless, program, message, remedies);
            }
            Flaw::Loader { path, loader } => {
                let message = format!("{place} runs {path}, whose loader {loader} is not inside");
                self.say("interpreter-missing", harmless, loader, message, Vec::new());
            }
            _ => {}
        }
    }

    fn file_flaw(&mut self, place: &str, command: &str, flaw: &Flaw, harmless: bool) {
        let via = |path: &str| via(command, path);
        match flaw {
            Flaw::UnknownFormat { path } => {
                let message = format!(
                    "{place} runs {path}, which is neither a binary nor a script with #!{}",
                    via(path)
                );
                self.say("not-a-program", harmless, path, message, Vec::new());
            }
            Flaw::Unreadable { path, reason } => {
                let message = format!("{place} needs {path}, which was not looked at: {reason}");
                self.say("not-a-program", true, path, message, Vec::new());
            }
            Flaw::Broken { path, reason } => {
                self.say(
                    "not-a-program",
                    harmless,
                    path,
                    format!("{place} needs {path}, which is broken: {reason}"),
                    Vec::new(),
                );
            }
            Flaw::Circle { path } => {
                self.say(
                    "not-a-program",
                    harmless,
                    path,
                    format!("{place} runs {path}, whose interpreters are scripts without end"),
                    Vec::new(),
                );
            }
            Flaw::Library { path, library } => {
                let message = format!(
                    "{place} needs {library}{}, which is nowhere where the loader looks for {path}",
                    via(path)
                );
                self.say("library-missing", harmless, library, message, Vec::new());
            }
            Flaw::Machine { path, machine } => {
                let message = format!("{place} needs {path}, which is built for {machine}");
                self.say("wrong-architecture", true, path, message, Vec::new());
            }
            _ => {}
        }
    }

    fn package_remedy(&self, command: &str) -> Vec<Remedy> {
        // Where PATH names a directory that this machine has, its package is the one that was meant.
        vec![self.nixos(
            "to take it in",
            "confinement.packages",
            &format!("[ pkgs.{} ]", provider(command).unwrap_or(command)),
        )]
    }

    fn shell_arguments(&mut self, place: &str, command: &Command, shell: &Program) -> Result<()> {
        let mut errexit = false;
        let mut arguments = command.arguments.iter();
        while let Some(argument) = arguments.next() {
            let Some(flags) = argument.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
                if argument.starts_with('/') && !argument.contains(['%', '$']) {
                    match self.inside.look(argument)? {
                        Found::File { file, .. } => match self.inside.read(&file) {
                            Ok(None) => {}
                            Ok(Some(data)) => {
                                let text = String::from_utf8_lossy(&data).into_owned();
                                self.shell_text(
                                    place,
                                    argument,
                                    &text,
                                    errexit,
                                    shell,
                                    command.may_fail(),
                                )?;
                            }
                            Err(error) => {
                                let message = format!(
                                    "{place} runs {argument}, which was not looked at: {error:#}"
                                );
                                self.say(
                                    "script-not-understood",
                                    true,
                                    argument,
                                    message,
                                    Vec::new(),
                                );
                            }
                        },
                        Found::Missing => self.say(
                            "command-missing",
                            command.may_fail(),
                            argument,
                            format!("{place} has a shell run {argument}, which is not inside"),
                            Vec::new(),
                        ),
                        Found::Directory | Found::Unknown => {}
                    }
                }
                return Ok(());
            };
            errexit |= !flags.starts_with('-') && flags.contains('e');
            if !flags.starts_with('-') && flags.contains('c') {
                if let Some(text) = arguments.next() {
                    self.shell_text(place, "its text", text, errexit, shell, command.may_fail())?;
                }
                return Ok(());
            }
        }
        Ok(())
    }

    fn script(&mut self, place: &str, path: &str, program: &Program, harmless: bool) -> Result<()> {
        if let Some(text) = &program.shell_script {
            return self.shell_text(place, path, text, program.errexit, program, harmless);
        }
        if let Some(text) = &program.text {
            self.store_paths(path, text);
        }
        Ok(())
    }

    fn shell_text(
        &mut self,
        place: &str,
        what: &str,
        text: &str,
        errexit: bool,
        shell: &Program,
        harmless: bool,
    ) -> Result<()> {
        let script = match read_script(text, errexit) {
            Ok(script) => script,
            Err(reason) => {
                self.say(
                    "script-not-understood",
                    true,
                    what,
                    format!(
                        "{place} runs {what}, which could not be read as a shell script: {reason}"
                    ),
                    Vec::new(),
                );
                self.store_paths(what, text);
                return Ok(());
            }
        };
        // busybox finds its applets by itself.
        let knows_more = shell
            .file
            .as_deref()
            .is_some_and(|file| file.contains("busybox"));
        for call in &script.calls {
            if call.word.contains('/') {
                if !call.word.starts_with('/') {
                    continue;
                }
                for flaw in self.programs.look(&call.word)?.flaws {
                    self.script_flaw(place, what, &call.word, &flaw, !call.is_certain || harmless);
                }
                continue;
            }
            let Some(mut directories) = self
                .environment
                .path()
                .filter(|_| !script.is_open && !knows_more)
            else {
                continue;
            };
            directories.extend(script.path.iter().cloned());
            if self.programs.find(&call.word, &directories)? == Lookup::Missing
                && self.missed.insert((call.word.clone(), call.is_certain))
            {
                let on = if self.environment.sets_path() {
                    "nothing that is inside and on PATH provides"
                } else {
                    "nothing inside provides (the unit sets no PATH)"
                };
                let message = format!("{place}: {what} calls {}, which {on}", call.word);
                let remedies = self.package_remedy(&call.word);
                self.say(
                    "script-command-missing",
                    !call.is_certain || harmless,
                    &call.word,
                    message,
                    remedies,
                );
            }
        }
        self.store_paths(what, text);
        Ok(())
    }

    fn script_flaw(
        &mut self,
        place: &str,
        what: &str,
        word: &str,
        flaw: &Flaw,
        is_uncertain: bool,
    ) {
        let reason = match flaw {
            Flaw::Missing { path } if path == word => "which is not inside".to_owned(),
            Flaw::Missing { path } => format!("which needs {path}, and that is not inside"),
            Flaw::IsDirectory { .. } => "which is a directory".to_owned(),
            Flaw::NotExecutable { .. } => "which may not be executed".to_owned(),
            // The shell takes such a file for a script of its own.
            Flaw::UnknownFormat { .. } | Flaw::Machine { .. } => return,
            Flaw::Unreadable { reason, .. } => {
                let message =
                    format!("{place}: {what} calls {word}, which was not looked at: {reason}");
                return self.say("script-command-missing", true, word, message, Vec::new());
            }
            Flaw::Broken { reason, .. } => format!("which is broken: {reason}"),
            Flaw::Circle { .. } => "whose interpreters are scripts without end".to_owned(),
            Flaw::Interpreter { interpreter, .. } => {
                format!("a script for {interpreter}, which is not inside")
            }
            Flaw::Env { program, .. } => format!("for which env looks for {program} in vain"),
            Flaw::Loader { loader, .. } => format!("whose loader {loader} is not inside"),
            Flaw::Library { library, .. } => {
                format!("which needs {library}, and that is nowhere where the loader looks")
            }
        };
        self.say(
            "script-command-missing",
            is_uncertain,
            word,
            format!("{place}: {what} calls {word}, {reason}"),
            Vec::new(),
        );
    }

    /// Notes the store paths in a text that are not in the closure.
    fn store_paths(&mut self, place: &str, text: &str) {
        let dir = self.inside.store_dir();
        for mention in mentions(text, dir) {
            // A sentence may end behind the name.
            let name = mention.name.trim_end_matches('.');
            let base = format!("{}-{name}", mention.hash);
            let path = format!("{dir}/{base}", dir = dir.as_str());
            if !self
                .subject
                .closure
                .paths
                .iter()
                .any(|path| path.hash() == mention.hash)
            {
                self.named.entry(path).or_insert_with(|| place.to_owned());
            }
        }
    }

    fn outside(&mut self) {
        for (path, place) in std::mem::take(&mut self.named) {
            let name = path
                .rsplit('/')
                .next()
                .and_then(|base| base.get(33..))
                .unwrap_or(&path)
                .to_owned();
            let remedy = self.nixos(
                "to take it in",
                "confinement.packages",
                &format!("[ \"{path}\" ]"),
            );
            self.say(
                "path-outside-closure",
                true,
                &name,
                format!("{place} names {path}, which the service does not see"),
                vec![remedy],
            );
        }
    }

    fn host_files(&mut self, place: &str, command: &Command) -> Result<()> {
        for argument in &command.arguments {
            let path = argument.rsplit('=').next().unwrap_or_default();
            let is_file = HOST.iter().any(|dir| path.starts_with(dir))
                && !path.contains(['%', '$', '*', ':', ',', ' ']);
            if is_file && self.inside.look(path)? == Found::Missing {
                let remedy = self.nixos(
                    "to show it",
                    "serviceConfig.BindReadOnlyPaths",
                    &format!("[ \"{path}\" ]"),
                );
                self.say(
                    "host-file-named",
                    true,
                    path,
                    format!("{place} names {path}, which is not inside"),
                    vec![remedy],
                );
            }
        }
        Ok(())
    }

    fn working_directory(&mut self) -> Result<()> {
        let Some(value) = self.subject.service.settings.value("WorkingDirectory") else {
            return Ok(());
        };
        if !value.starts_with('/') || value.contains('%') {
            return Ok(());
        }
        let value = value.to_owned();
        let reason = match self.inside.look(&value)? {
            Found::Missing => "which does not exist inside",
            Found::File { .. } => "which is a file",
            Found::Directory | Found::Unknown => return Ok(()),
        };
        let remedy = self.nixos(
            "to show it",
            "serviceConfig.BindPaths",
            &format!("[ {value:?} ]"),
        );
        self.say(
            "working-directory-missing",
            false,
            &value,
            format!("the unit sets WorkingDirectory={value}, {reason}"),
            vec![remedy],
        );
        Ok(())
    }
}

/// Which command a path is needed for, where it is not the command itself.
fn via(command: &str, path: &str) -> String {
    if path == command {
        String::new()
    } else {
        format!(" (for {command})")
    }
}
