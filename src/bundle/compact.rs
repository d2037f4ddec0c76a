//! Compact JSON of the data of a bundle, as `builtins.toJSON` writes it.

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::difference::{Difference, between};
use super::model::{BundlePath, BundleService, Closure, View};
use super::numbered::Numbered;
use crate::store::StorePath;

/// A value that has compact JSON.
pub trait Compact {
    /// Appends its JSON.
    fn add_to(&self, json: &mut Vec<u8>) -> Result<()>;
}

/// Appends a member of an object.
pub fn member(json: &mut Vec<u8>, name: &str, value: &impl Serialize) -> Result<()> {
    add_name(json, name)?;
    Ok(serde_json::to_writer(json, value)?)
}

/// Begins a member of an object, after a comma if it is not the first.
pub fn add_name(json: &mut Vec<u8>, name: &str) -> Result<()> {
    if json.last().is_some_and(|last| !b"{,".contains(last)) {
        json.push(b',');
    }
    add_string(json, name)?;
    json.push(b':');
    Ok(())
}

/// There are hundreds of thousands of strings, and hardly any has a character that JSON escapes. Searching the whole string for
/// one is faster than `serde_json`, which checks each character.
fn add_string(json: &mut Vec<u8>, string: &str) -> Result<()> {
    let is_escaped = |byte| byte < b' ' || byte == b'"' || byte == b'\\';
    if string
        .bytes()
        .fold(false, |any, byte| any | is_escaped(byte))
    {
        return Ok(serde_json::to_writer(json, string)?);
    }
    json.push(b'"');
    json.extend_from_slice(string.as_bytes());
    json.push(b'"');
    Ok(())
}

fn add_paths(json: &mut Vec<u8>, name: &str, paths: &[StorePath]) -> Result<()> {
    add_name(json, name)?;
    json.push(b'[');
    for (i, path) in paths.iter().enumerate() {
        if i > 0 {
            json.push(b',');
        }
        add_string(json, path.as_str())?;
    }
    json.push(b']');
    Ok(())
}

impl Compact for Closure {
    fn add_to(&self, json: &mut Vec<u8>) -> Result<()> {
        let Self {
            hidden,
            nar_size,
            paths,
            untold,
        } = self;
        json.push(b'{');
        if !hidden.is_empty() {
            member(json, "hidden", hidden)?;
        }
        member(json, "narSize", nar_size)?;
        add_paths(json, "paths", paths)?;
        if !untold.is_empty() {
            member(json, "untold", untold)?;
        }
        json.push(b'}');
        Ok(())
    }
}

impl Compact for Numbered {
    fn add_to(&self, json: &mut Vec<u8>) -> Result<()> {
        Ok(serde_json::to_writer(json, self)?)
    }
}

impl Compact for View {
    fn add_to(&self, json: &mut Vec<u8>) -> Result<()> {
        Ok(serde_json::to_writer(json, self)?)
    }
}

impl Compact for BundlePath {
    fn add_to(&self, json: &mut Vec<u8>) -> Result<()> {
        let Self {
            directories,
            file,
            hidden,
            nar_hash,
            nar_size,
            references,
            symlink,
            target,
            unresolved,
        } = self;
        json.push(b'{');
        if let Some(directories) = directories {
            member(json, "directories", directories)?;
        }
        if let Some(file) = file {
            member(json, "file", file)?;
        }
        if !hidden.is_empty() {
            member(json, "hidden", hidden)?;
        }
        member(json, "narHash", nar_hash)?;
        member(json, "narSize", nar_size)?;
        add_paths(json, "references", references)?;
        if let Some(symlink) = symlink {
            member(json, "symlink", symlink)?;
        }
        if let Some(target) = target {
            member(json, "target", target)?;
        }
        if *unresolved {
            member(json, "unresolved", unresolved)?;
        }
        json.push(b'}');
        Ok(())
    }
}

impl Compact for BundleService {
    fn add_to(&self, json: &mut Vec<u8>) -> Result<()> {
        Ok(serde_json::to_writer(json, self)?)
    }
}

/// Adds at most `most` places where two values differ; `place` is the path of both.
pub fn compare<T: Compact>(
    place: &str,
    expected: &T,
    found: &T,
    most: usize,
    differences: &mut Vec<Difference>,
) -> Result<()> {
    let value = |of: &T| -> Result<Value> {
        let mut json = Vec::new();
        of.add_to(&mut json)?;
        Ok(serde_json::from_slice(&json)?)
    };
    let (expected, found) = (value(expected)?, value(found)?);
    let most = differences.len() + most;
    between(place, Some(&expected), Some(&found), most, differences);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::uncalled::Uncalled;
    use super::*;
    use crate::store::StoreDir;

    #[test]
    fn what_json_escapes_is_escaped() -> Result<()> {
        let dir = StoreDir::parse("/a\"b\\c/ä")?;
        let path = dir.join(&format!("{}-x", "0".repeat(32)))?;
        for paths in [vec![], vec![path.clone()], vec![path.clone(), path.clone()]] {
            let closure = Closure {
                hidden: Uncalled::new(),
                nar_size: 1,
                paths: paths.clone(),
                untold: BTreeMap::new(),
            };
            let mut json = Vec::new();
            closure.add_to(&mut json)?;
            let read: Value = serde_json::from_slice(&json)?;
            assert_eq!(read["paths"], serde_json::to_value(&paths)?);
            assert_eq!(String::from_utf8(json)?, read.to_string());
        }
        Ok(())
    }
}
