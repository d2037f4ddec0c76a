//! Tests of file.rs.

use super::*;

fn block(name: &str) -> Result<Block> {
    let body = vec![format!("  of.{name} = 1;")];
    Ok(Block::written(
        &UnitName::parse(&format!("{name}.service"))?,
        body,
        None,
    ))
}

#[test]
fn what_is_written_is_read_back_and_edits_are_seen() -> Result<()> {
    for form in [Form::Nix, Form::Toml] {
        let mut written = Written::new(form);
        for name in ["b", "a"] {
            let block = block(name)?;
            written.blocks.insert(block.name.clone(), block);
        }
        let text = written.text();
        let read = Written::parse("f", &text, form)?;
        assert_eq!(read.text(), text);
        assert!(read.blocks.values().all(|block| !block.is_edited()));
        let edited = Written::parse("f", &text.replace("of.a = 1", "of.a = 2"), form)?;
        let edited: Vec<bool> = edited.blocks.values().map(Block::is_edited).collect();
        assert_eq!(edited, [true, false]);
        let returns = text.replace('\n', "\r\n");
        let read = Written::parse("f", &returns, form)?;
        assert_eq!(read.text(), returns);
        assert!(read.blocks.values().all(|block| !block.is_edited()));
    }
    Ok(())
}

#[test]
fn a_configuration_without_marks_keeps_its_text() -> Result<()> {
    let own = "# ours\n[levels]\nshell-present = \"deny\"\n";
    let mut written = Written::parse("f", own, Form::Toml)?;
    let block = block("a")?;
    written.blocks.insert(block.name.clone(), block);
    let text = written.text();
    assert!(text.starts_with(&format!("{own}\n{MARK}begin")), "{text}");
    assert_eq!(without_blocks(&text).lines().count(), text.lines().count());
    assert!(!without_blocks(&text).contains("of.a"), "{text}");
    assert!(Written::parse("f", "{ }\n", Form::Nix).is_err());
    Ok(())
}

#[test]
fn broken_marks_are_told_with_their_place() -> Result<()> {
    let mut written = Written::new(Form::Nix);
    let block = block("a")?;
    let mark = block.mark();
    written.blocks.insert(block.name.clone(), block);
    let text = written.text();
    for (edited, said) in [
        (
            text.replace(" end", " ende"),
            "f:8: this mark of confinix is not one",
        ),
        (
            text.replace("  # confinix: end\n", ""),
            "f: the blocks of confinix have no end",
        ),
        (
            text.replace("{\n", "{\n# confinix: end\n"),
            "f:3: the blocks of confinix end here without a beginning",
        ),
        (
            text.replace("{\n", "{\n# confinix: begin\n"),
            "f:4: the blocks of confinix begin a second time",
        ),
        (
            text.replace("a.service ", "a "),
            "f:5: \"a\" is not the name of a service",
        ),
        (
            text.replace(&mark, &mark[..mark.len() - 1]),
            "f:5: the mark of this block is broken",
        ),
        (
            text.replace("  of.a = 1;", &format!("  {mark}")),
            "f:6: a.service has another block at f:5",
        ),
        (
            text.replacen("\n\n", "\n x\n", 1),
            "f:4: this line is between the marks",
        ),
    ] {
        let error = Written::parse("f", &edited, Form::Nix)
            .map_or_else(|error| format!("{error:#}"), |_| String::new());
        assert!(error.starts_with(said), "{said}: {error}\n{edited}");
    }
    Ok(())
}
