//! What a search starts at.

use std::collections::BTreeSet;

use crate::inspect::Command;
use crate::store::StorePath;

/// A service, as far as it tells what it can call.
#[derive(Clone, Debug, Default)]
pub struct Caller<'a> {
    /// Its commands.
    pub commands: Vec<Command>,
    /// The texts of its unit whose words may be names of executables: its command lines and variables.
    pub texts: Vec<&'a str>,
    /// The other texts of its unit, in which only paths count.
    pub settings: Vec<&'a str>,
    /// The store paths that it names in texts that are not known.
    pub named: BTreeSet<&'a StorePath>,
    /// The store paths that it has been given as packages: all their executables stay.
    pub given: BTreeSet<&'a StorePath>,
    /// The program that it sees as /bin/sh, which stays if something can call a shell.
    pub shell: Option<&'a str>,
    /// Whether its runs called that; `None` if it is not known.
    pub ran_shell: Option<bool>,
    /// Where it may have code that is not in its closure: a working directory, or a variable such as `PYTHONPATH`.
    pub code: Option<String>,
    /// Files that its runs touched, by their paths below the store: `<hash>-name/bin/x`.
    pub ran: Vec<&'a str>,
}
