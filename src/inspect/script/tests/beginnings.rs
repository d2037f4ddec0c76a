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
