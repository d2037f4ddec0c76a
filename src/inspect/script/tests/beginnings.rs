//! Words of which only the beginning is known.

use super::*;

#[test]
fn words_are_in_a_directory_even_if_only_their_beginning_is_known() {
    let root = Root(|path: &str| path.contains("lost").then_some(false));
    let of = |text| {
        let script = read_in(text, true, &root).unwrap_or_default();
        let opened = script.opened.into_iter().map(|it| {
            let sure = if it.is_certain { "!" } else { "" };
            format!("{}{}{sure}", if it.is_made { ">" } else { "<" }, it.path)
        });
        opened.collect::<Vec<_>>()
    };
    let made = [">/srv/lost/…"];
    assert_eq!(of("a >/srv/lost/b-$(date).gz"), [">/srv/lost/…!"]);
    assert_eq!(of("a <\"/etc/b/$HOSTNAME\""), ["</etc/b!"]);
    assert_eq!(of("tar czf /srv/lost/b-$(date +%F).tar.gz /c"), made);
    assert_eq!(of("n=/srv/lost/$(date); m=$n/c; mkdir $m"), made);
    assert_eq!(of("n=\"/srv/lost/${HOSTNAME}\"; mkdir -p \"$n/x\""), made);
    assert_eq!(of("cat /etc/lost/$HOSTNAME.conf"), ["</etc/lost"]);
    assert_eq!(
        of("a /srv/lost/$HOSTNAME &>/dev/null || true"),
        [">/dev/null"]
    );
    for text in [
        "a /srv/$(date)/lost",
        "a /srv/b-$(date)",
        "rm -f /srv/lost/$(date)",
        "echo /srv/lost/$(date)",
        "[ -e /srv/lost/$(date) ] && b",
        "n=/srv/lost/$(date); n=$(date)/x; mkdir $n",
        "a /lost/$(date)",
    ] {
        assert_eq!(of(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn where_a_directory_is_missing_the_script_goes_on_in_it() {
    let root = Root(|path: &str| path.contains("lost").then_some(false));
    for text in ["cd /lost || exit 1; a >b", "pushd /lost; a >b"] {
        let script = read_in(text, false, &root).unwrap_or_default();
        assert!(
            script.opened.iter().any(|it| it.path == "/lost/b"),
            "{text}"
        );
    }
}

#[test]
fn the_home_of_another_is_that_of_a_user() -> Result<(), String> {
    let other = |text: &str| read_script(text, false).map(|script| script.home_of);
    assert_eq!(other("a\ncd ~web/x")?, Some((2, "web".to_owned())));
    assert_eq!(other("cd ~; echo '~web' ~+")?, None);
    Ok(())
}

#[test]
fn a_failure_that_a_script_goes_on_after_is_handled() -> Result<(), String> {
    let handled = |text: &str| {
        let script = read_script(text, true)?;
        let calls = script.calls.into_iter().filter(|call| call.is_handled);
        Ok::<_, String>(calls.map(|call| call.word).collect::<Vec<_>>())
    };
    assert_eq!(
        handled("a || true; b || [ $? -eq 7 ]; c || :")?,
        ["a", "b", "c"]
    );
    assert_eq!(
        handled("a || b; c || { echo x; exit 1; }; d || exit")?,
        [""; 0]
    );
    Ok(())
}
