//! Files that a script waits for, or ends without.

use super::*;

#[test]
fn a_loop_that_waits_for_a_file_may_end_the_script() {
    let root = Root(|path: &str| path.contains("lost").then_some(false));
    let of = |text| {
        let script = read_in(text, false, &root).unwrap_or_default();
        let opened = script.opened.into_iter().map(|it| it.path);
        opened.collect::<Vec<_>>()
    };
    let waits = "until [ -S /lost ]; do a; [ $i -lt 5 ] || exit 1; done";
    assert_eq!(of(waits), ["/lost"]);
    assert_eq!(
        of("until [ -S /lost ]; do a; [ $b ] || exit; done"),
        ["/lost"]
    );
    let gives_up = "f() { exit 1; }; until [ -S /lost ]; do a; [ $b ] || f; done";
    assert_eq!(of(gives_up), ["/lost"]);
}

#[test]
fn a_loop_that_waits_for_a_file_without_end_is_noticed() {
    let root = Root(|path: &str| path.contains("lost").then_some(false));
    let waits = |text| {
        let script = read_in(text, false, &root).unwrap_or_default();
        assert!(script.opened.is_empty(), "{text}");
        script.waits.map(|it| (it.path, it.is_certain))
    };
    for text in [
        "until [ -S /lost ]; do a; done",
        "while [ ! -e \"/lost\" ]; do echo waiting; a 1; done",
        "while ! test -S /lost; do a; done",
        "until [[ -S /lost ]]; do a; done; b",
    ] {
        assert_eq!(waits(text), Some(("/lost".to_owned(), true)), "{text}");
    }
    // Something else may make it.
    let unknown = Some(("/b".to_owned(), false));
    assert_eq!(waits("sleep 1; until [ -S /b ]; do a; done"), unknown);
    assert_eq!(waits("while ! [ -S /b ]; do a; done"), unknown);
    assert_eq!(waits("web & until [ -S /b ]; do a; done"), None);
    for text in [
        "while [ -S /b ]; do a; done",
        "until [ -S /lost ] || [ $i -gt 5 ]; do a; done",
        "until [ -S /lost -o -S /b ]; do a; done",
        "until [ -S /lost ]; do a; [ $i -lt 5 ] || break; done",
        "until [ -S /lost ]; do a; done &",
        "[ $b ] || exit 1; until [ -S /lost ]; do a; done",
        "while [ -S /lost ]; do a; done",
    ] {
        assert_eq!(waits(text), None, "{text}");
    }
}

#[test]
fn a_strict_shell_ends_where_a_special_builtin_opens_nothing() {
    let root = Root(|_: &str| None);
    let certain = |text: &str| {
        let script = read_in(text, false, &root).unwrap_or_default();
        let opened = script.opened.into_iter();
        let certain = opened.filter(|it| it.is_certain && it.path != "/dev/null");
        let certain = certain.map(|it| it.path);
        certain.collect::<Vec<_>>().join(" ")
    };
    for (text, of_strict) in [
        (". /a 2>/dev/null || true", "/a"),
        (": >/a || true", "/a"),
        ("exec 9>/a || true", "/a"),
        ("[ -r /b ] && . /a; c", ""),
        ("(. /a) || true", ""),
        ("command . /a || true", ""),
        ("source /a || true", ""),
        ("echo >/a || true", ""),
    ] {
        assert_eq!(
            certain(&format!("#!/bin/dash\n{text}\na")),
            of_strict,
            "{text}"
        );
        assert_eq!(certain(&format!("{text}\na")), "", "{text}");
    }
}

#[test]
fn bash_connects_to_hosts() {
    let root = Root(|_: &str| None);
    let script = read_in("exec 3<>/dev/tcp/${HOST:-localhost}/80", false, &root);
    let hosts: Vec<_> = script.unwrap_or_default().hosts.into_iter().collect();
    assert_eq!(hosts, [(1, "localhost".to_owned())]);
}

#[test]
fn a_script_that_finds_nothing_in_a_directory_may_end_for_that() {
    let root = Root(|path: &str| path.contains("lost").then_some(false));
    let opened = |text: String| {
        let script = read_in(&text, false, &root).unwrap_or_default();
        let opened = script.opened.into_iter().map(|it| it.path);
        opened.collect::<Vec<_>>()
    };
    let counts = "shopt -s nullglob; n=0; for f in /lost/*.conf; do n=$((n + 1)); done";
    for ends in [
        "((n == 0)) && exit 6",
        "if ((n < 1)); then exit 1; fi",
        "[ $n -gt 0 ] || exit 1",
    ] {
        assert_eq!(opened(format!("{counts}; {ends}; a")), ["/lost"], "{ends}");
    }
    for goes_on in [
        "((n == 0)) && echo none",
        "((n == 1)) && exit 6",
        "((n == m)) && exit 6",
    ] {
        assert_eq!(
            opened(format!("{counts}; {goes_on}; a")),
            Vec::<String>::new(),
            "{goes_on}"
        );
    }
}

#[test]
fn a_script_ends_in_a_directory_that_it_can_not_go_to() {
    let root = Root(|path: &str| path.contains("lost").then_some(false));
    let opened = |text: &str| {
        let script = read_in(text, false, &root).unwrap_or_default();
        let opened = script.opened.into_iter().map(|it| (it.path, it.is_certain));
        opened.collect::<Vec<_>>()
    };
    let lost = [("/lost".to_owned(), true)];
    assert_eq!(opened("set -e; (cd /lost && a); b"), lost);
    assert_eq!(opened("if ! cd /lost; then exit 1; fi; a"), lost);
    assert_eq!(opened("cd /lost && a; b"), []);
    // What is certain to be missing tells more than what may not be asked for.
    let text = "[ -e /lost ]; if a; then [ -e /lost/b ]; fi; exit 1";
    assert_eq!(opened(text), lost);
}
