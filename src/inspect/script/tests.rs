mod beginnings;
mod followed;
mod homes;
mod missed;

use proptest::prelude::*;

use super::*;

/// A root in which what has `lost` in its name is missing, and tests say what this tells.
struct Root<F>(F);

impl<F: Fn(&str) -> Option<bool> + Sync> World for Root<F> {
    fn test(&self, _flag: &str, path: &str) -> Option<bool> {
        (self.0)(path)
    }

    fn has(&self, command: &str, _environment: &Environment) -> Option<bool> {
        match command {
            "found" => Some(true),
            command => command.contains("lost").then_some(false),
        }
    }

    fn directory(&self) -> Option<String> {
        Some("/".to_owned())
    }

    fn source(&self, path: &str) -> Option<String> {
        (path == "/lib").then(|| "log() { a; }; x=1".to_owned())
    }
}

fn read_in(text: &str, errexit: bool, world: &dyn World) -> Result<Script, String> {
    let mut environment = Environment::default();
    environment.set("PATH", Some("/unit".to_owned()));
    environment.set("MODE", Some("prod".to_owned()));
    let start = Start {
        errexit,
        is_strict: text.starts_with("#!/bin/dash"),
        environment: &environment,
        arguments: ["/dir/script", "one", "two"]
            .map(|it| Some(it.to_owned()))
            .to_vec(),
        world,
    };
    super::read_script(text, &start)
}

fn read_script(text: &str, errexit: bool) -> Result<Script, String> {
    read_in(text, errexit, &Root(|_: &str| None))
}

fn calls(text: &str) -> Vec<String> {
    let script = read_script(text, false).unwrap_or_default();
    script
        .calls
        .iter()
        .map(|call| format!("{}{}", call.word, if call.is_certain { "!" } else { "" }))
        .collect()
}

#[test]
fn words_in_command_position_are_found() {
    assert_eq!(
        calls("a 1 2 | b; c && d || e\nf x"),
        ["a", "b", "c", "d", "e", "f!"]
    );
    assert_eq!(
        calls("if a; then b; else c; fi; for x in $(d); do e; done; x=`f` g=1 'h' \"i\""),
        ["a", "b", "c", "d", "e", "f", "h!"]
    );
    assert_eq!(
        calls("f() { a; }; f; echo b; [ -e c ] && test d; $E; while read x; do d; done < <(e)"),
        ["a", "d", "e"]
    );
    assert_eq!(
        calls("case $HOSTNAME in a) b;; *) c;; esac; (d); { e; }"),
        ["b", "c", "d", "e!"]
    );
}

#[test]
fn what_is_asked_for_first_is_not_called_blindly() {
    assert_eq!(
        calls("command -v a && a; type b >/dev/null && b; c; true"),
        ["c"]
    );
}

#[test]
fn a_call_is_certain_where_the_script_comes_to_it_and_ends_with_it() {
    assert_eq!(
        calls("set -e\na\nb || true\nif c; then d; fi\ne"),
        ["a!", "b", "c", "d", "e!"]
    );
    assert_eq!(calls("set -euo pipefail\n[ -e x ] || exit 0\na"), ["a"]);
    assert_eq!(calls("a\nexec b -c"), ["a", "b!"]);
    assert_eq!(calls("set -e; test $HOSTNAME || exec a\nb"), ["a", "b"]);
    assert_eq!(calls("set -e; a &\nwait"), ["a"]);
    assert_eq!(calls("set -o errexit; a | b; c; true"), ["a", "b!", "c!"]);
}

#[test]
fn what_comes_after_the_end_is_not_called() {
    assert_eq!(calls("set -e\nexec a\nb"), ["a!"]);
    assert_eq!(calls("set -e; x=$(exit 1); a"), [""; 0]);
    assert_eq!(calls("true && exit; a"), [""; 0]);
    assert_eq!(calls("[ -e x ] && exit; set -e; a"), ["a"]);
    // What a redirection can not open ends the left side alone.
    let text = "set -e\necho a >/var/b && c\necho a >/tmp/b && d\ne";
    assert_eq!(calls(text), ["c", "d!", "e!"]);
}

#[test]
fn a_substitution_decides_where_nothing_else_does() {
    assert_eq!(calls("set -e; x=$(a; b); c"), ["a", "b!", "c!"]);
    assert_eq!(calls("set -e; x=\"$(a)$(b)\"; c"), ["a", "b", "c!"]);
    assert_eq!(calls("set -e; export x=$(a); y=1 b $(c)"), ["a", "b!", "c"]);
    assert_eq!(calls("x=$(a); c"), ["a", "c!"]);
}

#[test]
fn tests_of_files_are_followed_where_they_can_be_told() {
    let calls = |text: &str| {
        let root = Root(|path: &str| match path {
            "/yes" => Some(true),
            "/no" => Some(false),
            _ => None,
        });
        let script = read_in(text, true, &root).unwrap_or_default();
        let words = script
            .calls
            .iter()
            .map(|call| format!("{}{}", call.word, if call.is_certain { "!" } else { "" }));
        words.collect::<Vec<_>>()
    };
    assert_eq!(calls("if [ -e /no ]; then a; else b; fi; c"), ["b!", "c!"]);
    assert_eq!(calls("if test -e /yes; then a; elif b; then c; fi"), ["a!"]);
    assert_eq!(
        calls("if [ -e /no ]; then a; elif [ ! -f /no ]; then b; else c; fi"),
        ["b!"]
    );
    assert_eq!(
        calls("if [ -e /perhaps ]; then a; elif [ -e /yes ]; then b; fi"),
        ["a", "b"]
    );
    assert_eq!(
        calls("[ -e /no ] && a; [ -e /no ] || b; [ -e /yes ] && c"),
        ["b!", "c!"]
    );
    assert_eq!(calls("[ -e /no ] || exec a; b"), ["a!"]);
    assert_eq!(
        calls("[[ -e /no && $x ]] && a; [[ -e /yes || $x ]] && b; [[ ! -e /no ]] && c"),
        ["b!", "c!"]
    );
    assert_eq!(
        calls("! [ -e /no ] && a; [ -e /perhaps ] && b; c"),
        ["a!", "b", "c!"]
    );
}

#[test]
fn files_are_opened_by_redirections() {
    let opened = |text| {
        let script = read_script(text, true).unwrap_or_default();
        let opened = script.opened.iter().map(|opened| {
            let made = if opened.is_made { ">" } else { "<" };
            format!(
                "{made}{}{}",
                opened.path,
                if opened.is_certain { "!" } else { "" }
            )
        });
        opened.collect::<Vec<_>>()
    };
    assert_eq!(opened("a </b >c 2>&1 >>/d"), ["</b!", ">/c!", ">/d!"]);
    assert_eq!(
        opened("cd /b; (cd c); >./d; cd $HOSTNAME; >e; f >/g"),
        ["</b!", "</b/c!", ">/b/d!", ">/g!"]
    );
    assert_eq!(
        opened("while a; do b; done </c; if d; then e >/f; fi"),
        ["</c!", ">/f"]
    );
    assert_eq!(opened("a < <(b) || c >/dev/tcp/d/1"), ["</dev/fd/63"]);
    assert_eq!(opened("a &>/b"), [">/b!"]);
    assert_eq!(
        opened("cd /b; cd c; . /a; cd /d"),
        ["</a!", "</b!", "</b/c!"]
    );
    assert!(opened("cd /a || cd /b; if . /c; then :; fi").is_empty());
}

#[test]
fn patterns_are_not_taken_for_names() -> Result<(), String> {
    let script = read_script("a /b/* '/c*' /d{e,f} [g", false)?;
    let arguments: Vec<_> = script
        .calls
        .iter()
        .flat_map(|call| &call.arguments)
        .collect();
    let known = |word: &str| Some(word.to_owned());
    assert_eq!(arguments, [&None, &known("/c*"), &None, &None]);
    assert_eq!(calls("set -e; [ -e /a* ] && b; d"), ["b", "d!"]);
    Ok(())
}

#[test]
fn functions_that_nobody_calls_are_not_walked() {
    assert_eq!(calls("f() { a; }; g() { f; b; }; c"), ["c!"]);
    assert_eq!(
        calls("f() { a; }; g() { f; b; }; trap 'g x' EXIT; c"),
        ["a", "b", "c!"]
    );
    assert_eq!(calls("f() { a; }; $HOSTNAME; true"), ["a"]);
    assert_eq!(calls("f() { a; }; eval f$x; true"), ["a"]);
}

#[test]
fn loops_are_followed_where_their_condition_can_be_told() {
    let root = Root(|path: &str| Some(path == "/yes"));
    let calls = |text| {
        let script = read_in(text, true, &root).unwrap_or_default();
        script
            .calls
            .into_iter()
            .map(|call| call.word)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        calls("while [ -e /no ]; do a; done; until [ -e /no ]; do b; done"),
        ["b"]
    );
    assert_eq!(
        calls("while [ -e /yes ]; do a; done; until [ -e /yes ]; do b; done"),
        ["a"]
    );
}

#[test]
fn what_is_no_script_is_refused() {
    for text in [
        "if a; then",
        "'",
        "$(<<  ",
        "cat <<x\n$(<<-\t\nx",
        &"(".repeat(10_000),
        &"$(".repeat(10_000),
        &"a\n".repeat(10_000_000),
    ] {
        assert!(read_script(text, false).is_err());
    }
}

#[test]
fn here_documents_without_end_are_read_in_no_time() {
    for text in [
        "$(<< #a",
        "$(<< ;",
        "$(<<\t;\n",
        "`<< ",
        "$(a << &",
        "$(<<a <<b",
        "$(<<$(",
        "<(<< ",
        "$((<< ",
        "$(<<''",
        "$(<<\\\n",
        "${a:-$(<< }",
        "\"$(<<- \"",
        "a <<b\n$(<<c\nb",
        "$(<< a",
        "$(<<a b",
        ")a<<-\"a $(\t\t",
        "\"$(;<< <<-$(\\",
    ] {
        let _ = read_script(text, false);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[ a-c$(){}\\[\\]'\"`\\\\;|&<>=\n#!]{0,40}") {
        let _ = read_script(&text, false);
    }
}
