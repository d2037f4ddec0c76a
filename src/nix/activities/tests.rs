//! Logs of nix in JSON.

use anyhow::Context;

use super::*;

/// Two derivations are built, in the form of logging.hh of Nix.
const LOG: [&str; 7] = [
    r#"{"action":"start","id":1,"level":3,"parent":0,"text":"","type":104}"#,
    r#"{"action":"start","id":2,"level":3,"parent":0,"text":"","type":103}"#,
    r#"{"action":"result","fields":[1,12,1,0],"id":1,"type":105}"#,
    r#"{"action":"start","fields":["/nix/store/0c0y5lzl8wpnhlfjjqc6xv6v2vjkzq1x-hello-2.12.drv","",1,1],"id":3,"level":3,"parent":0,"text":"building","type":105}"#,
    r#"{"action":"result","fields":[100,4096],"id":2,"type":106}"#,
    r#"{"action":"result","fields":[0,2,1,0],"id":2,"type":105}"#,
    r#"{"action":"start","fields":["/nix/store/x-a","https://cache","local"],"id":4,"level":3,"parent":0,"text":"copying","type":100}"#,
];

/// Before, nix has built for some time.
const START: Duration = Duration::from_secs(60);

fn after(more: &[&str]) -> Activities {
    let mut activities = Activities::default();
    for line in LOG.iter().chain(more) {
        assert_eq!(activities.read(line, START), None, "{line}");
    }
    activities
}

#[test]
fn what_is_built_and_copied_is_named_and_counted() {
    let arrived = r#"{"action":"result","fields":[2048,4096],"id":4,"type":105}"#;
    let second = START + Duration::from_secs(1);
    assert_eq!(
        after(&[arrived]).sentence(second).as_deref(),
        Some(
            "building 2 of 12: hello-2.12; copying 0 of 2 store paths, 2.0 KiB of 4.0 KiB, 2.0 KiB/s"
        )
    );
    let stop = r#"{"action":"stop","id":3}"#;
    assert_eq!(
        after(&[stop]).sentence(START).as_deref(),
        Some("copying 0 of 2 store paths, 0 B of 4.0 KiB")
    );
    let done = r#"{"action":"stop","id":4}"#;
    assert_eq!(after(&[stop, arrived, done]).sentence(second), None);
}

#[test]
fn what_is_downloaded_is_named_unless_paths_are_copied() -> anyhow::Result<()> {
    let start = r#"{"action":"start","fields":["https://x/a.tar.gz"],"id":20,"level":4,"parent":0,"text":"downloading","type":101}"#;
    let arrived = r#"{"action":"result","fields":[1024,4096,0,0],"id":20,"type":105}"#;
    let mut activities = Activities::default();
    for line in [start, arrived] {
        assert_eq!(activities.read(line, START), None, "{line}");
    }
    assert_eq!(
        activities.sentence(START).as_deref(),
        Some("downloading https://x/a.tar.gz, 1.0 KiB of 4.0 KiB")
    );
    activities.read(r#"{"action":"stop","id":20}"#, START);
    assert_eq!(activities.sentence(START), None);
    let copying = after(&[start]).sentence(START);
    assert!(!copying.context("nothing")?.contains("download"));
    Ok(())
}

#[test]
fn what_nix_says_is_kept_without_colours() {
    let mut activities = Activities::default();
    let message = r#"{"action":"msg","level":0,"msg":"\u001b[31;1merror:\u001b[0m builder for '/s/a.drv' failed","raw_msg":"x"}"#;
    assert_eq!(
        activities.read(message, START).as_deref(),
        Some("error: builder for '/s/a.drv' failed")
    );
    let log = r#"{"action":"result","fields":["make: x\u001b[2J"],"id":9,"type":101}"#;
    assert_eq!(
        activities.read(log, START).as_deref(),
        Some("make: x\u{1b}[2J")
    );
}

#[test]
fn what_is_not_understood_changes_nothing() {
    for line in [
        "",
        "{",
        "[]",
        r#"{"action":"dance"}"#,
        r#"{"action":"start","id":-1,"type":105}"#,
        r#"{"action":"start","id":9,"type":105,"fields":[7]}"#,
        r#"{"action":"result","id":1,"type":105,"fields":["x"]}"#,
        r#"{"action":"result","id":77,"type":105,"fields":[1,2]}"#,
        r#"{"action":"stop","id":77}"#,
        r#"{"action":"start","id":9,"type":9999,"fields":[]}"#,
    ] {
        assert_eq!(after(&[]).read(line, START), None, "{line}");
    }
    let many = r#"{"action":"result","fields":[18446744073709551615,18446744073709551615],"id":1,"type":105}"#;
    assert!(after(&[many]).sentence(START).is_some());
}
