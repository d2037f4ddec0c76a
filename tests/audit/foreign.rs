//! Untrusted text is plain text in every format, whatever it contains.

mod bundles;
mod commands;
mod findings;

use anyhow::{Result, ensure};
use confinix::output::human::Style;
use confinix::output::{Format, Render};
use html5gum::{Token, Tokenizer};
use pulldown_cmark::{Event, Options, Parser};

/// Pieces with a special meaning to a terminal, a page, a code host or a CI server.
const PIECES: &str = "(\u{1b}\\[31m|\u{1b}\\]0;x\u{7}|\u{9b}2J|\u{7f}|\u{0}|\u{202e}|\u{2066}|\u{2028}|\u{200b}|\u{feff}|\u{fffe}|\n|\r|\r\n|\n\n|\t| |::error file=a::b|\n::add-mask::x|\n##\\[error\\]x|##vso\\[task\\]|%0A|%25|!\\[a\\]\\(http://b\\)|\\[a\\]\\(b\\)|\\[a\\]: b|<img src=x onerror=y>|</script>|<!--|-->|\\]\\]>|&lt;|&#x0;|\"|'|`|``|```|~~~|\\*a\\*|__b__|~~c~~|\\||\\\\\\||\\\\|@user|#12|GH-12|a/b#1|:smile:|\\$x\\$|https://x.y|www.x.y|a@b.c|deadbeef123|\n# h|\n- i|\n> q|\n---\n|\n    code|\\{0\\}|[a-z]{1,3}|é|日|🙂|\\PC){0,8}";

fn shown(result: &impl Render, format: Format) -> Result<String> {
    Ok(result.render(format, Style::PLAIN)?.as_str().to_owned())
}

/// Returns the structure of Markdown, including GitHub's extensions.
fn structure(markdown: &str) -> Result<Vec<String>> {
    let mut structure = Vec::new();
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Text(text) => ensure!(
                !["@", "#", "://", "www.", "$"]
                    .iter()
                    .any(|odd| text.contains(odd))
                    || structure
                        .iter()
                        .rev()
                        .any(|kind: &String| kind.contains("CodeBlock")),
                "{text:?} in {markdown}"
            ),
            Event::Code(_) => {}
            event => structure.push(format!("{event:?}")),
        }
    }
    Ok(structure)
}

/// The tags of a page. What a sentence has between backquotes is code, whoever wrote it, which changes nothing but the font.
fn tags(html: &str) -> Vec<String> {
    Tokenizer::new(html)
        .flatten()
        .filter_map(|token| match token {
            Token::StartTag(tag) if *tag.name == b"code"[..] => None,
            Token::EndTag(tag) if *tag.name == b"code"[..] => None,
            Token::StartTag(tag) => {
                let names: Vec<_> = tag
                    .attributes
                    .keys()
                    .map(|name| format!("{name:?}"))
                    .collect();
                Some(format!("{:?} {}", tag.name, names.join(" ")))
            }
            Token::EndTag(tag) => Some(format!("/{:?}", tag.name)),
            Token::Comment(_) => Some("comment".to_owned()),
            Token::Doctype(_) => Some("doctype".to_owned()),
            Token::String(_) | Token::Error(_) => None,
        })
        .collect()
}
