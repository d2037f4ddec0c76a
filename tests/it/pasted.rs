//! Nix, a shell and TOML read text to paste back exactly.

use std::fs;

use anyhow::{Result, ensure};
use confinix::text::{is_unsafe, nix_attr, nix_list, nix_string, shell_word, toml_string};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{program, scratch};

/// Pieces with a special meaning in one of the languages, or to a terminal.
const PIECE: &str = "(\\$|\\{|\\}|\"|'|''|\\\\|\\$\\$|\\$\\{x\\}|`|!|%|#|\\*|~|;|&|\\||<|>|=|\n|\r|\t|\r\n|\u{1b}\\[1m|\u{7f}|\u{9b}|\u{202e}|\u{200d}|\u{feff}|\u{e0041}|\u{1}|🙂|é|日|[a-z]| |let|or|-|@|\u{2028}|\\PC){0,12}";

fn odd_texts() -> Result<Vec<String>> {
    let mut runner = TestRunner::default();
    let mut texts: Vec<String> = [
        "",
        " ",
        "-",
        "=",
        "a",
        "or",
        "a.b",
        "1",
        "'",
        "''",
        "''${x}",
        "$",
        "$$",
        "$${x}",
        "${",
        "\\${x}",
        "$\u{1b}",
        "$\n",
        "\n",
        "\n\n",
        "a\n",
        "\na",
        "a\nb\n\n",
        "\r\n",
        "\\n",
        "\\",
        "\"",
        "*",
        "~",
        "!!",
        "%s",
        "$(reboot)",
        "`reboot`",
        "\u{1b}",
        "#",
        "a\"b${x}",
    ]
    .map(str::to_owned)
    .to_vec();
    for _ in 0..600 {
        let tree = PIECE.new_tree(&mut runner);
        let tree = tree.map_err(|error| anyhow::anyhow!("{error}"))?;
        texts.push(tree.current());
    }
    Ok(texts)
}

#[test]
fn nix_reads_a_pasted_string_and_name_as_the_text() -> Result<()> {
    let scratch = scratch()?;
    let texts = odd_texts()?;
    for text in &texts {
        for nix in [nix_string(text), nix_attr(text)] {
            ensure!(!nix.contains(is_unsafe), "{nix:?}");
        }
    }
    let names: Vec<_> = texts
        .iter()
        .map(|text| format!("(builtins.attrNames {{ {} = 0; }})", nix_attr(text)))
        .collect();
    let nested: Vec<_> = texts
        .iter()
        .map(|text| format!("(builtins.attrNames {{ a.{}.b = 0; }}.a)", nix_attr(text)))
        .collect();
    let file = scratch.path().join("texts.nix");
    let expression = format!(
        "{{ strings = {}; names = [ {} ]; nested = [ {} ]; }}",
        nix_list(&texts),
        names.join(" "),
        nested.join(" ")
    );
    fs::write(&file, expression)?;
    let ran = program("nix-instantiate", ["--eval", "--strict", "--json"])
        .arg(&file)
        .succeeds()?;
    let read: serde_json::Value = serde_json::from_str(&ran.stdout)?;
    for (index, text) in texts.iter().enumerate() {
        ensure!(
            read["strings"][index] == **text,
            "{text:?} became {}",
            read["strings"][index]
        );
        for kind in ["names", "nested"] {
            ensure!(
                read[kind][index][0] == **text,
                "{text:?} became {}",
                read[kind][index]
            );
        }
    }
    Ok(())
}

#[test]
fn a_shell_reads_a_pasted_word_as_the_text() -> Result<()> {
    let texts = odd_texts()?;
    let words: Vec<_> = texts.iter().map(|text| shell_word(text)).collect();
    for word in &words {
        ensure!(
            !word.trim_end_matches(['\n', '\'']).contains(is_unsafe),
            "{word:?}"
        );
    }
    let script = format!("printf '%s\\0' {}", words.join(" "));
    let scratch = scratch()?;
    let file = scratch.path().join("words.sh");
    fs::write(&file, script)?;
    for shell in ["sh", "bash"] {
        let ran = program(shell, [&file]).succeeds()?;
        let read: Vec<_> = ran.stdout.split_terminator('\0').collect();
        ensure!(read.len() == texts.len(), "{} words", read.len());
        for (text, read) in texts.iter().zip(read) {
            ensure!(text == read, "{text:?} became {read:?}");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn toml_reads_a_pasted_string_and_key_as_the_text(text in PIECE) {
        let quoted = toml_string(&text);
        prop_assert!(!quoted.contains(is_unsafe), "{:?}", quoted);
        let table: toml::Table = toml::from_str(&format!("{quoted} = {quoted}\n")).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(table.get(&text).and_then(toml::Value::as_str), Some(text.as_str()));
    }
}
