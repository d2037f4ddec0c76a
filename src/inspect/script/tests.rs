use proptest::prelude::*;

use super::*;

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
        calls("case $1 in a) b;; *) c;; esac; (d); { e; }"),
        ["b", "c", "d", "e"]
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
    assert_eq!(calls("set -e; test x || exec a\nb"), ["a", "b"]);
    assert_eq!(calls("set -e; a &\nwait"), ["a"]);
    assert_eq!(calls("set -o errexit; a | b; c; true"), ["a", "b", "c!"]);
}

#[test]
fn path_is_followed() {
    let script = |text| read_script(text, false).unwrap_or_default();
    let known = script("export PATH=\"/a/bin:/b:$PATH\"; x");
    assert_eq!(
        (known.path, known.is_open),
        (vec!["/a/bin".to_owned(), "/b".to_owned()], false)
    );
    assert!(script("PATH=$HOME/bin; x").is_open);
    assert!(script(". /etc/profile; x").is_open);
}

#[test]
fn what_is_no_script_is_refused() {
    for text in [
        "if a; then",
        "'",
        &"(".repeat(10_000),
        &"$(".repeat(10_000),
        &"a\n".repeat(10_000_000),
    ] {
        assert!(read_script(text, false).is_err());
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[ a-c$(){}\\[\\]'\"`\\\\;|&<>=\n#!]{0,40}") {
        let _ = read_script(&text, false);
    }
}
