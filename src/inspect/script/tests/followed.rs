//! Variables, `PATH` and the outcome of commands.

use super::*;

/// The calls with their arguments and `PATH`.
fn paths(text: &str) -> Vec<String> {
    let script = read_script(text, false).unwrap_or_default();
    let calls = script.calls.into_iter().map(|call| {
        let arguments = call
            .arguments
            .into_iter()
            .map(|it| it.unwrap_or("?".to_owned()));
        let words: Vec<_> = std::iter::once(call.word).chain(arguments).collect();
        let path = call.environment.path().map(|path| path.join(":"));
        format!("{} {}", path.unwrap_or("?".to_owned()), words.join(" "))
    });
    calls.collect()
}

#[test]
fn path_is_followed() {
    assert_eq!(paths("export PATH=\"/a:$PATH\"; x"), ["/a:/unit x"]);
    assert_eq!(paths("x; PATH=/a:/b; x"), ["/unit x", "/a:/b x"]);
    assert_eq!(
        paths("env -i PATH=/a x; PATH=/b y"),
        ["/unit env -i PATH=/a x", "/b y"]
    );
    assert_eq!(paths("unset PATH; x").len(), 1);
    assert_eq!(paths("PATH=$HOSTNAME/bin; x"), ["? x"]);
    assert_eq!(paths(". /etc/profile; x"), ["? x"]);
    // As nixpkgs' makeWrapper writes it.
    let wrapper = "PATH=${PATH:+':'$PATH':'}\nPATH=${PATH/':''/a/bin'':'/':'}\nPATH='/a/bin'$PATH\nPATH=${PATH#':'}\nPATH=${PATH%':'}\nexport PATH\nexec -a \"$0\" \"/x\"  -y \"$@\"";
    assert_eq!(paths(wrapper), ["/a/bin:/unit /x -y one two"]);
    assert_eq!(paths("PATH='/a'${PATH:+':'}$PATH x"), ["/a:/unit x"]);
}

#[test]
fn options_are_followed() {
    let text = "conf=/a; while getopts 'vc:' o; do case $o in c) conf=$OPTARG;; *) :;; esac; done; x $conf";
    for (before, expected) in [
        ("", "/a"),
        ("set -- -v; ", "/a"),
        ("set -- -vc /b d; ", "/b"),
        ("set -- -c \"$HOSTNAME\"; ", "?"),
    ] {
        let expected = format!("/unit x {expected}");
        assert_eq!(paths(&format!("{before}{text}")), [expected], "{before}");
    }
}

#[test]
fn variables_are_followed() {
    for (text, expected) in [
        ("base=/usr; prog=$base/bin/x; $prog y", "/usr/bin/x y"),
        ("\"${X:-x}\" ${Y-y} ${MODE:+z}", "x y z"),
        ("cmd=(x 'y z'); \"${cmd[@]}\"", "x y z"),
        ("cmd='x y'; $cmd", "x y"),
        ("\"$(dirname \"$0\")/x\"", "/dir/x"),
        ("x \"${0##*/}\"", "x script"),
        (
            "a=b.c.d; x ${a%.*} ${a%%.*} ${a#*.} ${a##*.}",
            "x b.c b c.d d",
        ),
        (
            "a=b.c; x ${a%.c} ${a%%.c} ${a#b.} ${a##b.} ${a%d} ${a#d}",
            "x b b c c b.c b.c",
        ),
        ("a=b; x ${a%?} ${a##[b]} ${a/b/c} ${a//b/}", "x ? ? c"),
        ("x $#", "x 2"),
        (r"x $'a\'b\\c' $'\x41'", r"x a'b\c ?"),
        (
            "f() { local a=$1; x $a \"$2\"; }; f b c; y $a $1",
            "x b c;y one",
        ),
        ("if [ -e z ]; then a=1; else a=2; fi; x $a", "x ?"),
        ("read a; x $a", "x ?"),
        ("for a in b c; do x $a; done", "x b;x c"),
        ("for a in $HOSTNAME; do x $a; done", "x ?"),
        ("IFS=:; a='b c'; x $a", "x ?"),
        ("case $MODE in dev) x;; pr*) y;; *) z;; esac", "y"),
        ("[ \"$MODE\" = dev ] && x; [ -n \"$NONE\" ] || y", "y"),
        (
            "while [ $# -gt 0 ]; do case $1 in one) x;; *) y;; esac; shift; done",
            "x",
        ),
        ("eval 'x y'; . /lib; log $x", "a;x y"),
        ("echo a b | xargs -n 1 x", "xargs -n 1 x a b"),
        ("echo a | xargs -I % x %", "xargs -I % x %"),
        ("echo a | y | xargs x", "xargs x;y"),
        ("echo a; xargs x", "xargs x"),
    ] {
        let calls = paths(text).into_iter();
        let calls = calls.map(|call| call.split_once(' ').unwrap_or_default().1.to_owned());
        let calls: Vec<_> = calls.filter(|call| !call.starts_with("dirname")).collect();
        assert_eq!(calls.join(";"), expected, "{text}");
    }
}

#[test]
fn programs_start_where_the_script_has_gone() {
    for (text, expected) in [
        ("x", "/"),
        ("cd /a; x", "/a"),
        ("cd a; x", "/a"),
        ("cd -P -- /a; x", "/a"),
        ("cd /a; cd -; x", "?"),
        ("cd; x", "?"),
        ("cd ..; x", "?"),
        ("cd \"$(y)\"; x", "?"),
        ("(cd /a); x", "/"),
        ("pushd /a; x", "/a"),
        ("pushd /a; popd; x", "?"),
        ("f() { cd /a; }; f; x", "/a"),
        ("if y; then cd /a; fi; x", "?"),
    ] {
        let script = read_script(text, false).unwrap_or_default();
        let call = script.calls.iter().find(|call| call.word == "x");
        let directory = call.map(|call| call.directory.clone().unwrap_or("?".to_owned()));
        assert_eq!(directory.as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn missing_commands_fail() {
    // Surely, if the script fails because of them.
    for (text, expected) in [
        ("command -v lost || exit 1; a", "a! lost!"),
        (
            "command -v lost >/dev/null || { echo no; exit 1; }; a",
            "a! lost!",
        ),
        (
            "die() { echo no; exit 2; }; command -v lost || die; a",
            "a! lost!",
        ),
        ("if ! type lost; then exit 1; fi; a", "lost!"),
        (
            "for c in found lost; do command -v $c || exit 1; done; b",
            "b! lost!",
        ),
        ("if command -v lost; then lost; fi; a", "a!"),
        ("if which lost; then lost; fi; a", "a! which"),
        ("if a-lost; then b; else c; fi; true", "a-lost c"),
        ("a-lost && x=yes; [ $x = yes ] || exit 1; b", "a-lost!"),
        ("for i in 1 2; do lost && exec a; done; exit 1", "lost!"),
        ("[ \"$(lost -u)\" = 0 ] || exit 1", "lost!"),
        ("lost || exit 1; a", "a! lost!"),
        ("lost || true; a", "a! lost"),
        ("lost; a", "a! lost"),
        ("( lost; exit 1 ) || true; a", "a! lost"),
        ("until lost; do b; done; a", "a b lost"),
        ("x=$(command -v lost); [ -n \"$x\" ] || exit 1", "lost!"),
        ("x=$(command -v lost); [ -n \"$x\" ] && lost; a", "a!"),
        ("$(lost; exit 1) || true; a", "a lost"),
        ("a || lost; b", "a b! lost"),
        ("echo x | lost", "lost!"),
        ("lost | a; b", "a b! lost"),
        ("! lost; a", "a! lost"),
    ] {
        assert_eq!(calls(text).join(" "), expected, "{text}");
    }
    for (text, expected) in [
        ("set -e; a | lost; b", "a b! lost!"),
        ("set -eo pipefail; lost | b; c", "b! c! lost!"),
        ("set -e; x=$(lost); a", "a! lost!"),
        ("set -e; local x=$(lost); a", "a! lost"),
        ("set -e; f() { lost; a; }; f; b", "a! b! lost!"),
        ("set -e; f() { lost; a; }; f || true; b", "a b! lost"),
        ("set -e; ( lost; a ); b", "a! b! lost!"),
        ("set -e; lost && a; b", "b! lost"),
        ("set -e; a && lost; b", "a b! lost"),
        ("set -e; if true; then lost; fi; b", "b! lost!"),
        ("set -e; trap 'exit 0' ERR; lost", "lost"),
    ] {
        assert_eq!(calls(text).join(" "), expected, "{text}");
    }
}

#[test]
fn files_are_missed_that_a_script_tests_and_ends_without() -> Result<(), String> {
    let root = Root(|path: &str| path.contains("lost").then_some(false));
    for (text, missed) in [
        ("[ -f /lost ] || exit 1", vec!["/lost"]),
        (
            "[[ -r /lost ]] || { echo none >&2; exit 1; }",
            vec!["/lost"],
        ),
        (
            "die() { echo $1; exit 1; }; test -d /lost || die no",
            vec!["/lost"],
        ),
        (
            "if [ ! -s /lost ]; then echo none; exit 1; fi",
            vec!["/lost"],
        ),
        ("set -e; [ -f /lost ]; a", vec!["/lost"]),
        ("set -e; [ -n x ] && [ -d /lost ]; a", vec!["/lost"]),
        ("[ -f /lost ]", vec!["/lost"]),
        ("[ -f /lost ]; a", vec![]),
        ("set -e; [ -f /lost ] && a; b", vec![]),
        ("set -e; if [ -f /lost ]; then a; fi; b", vec![]),
        ("[ -f /lost ] || exit 0", vec![]),
        ("[ -r /lost ] && a; lost || exit 1", vec![]),
        ("if a; then [ -f /lost ] || exit 1; fi", vec![]),
    ] {
        let script = read_in(text, false, &root)?;
        let opened = script.opened.iter().filter(|it| it.is_certain);
        let opened: Vec<_> = opened.map(|it| it.path.as_str()).collect();
        assert_eq!(opened, missed, "{text}");
    }
    for (text, perhaps) in [
        ("set -e; [ -s /run/a ]; a", 1),
        ("[[ -s /run/a ]] || exit 1", 1),
        ("if [ -s /run/a ]; then a; fi", 0),
        ("[ -s /run/a ] && a; b", 0),
    ] {
        let script = read_in(text, false, &root)?;
        assert_eq!(script.opened.len(), perhaps, "{text}");
    }
    Ok(())
}

#[test]
fn what_has_an_alternative_and_is_not_heard_of_is_no_loss() {
    for (text, expected) in [
        ("x=$(lost 2>/dev/null || echo none); a", "a!"),
        ("lost -x &>/dev/null || true; a", "a!"),
        ("lost 2>/dev/null || exit 1; a", "a! lost!"),
        ("lost 2>/dev/null; a", "a! lost"),
        ("lost || true; a", "a! lost"),
    ] {
        assert_eq!(calls(text).join(" "), expected, "{text}");
    }
}

#[test]
fn scripts_that_grow_are_read_in_no_time() {
    let long = "y".repeat(30_000);
    for text in [
        format!("x={long}; {}", "x=$x$x; ".repeat(1000)),
        format!("x={long}; a \"{}\"", "$x".repeat(50_000)),
        format!("x={long}; {}", "a $x $x $x\n".repeat(10_000)),
        format!("set -- {long}; {}", "set -- \"$@\" \"$@\"; ".repeat(1000)),
        format!(
            "a=({long}); {}",
            "a=(\"${a[@]}\" \"${a[@]}\"); ".repeat(1000)
        ),
        "for a in 1 2 3 4 5 6 7 8; do ".repeat(12) + "x" + &"; done".repeat(12),
        format!("f() {{ {} }}; f", "f; ".repeat(1000)),
        format!(
            "{} [ $x ] && a; ",
            (0..1000).map(|n| format!("x{n}=1; ")).collect::<String>()
        )
        .repeat(10),
        format!("x='eval \"$x\"'; {}", "eval \"$x\"; ".repeat(1000)),
        "if a; then x=$b; fi\n".repeat(10_000),
        format!(
            "x={}; {}",
            "/".repeat(30_000),
            "x=${x//\\//ab}; a ${x%/*} ${x##*/}; ".repeat(1000)
        ),
    ] {
        let _ = read_script(&text, true);
    }
}
