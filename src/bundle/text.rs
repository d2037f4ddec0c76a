//! JSON in both forms that a bundle needs: compact, as `builtins.toJSON` writes it, for its seal; and indented, for its file.

use anyhow::Result;
use serde::Serialize;

use super::indent::{STEP, indent};
use super::model::{BundlePath, BundleService, Closure};
use crate::store::StorePath;

/// Both forms, as far as they are made.
pub struct Text {
    /// The compact form.
    pub compact: Vec<u8>,
    /// The indented form, where it is wanted.
    pub indented: Option<Vec<u8>>,
}

/// A value of a bundle.
pub trait InText {
    /// Adds its text, where it stands `depth` levels deep.
    fn add_to(&self, text: &mut Text, depth: usize) -> Result<()>;
}

impl Text {
    /// No text.
    pub fn new(is_indented: bool) -> Self {
        Self {
            compact: Vec::new(),
            indented: is_indented.then(Vec::new),
        }
    }

    /// Begins a member of an object `depth` levels deep.
    pub fn name(&mut self, depth: usize, is_first: bool, name: &str) -> Result<()> {
        if !is_first {
            self.both(",");
        }
        self.line(depth);
        self.string(name)?;
        self.compact.push(b':');
        self.only_indented(b": ");
        Ok(())
    }

    /// Adds a member of an object `depth` levels deep.
    pub fn member(
        &mut self,
        depth: usize,
        is_first: bool,
        name: &str,
        value: &impl Serialize,
    ) -> Result<()> {
        self.name(depth, is_first, name)?;
        self.value(depth, value)
    }

    /// Begins a line of the indented form.
    pub fn line(&mut self, depth: usize) {
        self.only_indented(b"\n");
        for _ in 0..depth {
            self.only_indented(STEP);
        }
    }

    /// Adds the same to both forms.
    pub fn both(&mut self, text: &str) {
        self.compact.extend_from_slice(text.as_bytes());
        self.only_indented(text.as_bytes());
    }

    /// Adds any value.
    fn value(&mut self, depth: usize, value: &impl Serialize) -> Result<()> {
        let start = self.compact.len();
        serde_json::to_writer(&mut self.compact, value)?;
        if let Some(indented) = &mut self.indented {
            indent(&self.compact[start..], depth, indented);
        }
        Ok(())
    }

    fn only_indented(&mut self, text: &[u8]) {
        if let Some(indented) = &mut self.indented {
            indented.extend_from_slice(text);
        }
    }

    /// There are hundreds of thousands, and hardly any has a character that JSON escapes: to look for one in the whole is quick, to
    /// look at one after the other is not.
    fn string(&mut self, string: &str) -> Result<()> {
        let is_escaped = |byte| byte < b' ' || byte == b'"' || byte == b'\\';
        if string
            .bytes()
            .fold(false, |any, byte| any | is_escaped(byte))
        {
            return self.value(0, &string);
        }
        self.both("\"");
        self.both(string);
        self.both("\"");
        Ok(())
    }

    fn paths(&mut self, depth: usize, paths: &[StorePath]) -> Result<()> {
        if paths.is_empty() {
            self.both("[]");
            return Ok(());
        }
        for (i, path) in paths.iter().enumerate() {
            self.both(if i == 0 { "[" } else { "," });
            self.line(depth + 1);
            self.string(path.as_str())?;
        }
        self.line(depth);
        self.both("]");
        Ok(())
    }
}

impl InText for Closure {
    fn add_to(&self, text: &mut Text, depth: usize) -> Result<()> {
        let Self {
            nar_size,
            paths,
            view,
        } = self;
        text.both("{");
        text.member(depth + 1, true, "narSize", nar_size)?;
        text.name(depth + 1, false, "paths")?;
        text.paths(depth + 1, paths)?;
        if let Some(view) = view {
            text.member(depth + 1, false, "view", view)?;
        }
        text.line(depth);
        text.both("}");
        Ok(())
    }
}

impl InText for BundlePath {
    fn add_to(&self, text: &mut Text, depth: usize) -> Result<()> {
        let Self {
            directory,
            file,
            nar_hash,
            nar_size,
            references,
            symlink,
            target,
            unresolved,
        } = self;
        text.both("{");
        let mut is_first = true;
        if *directory {
            text.member(depth + 1, true, "directory", directory)?;
            is_first = false;
        }
        if let Some(file) = file {
            text.member(depth + 1, is_first, "file", file)?;
            is_first = false;
        }
        text.member(depth + 1, is_first, "narHash", nar_hash)?;
        text.member(depth + 1, false, "narSize", nar_size)?;
        text.name(depth + 1, false, "references")?;
        text.paths(depth + 1, references)?;
        if let Some(symlink) = symlink {
            text.member(depth + 1, false, "symlink", symlink)?;
        }
        if let Some(target) = target {
            text.member(depth + 1, false, "target", target)?;
        }
        if *unresolved {
            text.member(depth + 1, false, "unresolved", unresolved)?;
        }
        text.line(depth);
        text.both("}");
        Ok(())
    }
}

impl InText for BundleService {
    fn add_to(&self, text: &mut Text, depth: usize) -> Result<()> {
        text.value(depth, self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::store::StoreDir;

    #[test]
    fn what_json_escapes_is_escaped_in_both_forms() -> Result<()> {
        let dir = StoreDir::parse("/a\"b\\c/ä")?;
        let path = dir.join(&format!("{}-x", "0".repeat(32)))?;
        for paths in [vec![], vec![path.clone()], vec![path.clone(), path.clone()]] {
            let closure = Closure {
                nar_size: 1,
                paths: paths.clone(),
                view: None,
            };
            let mut text = Text::new(true);
            closure.add_to(&mut text, 0)?;
            let read: Value = serde_json::from_slice(&text.compact)?;
            assert_eq!(read["paths"], serde_json::to_value(&paths)?);
            assert_eq!(String::from_utf8(text.compact)?, read.to_string());
            assert_eq!(
                text.indented.map(String::from_utf8).transpose()?,
                Some(serde_json::to_string_pretty(&read)?)
            );
        }
        Ok(())
    }
}
