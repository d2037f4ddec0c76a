//! Which options were given, and one more.

use super::SourceOptions;
use crate::service::UnitName;

impl SourceOptions {
    /// Takes this service, confined or not.
    pub fn take(&mut self, name: &UnitName) {
        self.select.push(name.to_string());
    }

    /// The first option that says which services to make a bundle of, or how, and so says nothing of one that is made.
    pub fn of_making(&self) -> Option<&'static str> {
        let options = [
            ("--file", self.file.is_some()),
            ("--expr", self.expr.is_some()),
            ("--services", self.services.is_some()),
            ("--graph", self.graph.is_some()),
            ("--attrs", self.attrs.is_some()),
            ("--units", !self.units.is_empty()),
            ("--select", !self.select.is_empty()),
            ("--all", self.all),
            ("--include", !self.include.is_empty()),
            ("--preset", !self.presets.is_empty()),
        ];
        let mut given = options.into_iter().filter(|(_, is_given)| *is_given);
        given.next().map(|(option, _)| option)
    }
}
