use proptest::prelude::*;

use super::*;

fn read(language: Language, text: &str) -> String {
    let pieces = pieces(language, text)
        .into_iter()
        .map(|piece| match piece.token {
            Token::Name(name) => name,
            Token::Text(text) => format!("«{text}»"),
            Token::Command(text) => format!("!{text}!"),
            Token::Mark(mark) => mark.to_string(),
        });
    pieces.collect::<Vec<_>>().join(" ")
}

#[test]
fn names_texts_and_marks_are_told_apart() {
    for (language, text, expected) in [
        (
            Language::Python,
            "#!/x\nimport os # '/a'\nos.path.join('a\\'b', r'c', f\"{x}/d\", \"\"\"e\n'\"\"\")",
            "import os os.path.join ( «a'b» , «c» , «$RANDOM/d» , «e\n'» )",
        ),
        (
            Language::Perl,
            "=pod\n'x'\n=cut\nmy $x = `a $b`; $y =~ s/a'/b/; q(c(d)) . qq{$e/f}; $#z; 1 / 2; print <<E;\n'\nE\n'g'",
            "my $x = !a $RANDOM! ; $y = ~ / ; «c(d)» . «$RANDOM/f» ; $ # z ; 1 / 2 ; print «» ; «g»",
        ),
        (
            Language::Ruby,
            "=begin\n'\n=end\nFile.exist?(\"a#{b}c\") if x =~ /'/; %x(ls #{d}); %w[a 'b]; a % b",
            "File.exist? ( «a$RANDOMc» ) if x = ~ / ; !ls $RANDOM! ; [ ; a % b",
        ),
        (
            Language::JavaScript,
            "// '\n/* ' */ require('fs').open(`a${b}`, /'/, 1 / 2)",
            "require ( «fs» ) . open ( «a$RANDOM» , / , 1 / 2 )",
        ),
        (
            Language::Php,
            "<html>'<?php # '\nexec(\"a $b\"); // '\n$x = `c`; ?> '<?php f('d');",
            "exec ( «a $RANDOM» ) ; $x = !c! ; f ( «d» ) ;",
        ),
        (
            Language::Lua,
            "-- '\n--[[ '\n]] os.execute [[a]]",
            "os.execute «a»",
        ),
        (
            Language::Awk,
            "BEGIN { system(\"a\") } /'/ { print $1 / 2 } # '",
            "BEGIN { system ( «a» ) } / { print $ 1 / 2 }",
        ),
    ] {
        let read = read(language, text);
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn lines_are_counted() {
    let pieces = pieces(Language::Python, "a\n# b\n'''\n'''\nc 'd'");
    let lines: Vec<_> = pieces.iter().map(|piece| piece.line).collect();
    assert_eq!(lines, [1, 3, 5, 5]);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(<\\?php )?[ a-cqxs$(){}\\[\\]'\"`\\\\;|&<>=~EOF%@#/\n!é*-]{0,60}") {
        for language in Language::ALL {
            pieces(language, &text);
        }
    }
}

#[test]
fn large_sources_are_read_in_no_time() {
    for text in [
        "'", "\"", "<<E\n", "/", "$(", "`", "[[", "=a\n", "q(", "#{", "a.", "::",
    ] {
        for language in Language::ALL {
            pieces(language, &text.repeat(MAX_SIZE / 8 / text.len()));
        }
    }
}
