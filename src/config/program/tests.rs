use super::super::keys::KeyMeaning;
use super::*;
use crate::config::parse_config;

#[test]
fn what_is_no_program_is_refused_with_its_place() -> Result<()> {
    let all = KEYS.iter().map(|key| match *key {
        "capability" | "default-user" | "like" => format!("{key} = \"web\"\n"),
        "keys" => "keys = { only = true, resolves = [\"a\"], reads = [\"b\"] }\n".to_owned(),
        "makes" | "reads" | "reads-with" | "tries" => format!("{key}.\"/a\" = [\"-a\"]\n"),
        "capability-unless" | "config" | "config-default" | "default-unless" | "group"
        | "home-unless" | "ignores" | "looks-up" | "looks-up-own-with" | "owner"
        | "sets-groups-with" | "user" | "values" => {
            format!("{key} = [\"-a\"]\n")
        }
        _ => format!("{key} = true\n"),
    });
    parse_config(
        "p.toml",
        &format!("[programs.x]\n{}", all.collect::<String>()),
    )?;
    for (text, said) in [
        ("programs = 1", "p.toml:1:12: programs must be tables"),
        ("programs.x = 1", "p.toml:1:14: a program must be a table"),
        (
            "[programs.x]\nusers = []",
            "p.toml:2:1: unknown key \"users\" in [programs.x]; did you mean \"user\"?",
        ),
        (
            "[programs.x]\nuser = \"-u\"",
            "p.toml:2:8: user must be a list of strings, not a string",
        ),
        (
            "[programs.x]\nsets-groups = \"yes\"",
            "p.toml:2:15: sets-groups must be true or false, not a string",
        ),
        (
            "[programs.x]\nkeys = []",
            "p.toml:2:8: keys must be a table of lists of keys, not an array",
        ),
        (
            "[programs.x]\nkeys.include = [\"a\"]",
            "p.toml:2:6: unknown key \"include\" in keys of a program; did you mean \"includes\"?",
        ),
        (
            "[programs.x.keys]\nreads = [\"a-b\"]\nmakes = [\"A_b\"]",
            "p.toml:2:10: the key \"a-b\" has two meanings: keep one",
        ),
        (
            "[programs.x]\nlike = true",
            "p.toml:2:8: like must be a string, not a boolean",
        ),
    ] {
        let error = parse_config("p.toml", text)
            .map_or_else(|error| format!("{error:#}"), |_| String::new());
        assert!(error.starts_with(said), "{text}: {error:?}");
    }
    Ok(())
}

#[test]
fn keys_are_known_without_regard_to_how_their_words_are_joined() -> Result<()> {
    let text =
        "[programs.x.keys]\nreads = [\"Log-File\", \"main:dir\"]\nresolves = [\"peer host\"]\n";
    let programs = parse_config("p.toml", text)?.policy.programs;
    let keys = &programs["x"].program.keys;
    let reads = Some(KeyMeaning::Reads);
    assert_eq!(keys.meaning("", "logfile", None), None);
    assert_eq!(keys.meaning("a", "log_file", None), reads);
    assert_eq!(keys.meaning("Main", "dir", None), reads);
    assert_eq!(keys.meaning("", "dir", None), None);
    assert_eq!(keys.meaning("", "bind", Some("log file")), reads);
    assert!(keys.resolves("Peer_Host") && !keys.resolves("host"));
    Ok(())
}
