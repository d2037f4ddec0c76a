//! Reading JSON.

use std::io::Read;

use anyhow::Result;
use serde::de::DeserializeOwned;

/// How much is read at a time, in bytes.
const PIECE: u64 = 1 << 20;

/// Reads JSON so that an error names the place in the value as well as line and column. What can't be JSON is not read to its end.
pub fn read_json<T: DeserializeOwned>(input: impl Read) -> Result<T> {
    parse_json(&json_text(input)?)
}

/// Reads JSON that is in memory.
pub fn parse_json<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// The text of JSON for [`parse_json`]: from memory, texts are read without copying them byte by byte. Where a byte stands that JSON has
/// nowhere, as in the holes of a sparse file, the parser will see it, and no more is read.
pub fn json_text(mut input: impl Read) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        let start = text.len();
        if input.by_ref().take(PIECE).read_to_end(&mut text)? == 0 {
            return Ok(text);
        }
        let is_strange = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
        // To look for one in the whole is quick, to stop at the first is not.
        let strange = text[start..]
            .iter()
            .fold(false, |any, byte| any | is_strange(byte));
        if strange || text.trim_ascii_start().is_empty() {
            return Ok(text);
        }
    }
}
