//! What a service used of the store without confinement and does not have in its closure.

use std::collections::BTreeMap;

use crate::foresight::Need;
use crate::observe::Observation;
use crate::store::StoreDir;

/// A service that touches more store paths beyond its closure looks through the store, rather than at what it needs.
const MOST: usize = 64;

/// Returns what these accesses say that the service needs: a file of each store path, a program if one was executed.
pub fn needs_beyond(observation: &Observation, store: &StoreDir) -> Vec<Need> {
    let mut needs: BTreeMap<&str, Need> = BTreeMap::new();
    // Programs come first.
    for (file, is_executed) in observation.beyond.iter() {
        // A name that is not UTF-8 can't be configured.
        if file.contains('%') {
            continue;
        }
        let base = file.split('/').next().unwrap_or(file);
        let path = format!("{}/{}", store.as_str(), file.trim_end_matches('/'));
        let need = if is_executed {
            Need::Execute
        } else {
            Need::Read
        };
        needs.entry(base).or_insert_with(|| need(path));
    }
    if needs.len() > MOST {
        return Vec::new();
    }
    needs.into_values().collect()
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::observe::Files;

    const TOOL: &str = "0c0dfghijklmnpqrsvwxyz0123456789-jq-1.7";
    const DATA: &str = "1c0dfghijklmnpqrsvwxyz0123456789-data";

    #[test]
    fn each_store_path_is_needed_once() -> Result<()> {
        let set = |names: &[String]| names.iter().cloned().collect();
        let observation = Observation {
            beyond: Files {
                executed: set(&[format!("{TOOL}/bin/jq")]),
                opened: set(&[
                    format!("{TOOL}/lib/a.so"),
                    format!("{DATA}/share/"),
                    format!("{DATA}/%FF"),
                ]),
            },
            ..Observation::default()
        };
        let store = StoreDir::parse("/nix/store")?;
        let expected = [
            Need::Execute(format!("/nix/store/{TOOL}/bin/jq")),
            Need::Read(format!("/nix/store/{DATA}/share")),
        ];
        assert_eq!(needs_beyond(&observation, &store), expected);
        Ok(())
    }

    #[test]
    fn who_looks_through_the_store_needs_nothing_of_it() -> Result<()> {
        let listed = (0..=MOST).map(|number| format!("{number:032}-x/"));
        let observation = Observation {
            beyond: Files {
                opened: listed.collect(),
                ..Files::default()
            },
            ..Observation::default()
        };
        assert_eq!(
            needs_beyond(&observation, &StoreDir::parse("/nix/store")?),
            []
        );
        Ok(())
    }
}
