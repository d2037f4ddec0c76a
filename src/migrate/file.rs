//! The file that is written: blocks between two marks, and around them what people write.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::block::{Block, MARK};
use crate::document::{Kind, read_given};
use crate::service::{Source, UnitName};

/// In which language the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A NixOS module.
    Nix,
    /// A `confinix.toml`.
    Toml,
}

impl Form {
    /// The form for services that are configured there.
    pub fn of(source: Source) -> Self {
        match source {
            Source::Nix | Source::HomeManager => Self::Nix,
            Source::Units => Self::Toml,
        }
    }

    /// How far the lines of blocks are indented.
    pub fn indent(self) -> &'static str {
        match self {
            Self::Nix => "  ",
            Self::Toml => "",
        }
    }
}

const BEGIN: &str = "begin (confinix migrate replaces blocks that nobody edited; delete a block to have it written again)";
const END: &str = "end";

/// A file that was read, or a new one.
#[derive(Clone, Debug)]
pub struct Written {
    form: Form,
    /// The lines up to the mark that begins the blocks.
    head: Vec<String>,
    /// The blocks.
    pub blocks: BTreeMap<UnitName, Block>,
    /// The lines from the mark that ends them on.
    tail: Vec<String>,
    has_returns: bool,
}

impl Written {
    /// Reads a file; `None` if it does not exist.
    pub fn read(file: &Path, form: Form) -> Result<Option<(String, Self)>> {
        let name = file.display();
        let context = || format!("cannot read {name}");
        let bytes = match read_given(file, Kind::Policy) {
            Err(error) if error.is_absent() => return Ok(None),
            read => read.with_context(context)?,
        };
        let text = String::from_utf8(bytes).with_context(context)?;
        let written = Self::parse(&name.to_string(), &text, form)?;
        Ok(Some((text, written)))
    }

    /// A new file.
    pub fn new(form: Form) -> Self {
        let (head, tail): (&[&str], &[&str]) = match form {
            Form::Nix => (&["{ lib, pkgs, ... }:", "{"], &["}"]),
            Form::Toml => (&[], &[]),
        };
        let mark = |text: &str| format!("{}{MARK}{text}", form.indent());
        let lines = |lines: &[&str]| {
            lines
                .iter()
                .map(|line| (*line).to_owned())
                .collect::<Vec<_>>()
        };
        Self {
            form,
            head: [lines(head), vec![mark(BEGIN)]].concat(),
            blocks: BTreeMap::new(),
            tail: [vec![mark(END)], lines(tail)].concat(),
            has_returns: false,
        }
    }

    /// Parses the text of a file. A `confinix.toml` without marks gets them at its end. An error has its place.
    pub fn parse(file: &str, text: &str, form: Form) -> Result<Self> {
        let mut written = Self {
            head: Vec::new(),
            tail: Vec::new(),
            has_returns: text.contains("\r\n"),
            ..Self::new(form)
        };
        let mut current: Option<Block> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let place = || format!("{file}:{number}");
            let mark = line.trim().strip_prefix(MARK.trim_end());
            let is_before = written.tail.is_empty() && !written.has_begun();
            match mark.map(str::trim) {
                Some(mark) if mark.starts_with("begin") => {
                    if !is_before {
                        bail!(
                            "{}: the blocks of confinix begin a second time: remove one of the marks",
                            place()
                        );
                    }
                    written.head.push(line.to_owned());
                }
                Some(END) => {
                    if is_before || !written.tail.is_empty() {
                        bail!(
                            "{}: the blocks of confinix end here without a beginning: restore the mark `{MARK}begin`, or remove this one",
                            place()
                        );
                    }
                    written.close(current.take(), file)?;
                    written.tail.push(line.to_owned());
                }
                Some(mark)
                    if mark.starts_with("block ") && !is_before && written.tail.is_empty() =>
                {
                    written.close(current.take(), file)?;
                    let block = Block::begin(&mark["block ".len()..], number);
                    let remedy = "restore it, or remove the block, which is then written again";
                    let block = block
                        .map_err(|error| anyhow::anyhow!("{}: {error:#}: {remedy}", place()))?;
                    current = Some(block);
                }
                Some(_) => bail!(
                    "{}: this mark of confinix is not one that it writes here: remove the line",
                    place()
                ),
                None if is_before => written.head.push(line.to_owned()),
                None if !written.tail.is_empty() => written.tail.push(line.to_owned()),
                None => match &mut current {
                    Some(block) => block.body.push(line.to_owned()),
                    None if line.trim().is_empty() => {}
                    None => bail!(
                        "{}: this line is between the marks of confinix and belongs to no block: move it above or below them",
                        place()
                    ),
                },
            }
        }
        if written.tail.is_empty() {
            if written.has_begun() {
                bail!(
                    "{file}: the blocks of confinix have no end: restore the line `{MARK}{END}` after the last one"
                );
            }
            written.enclose(file)?;
        }
        Ok(written)
    }

    fn has_begun(&self) -> bool {
        self.head.last().is_some_and(|line| {
            let mark = line.trim().strip_prefix(MARK);
            mark.is_some_and(|mark| mark.starts_with("begin"))
        })
    }

    /// Puts marks at the end of a file that has none.
    fn enclose(&mut self, file: &str) -> Result<()> {
        if self.form == Form::Nix {
            bail!("{file} has no blocks of confinix: name another file with -o, and import that");
        }
        while self.head.last().is_some_and(|line| line.trim().is_empty()) {
            self.head.pop();
        }
        if !self.head.is_empty() {
            self.head.push(String::new());
        }
        let new = Self::new(self.form);
        self.head.extend(new.head);
        self.tail = new.tail;
        Ok(())
    }

    fn close(&mut self, block: Option<Block>, file: &str) -> Result<()> {
        let Some(mut block) = block else {
            return Ok(());
        };
        while block.body.last().is_some_and(|line| line.trim().is_empty()) {
            block.body.pop();
        }
        if let Some(other) = self.blocks.get(&block.name) {
            bail!(
                "{file}:{}: {} has another block at {file}:{}: remove one of the two",
                block.line,
                block.name,
                other.line
            );
        }
        self.blocks.insert(block.name.clone(), block);
        Ok(())
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut lines = self.head.clone();
        for block in self.blocks.values() {
            lines.push(String::new());
            lines.push(format!("{}{}", self.form.indent(), block.mark()));
            lines.extend(block.body.iter().cloned());
        }
        if !self.blocks.is_empty() {
            lines.push(String::new());
        }
        lines.extend(self.tail.iter().cloned());
        let end = if self.has_returns { "\r\n" } else { "\n" };
        let mut text = lines.join(end);
        text.push_str(end);
        text
    }
}

/// The text of a file with empty lines in place of its blocks, so that places in the rest stay the same.
pub fn without_blocks(text: &str) -> String {
    let mut is_within = false;
    let mut rest = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mark = line.trim().strip_prefix(MARK).unwrap_or_default();
        is_within = (is_within || mark.starts_with("block ")) && mark != END;
        rest.push_str(if is_within { "\n" } else { line });
    }
    rest
}
