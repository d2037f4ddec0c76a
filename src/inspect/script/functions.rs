//! Functions, which are visited where they are called.

use super::ends::Over;
use super::state::Value;
use super::visit::Visit;

/// Functions may call each other as deeply.
const MAX_CALLS: usize = 12;

impl Visit<'_> {
    /// Visits functions that are only named, as by `trap`.
    pub(super) fn uncalled_functions(&mut self) {
        self.at.over = Over::Nothing;
        loop {
            let mut names = self.functions.keys();
            let is_named = |name: &&String| {
                !self.called.contains(*name)
                    && (self.found.words.contains(*name) || self.script.is_open)
            };
            let Some(name) = names.find(is_named).cloned() else {
                return;
            };
            self.maybe(|visit| {
                visit.function(&name, None, false, false);
            });
        }
    }

    /// Visits the body of a function that is called.
    pub fn function(
        &mut self,
        name: &str,
        arguments: Option<&[Option<String>]>,
        counts: bool,
        ends_script: bool,
    ) -> Option<bool> {
        self.called.insert(name.to_owned());
        let function = self.functions.get(name).cloned()?;
        if self.locals.len() >= MAX_CALLS {
            self.turn(Over::Script);
            self.state.open();
            return None;
        }
        let before = self.at;
        let outer = self.state.positional.take();
        if let Some(arguments) = arguments {
            self.state.set_positional(arguments);
        }
        self.locals.push(Vec::new());
        let mut value = self.counted_if(counts, |visit| {
            visit.compound(&function.body.0, ends_script)
        });
        if self.at.over == Over::Function {
            value = self.ended;
        }
        for (name, value) in self.locals.pop().into_iter().flatten().rev() {
            match value {
                Value::Known(value) => self.state.assign(&name, Some(value)),
                Value::Unset => self.state.unset(&name),
                Value::Unknown => self.state.assign(&name, None),
            }
        }
        self.state.positional = outer;
        self.leave(Over::Function, before);
        value
    }
}
