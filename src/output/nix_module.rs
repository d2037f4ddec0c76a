//! The changes of a rehearsal as a NixOS module.

use crate::rehearse::Rehearsal;
use crate::text::{Document, Terminal, Text, text};

/// A module with the changes of every service, each with what it gives up.
pub fn nix_module(rehearsal: &Rehearsal) -> Document {
    let mut module = Text::<Terminal>::own(
        "# Written by confinix rehearse: the changes with which services start confined. Each is needed.\n{ lib, pkgs, ... }:\n{\n",
    );
    for (name, service) in &rehearsal.services {
        let Some(written) = rehearsal.changes(name).and_then(|changes| changes.write()) else {
            continue;
        };
        for gives_up in service.gives_up() {
            module.push(text!("  # gives up: {}\n", gives_up));
        }
        for line in written.text.lines() {
            module.push(text!("  {}\n", line));
        }
    }
    module.push(Text::own("}\n"));
    module.into()
}
