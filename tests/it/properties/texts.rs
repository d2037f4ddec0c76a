//! Commands, words and unit files.

use confinix::bundle::make;
use confinix::confine::{Strategies, drop_in};
use confinix::root::Mount;
use confinix::service::{ClosureRoots, Services, UnitName, mentioned};
use confinix::store::{GraphBuilder, NoFiles, StoreDir, read_graph};
use confinix::systemd::{DROP_IN_NAME, Specifiers, UnitFile, path_word};
use proptest::prelude::*;
use serde_json::json;

use super::extract;
use super::fail;
use crate::made;

/// A path of characters, some of which have a special meaning to systemd or to Nix.
const ODD_PATH: &str = "/[ -~äé→\u{a0}]{0,24}";

proptest! {
    #[test]
    fn systemd_reads_a_path_as_it_was(path in ODD_PATH, target in ODD_PATH) {
        let text = drop_in(false, &[], &[Mount::bind(&path, &target)]).map_err(fail)?;
        let line = text.lines().find_map(|line| line.strip_prefix("BindReadOnlyPaths=")).unwrap_or_default();
        let expected = if path == target { vec![path] } else { vec![path, target] };
        prop_assert_eq!(extract::bind(line), Some(vec![expected]), "{}", line);
    }

    #[test]
    fn a_word_stands_alone_whatever_surrounds_it(paths in prop::collection::vec(ODD_PATH, 1..4)) {
        let words = paths.iter().map(|path| path_word(path)).collect::<Result<Vec<_>, _>>().map_err(fail)?;
        let expected = paths.iter().map(|path| vec![path.clone()]).collect();
        prop_assert_eq!(extract::bind(&words.join(" ")), Some(expected));
    }

    #[test]
    fn a_path_with_a_control_character_is_refused(before in "/[a-z]{0,3}", c in "[\u{0}-\u{1f}\u{7f}]", after in "[a-z]{0,3}") {
        let path = format!("{before}{c}{after}");
        prop_assert!(path_word(&path).is_err());
    }

    #[test]
    fn a_command_names_the_paths_that_were_put_into_it(
        pieces in prop::collection::vec(("[-@+!:|=\"' ,;]{0,4}", 0usize..50, "(/[a-z/.]{0,8})?[\"' ,;:)]"), 0..6),
    ) {
        let command: String = pieces.iter().map(|(before, number, after)| format!("{before}{}{after}", made::path(*number))).collect();
        let services = made::one("a.service", &made::service(&format!("/bin/a {command}")));
        let services = Services::read(services.to_string().as_bytes()).map_err(fail)?;
        let name = UnitName::parse("a.service").map_err(fail)?;
        let found = mentioned(&services.services[&name], &services.store_dir).map_err(fail)?;
        let found: Vec<_> = found.roots.iter().map(|root| root.path.to_string()).collect();
        let mut expected: Vec<_> = pieces.iter().map(|(_, number, _)| made::path(*number)).collect();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_command_makes_a_bundle_or_a_sentence(command in "(\\PC|/nix/store/[0-9a-z]{31,33}|[-/@+!]|\t|\n){0,30}") {
        let services = made::one("a.service", &made::service(&command));
        if let Ok(services) = Services::read(services.to_string().as_bytes()) {
            let dir = StoreDir::parse("/nix/store").map_err(fail)?;
            let graph = GraphBuilder::new().finish(&dir).map_err(fail)?;
            let strategies = Strategies::default();
            let roots = ClosureRoots::of_all(&services);
            match roots.and_then(|roots| make(&services, &roots, &graph, &NoFiles, strategies)) {
                Ok(planned) => prop_assert!(planned.files.keys().all(|name| name.ends_with(DROP_IN_NAME))),
                Err(error) => {
                    let said = format!("{error:#}");
                    prop_assert!(said.contains("a.service"), "{}", said);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_services_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Services::read(bytes.as_slice());
    }

    #[test]
    fn a_unit_file_reads_as_it_was_written(
        settings in prop::collection::vec((prop::sample::select(vec!["TasksMax", "LimitNOFILE"]), "([!-~][ -~]{0,20}[!-\\[\\]-~])?"), 0..8),
        commands in prop::collection::vec("(/[a-z]{1,8}( [a-z]{1,4}){0,2})?", 0..4),
        spaces in " {0,3}",
        comments in any::<bool>(),
    ) {
        let mut text = String::from("[Unit]\nExecStart=no\n\n[Service]\n");
        let lines = commands.iter().map(|command| ("ExecStart", command));
        for (name, value) in settings.iter().map(|(name, value)| (*name, value)).chain(lines) {
            if comments {
                text.push_str("# ExecStart=/not/this \\\n; nor=this\n");
            }
            text.extend([name, &spaces, "=", &spaces, value, &spaces, "\n"]);
        }
        let name = UnitName::parse("a.service").map_err(fail)?;
        let unit = UnitFile::parse(text.as_bytes(), &Specifiers::of(&name));
        prop_assert_eq!(unit.refused, None);
        let read: Vec<_> = unit.exec.into_iter().map(|(_, value)| value).collect();
        prop_assert_eq!(read, commands);
        for name in ["TasksMax", "LimitNOFILE"] {
            let values: Vec<_> = settings.iter().filter(|(other, _)| *other == name).map(|(_, value)| value.as_str()).collect();
            prop_assert_eq!(unit.settings.value(name), values.last().copied().filter(|value| !value.is_empty()));
        }
    }

    #[test]
    fn any_graph_bytes_are_a_graph_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_graph(bytes.as_slice(), &mut GraphBuilder::new());
    }

    #[test]
    fn any_settings_json_is_read_or_refused(value in "[\\[\\]{}\",:a-z0-9]{0,40}") {
        let text = json!({ "version": 1, "storeDir": "/nix/store", "services": {} }).to_string();
        let _ = Services::read(text.replace("{}", &value).as_bytes());
    }
}
