//! Reads JSON.

use std::io::Read;

use anyhow::Result;
use serde::de::DeserializeOwned;

/// The size of one read, in bytes.
const PIECE: u64 = 1 << 20;

/// Reads JSON. An error names the place in the value as well as line and column. Reading stops early if the input can't be JSON.
pub fn read_json<T: DeserializeOwned>(input: impl Read) -> Result<T> {
    parse_json(&json_text(input)?)
}

/// Reads JSON from memory.
pub fn parse_json<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// Reads the text of JSON for [`parse_json`], which parses strings from memory without copying them byte by byte. Stops after a byte
/// that JSON never contains, as in the holes of a sparse file: the parser reports it.
pub fn json_text(mut input: impl Read) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        let start = text.len();
        if input.by_ref().take(PIECE).read_to_end(&mut text)? == 0 {
            return Ok(text);
        }
        let is_strange = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
        // Checking the whole piece is fast; stopping at the first such byte is not.
        let strange = text[start..]
            .iter()
            .fold(false, |any, byte| any | is_strange(byte));
        if strange || text.trim_ascii_start().is_empty() {
            return Ok(text);
        }
    }
}
