use proptest::prelude::*;

use super::*;

/// Writes every directive as `block/name|argument|…`.
fn read(text: &str) -> Vec<String> {
    let read = read_nginx(text);
    let shown = read
        .directives
        .iter()
        .map(|directive| format!("{}/{}", read.block_of(directive), directive.words.join("|")));
    shown.collect()
}

#[test]
fn directives_are_in_their_blocks() {
    let text = "user web www; # of the host; {\nhttp {\n  server { listen 80; }\n}\nevents{}";
    assert_eq!(
        read(text),
        [
            "/user|web|www",
            "/http",
            "http/server",
            "server/listen|80",
            "/events"
        ]
    );
    assert_eq!(read_nginx(text).error, None);
}

#[test]
fn quotes_keep_what_would_end_a_directive() {
    for (text, expected) in [
        (r#"a "b; {c} #d" 'e "f"';"#, r#"/a|b; {c} #d|e "f""#),
        (r#"a "b\"c" 'd\'e' \;f \q;"#, r#"/a|b"c|d'e|\;f|\q"#),
        (r"a b\ c\\d;", r"/a|b\ c\d"),
        (r"a 'b\tc\nd';", "/a|b\tc\nd"),
        ("a b'c b\"c b#c b}c;", "/a|b'c|b\"c|b#c|b}c"),
        ("a ${b}c $d;", "/a|${b}c|$d"),
        ("a \"${b\";", "/a|${b"),
        ("a '';", "/a|"),
        ("if ($a = \"b\") { }", "/if|($a|=|b|)"),
    ] {
        assert_eq!(read(text), [expected], "{text}");
        assert_eq!(read_nginx(text).error, None, "{text}");
    }
}

#[test]
fn lua_has_quotes_comments_and_braces_of_its_own() {
    let text = r#"
content_by_lua_block {
    local t = { a = "}", b = '\'}', c = [[ } ]], d = [==[ ]] } ]==] } -- }
    --[[ } ]] --[=[ ]]
    } ]=]
    x[1] = t["user"]; user root;
}
set_by_lua_block $x { return "{" }
user web;
"#;
    assert_eq!(
        read(text),
        ["/content_by_lua_block", "/set_by_lua_block|$x", "/user|web"]
    );
}

#[test]
fn what_nginx_refuses_is_read_up_to_there() {
    for (text, expected) in [
        ("a; b", &["/a", "/b"][..]),
        ("a { b;", &["/a", "a/b"]),
        ("a; } b;", &["/a"]),
        ("a; ; b;", &["/a"]),
        ("a { b }", &["/a"]),
        ("a; 'b'c;", &["/a"]),
        ("a; 'b", &["/a"]),
        ("a_by_lua_block { {", &["/a_by_lua_block"]),
    ] {
        assert_eq!(read(text), expected, "{text}");
        assert!(read_nginx(text).error.is_some(), "{text}");
    }
}

/// Writes a word as in a configuration.
fn written(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

proptest! {
    #[test]
    fn any_text_is_read(text in "([{};#'\"\\\\$ \n\\[\\]=-]|[a-c]|_by_lua_block|é){0,60}") {
        let read = read_nginx(&text);
        for (index, directive) in read.directives.iter().enumerate() {
            prop_assert!(!directive.words.is_empty());
            prop_assert!(directive.within.is_none_or(|within| within < index));
        }
    }

    #[test]
    fn words_are_read_as_they_were_written(
        words in prop::collection::vec("\\PC{0,12}", 1..6),
        depth in 0_usize..40,
    ) {
        let line: Vec<_> = words.iter().map(|word| written(word)).collect();
        let text = format!("{}{};{}", "b { ".repeat(depth), line.join(" "), "}".repeat(depth));
        let read = read_nginx(&text);
        prop_assert_eq!(read.error, None);
        prop_assert_eq!(read.directives.len(), depth + 1);
        prop_assert_eq!(&read.directives[depth].words, &words);
    }
}
