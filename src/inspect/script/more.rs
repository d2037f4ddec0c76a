//! Other texts that a script runs: files that it reads in, `eval`, `trap`. What programs print.

use super::ends::Over;
use super::parse_checked;
use super::simple::Way;
use super::visit::Visit;
use super::words::MAX_DEPTH;

/// No more of the files that a script reads in is read, in bytes.
const MAX_SOURCED: usize = 512 * 1024;

impl Visit<'_> {
    /// Has the rest of the script know nothing of variables and commands.
    pub(super) fn forget(&mut self) {
        self.script.is_open = true;
        self.state.open();
    }

    /// What a command prints, if that is known.
    pub(super) fn printed(&mut self, word: &str, arguments: &[Option<String>], has: Option<bool>) {
        let name = word.rsplit('/').next().unwrap_or_default();
        self.output = match (name, arguments) {
            _ if has == Some(false) => Some(String::new()),
            ("dirname", [Some(path)]) => path
                .rsplit_once('/')
                .map(|(dir, _)| if dir.is_empty() { "/" } else { dir }.to_owned()),
            ("basename", [Some(path)]) => path.rsplit('/').next().map(str::to_owned),
            ("readlink", [Some(option), Some(path)]) if matches!(option.as_str(), "-f" | "-e") => {
                Some(path.clone())
            }
            ("realpath", [Some(path)]) => Some(path.clone()),
            _ => None,
        };
    }

    /// Reads in a file.
    pub(super) fn source(
        &mut self,
        word: &str,
        path: Option<String>,
        arguments: &[Option<String>],
        way: Way,
    ) -> Option<bool> {
        let is_fatal = self.ends_without(word);
        if let Some(path) = &path
            && path.starts_with('/')
            && (is_fatal || way.counts && self.at.sure && self.at.counted)
        {
            let is_decisive = is_fatal || self.is_decisive(way.counts, way.ends_script);
            self.opened(path.clone(), false, is_decisive);
        }
        let text = path
            .filter(|path| path.starts_with('/'))
            .and_then(|path| self.world.source(&path));
        let program = text.and_then(|text| {
            self.sourced += text.len();
            (self.sourced <= MAX_SOURCED && self.depth < MAX_DEPTH)
                .then(|| parse_checked(&text))
                .flatten()
        });
        let Some(program) = program else {
            self.forget();
            self.turn(Over::Script);
            return None;
        };
        let before = self.at;
        let outer = self.state.positional.clone();
        if arguments.len() > 1 {
            self.state.set_positional(&arguments[1..]);
        }
        self.depth += 1;
        let value = self.counted_if(way.counts, |visit| visit.program(&program, way.ends_script));
        self.depth -= 1;
        if arguments.len() > 1 {
            self.state.positional = outer;
        }
        self.leave(Over::Function, before);
        value
    }

    pub(super) fn eval(&mut self, arguments: &[Option<String>], way: Way) -> Option<bool> {
        let text: Option<Vec<String>> = arguments.iter().cloned().collect();
        let program = text.and_then(|words| parse_checked(&words.join(" ")));
        let Some(program) = program.filter(|_| self.depth < MAX_DEPTH) else {
            self.forget();
            self.turn(Over::Script);
            return None;
        };
        self.depth += 1;
        let value = self.counted_if(way.counts, |visit| visit.program(&program, way.ends_script));
        self.depth -= 1;
        value
    }

    /// A handler that ends the script gives it another exit status.
    pub(super) fn trap(&mut self, handler: Option<&str>) {
        let Some(handler) = handler.filter(|handler| *handler != "-") else {
            return;
        };
        if self.may_end(handler) {
            self.turn(Over::Script);
        }
    }

    /// Whether commands mention what ends the script, or a function that does.
    pub(super) fn may_end(&self, commands: &str) -> bool {
        let mut words =
            commands.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        words.any(|word| {
            let function = self.functions.get(word);
            word == "exit" || function.is_some_and(|it| it.to_string().contains("exit"))
        })
    }
}
