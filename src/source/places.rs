//! Where the services of a loaded bundle are defined.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Loaded;
use crate::config::Place;
use crate::document::{self, Kind};
use crate::service::{HostService, UnitName};

impl Loaded {
    /// Where its services are defined: at the key in a JSON file, at the start of any other file.
    pub fn places(&self) -> BTreeMap<HostService, Place> {
        let places = self.places_of_units().into_iter();
        let of_host = places.map(|(unit, place)| {
            let host = self.host.clone();
            (HostService { host, unit }, place)
        });
        of_host.collect()
    }

    fn places_of_units(&self) -> BTreeMap<UnitName, Place> {
        let names = self.bundle.services.keys();
        let Some(path) = &self.file else {
            return names
                .map(|name| (name.clone(), Place::start("flake.nix")))
                .collect();
        };
        let file: Arc<str> = path.display().to_string().into();
        let mut places: BTreeMap<_, _> = names
            .map(|name| (name.clone(), Place::start(&file)))
            .collect();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            // A pipe was already read.
            let text = document::text(path, Kind::Bundle).unwrap_or_default();
            let mut unseen: BTreeSet<_> = places.keys().cloned().collect();
            // Large files have long lists before and between the keys, so lines are counted once.
            let (mut line, mut line_start, mut counted) = (1, 0, 0);
            for (end, _) in text.match_indices(".service\":") {
                let start = text[..end].rfind('"').map_or(end, |quote| quote + 1);
                let Ok(name) = UnitName::parse(&text[start..end + ".service".len()]) else {
                    continue;
                };
                if !unseen.remove(&name) {
                    continue;
                }
                for (newline, _) in text[counted..start].match_indices('\n') {
                    line += 1;
                    line_start = counted + newline + 1;
                }
                counted = start;
                places.insert(
                    name,
                    Place {
                        file: file.clone(),
                        line,
                        column: text[line_start..start].chars().count(),
                    },
                );
            }
        }
        places
    }
}
