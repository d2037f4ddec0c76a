//! JSON indented for people, from compact JSON.

/// The indentation of a level.
pub const STEP: &[u8] = b"  ";

/// Adds compact JSON to `out` as `serde_json` indents it where it stands `depth` levels deep, but for its first line.
pub fn indent(json: &[u8], depth: usize, out: &mut Vec<u8>) {
    let mut text = Indented { out, depth };
    let mut rest = json;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' => {
                let (string, after) = rest.split_at(string_length(rest));
                text.out.push(byte);
                text.out.extend_from_slice(string);
                rest = after;
            }
            b'{' | b'[' => {
                text.out.push(byte);
                if let [end @ (b'}' | b']'), after @ ..] = rest {
                    text.out.push(*end);
                    rest = after;
                } else {
                    text.depth += 1;
                    text.line();
                }
            }
            b'}' | b']' => {
                text.depth = text.depth.saturating_sub(1);
                text.line();
                text.out.push(byte);
            }
            b',' => {
                text.out.push(byte);
                text.line();
            }
            b':' => text.out.extend_from_slice(b": "),
            _ => text.out.push(byte),
        }
    }
}

struct Indented<'o> {
    out: &'o mut Vec<u8>,
    depth: usize,
}

impl Indented<'_> {
    fn line(&mut self) {
        self.out.push(b'\n');
        for _ in 0..self.depth {
            self.out.extend_from_slice(STEP);
        }
    }
}

/// Up to and with the quote that ends a string.
fn string_length(json: &[u8]) -> usize {
    let mut is_escaped = false;
    for (i, byte) in json.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return i + 1,
            _ => {}
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use anyhow::Result;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn indented(json: &[u8], depth: usize) -> Result<String> {
        let mut out = Vec::new();
        indent(json, depth, &mut out);
        Ok(String::from_utf8(out)?)
    }

    fn check(value: &Value) -> Result<()> {
        assert_eq!(
            indented(&serde_json::to_vec(value)?, 0)?,
            serde_json::to_string_pretty(value)?
        );
        Ok(())
    }

    #[test]
    fn what_stands_deeper_is_indented_from_its_second_line() -> Result<()> {
        assert_eq!(
            indented(br#"{"a":[1],"b":{}}"#, 1)?,
            "{\n    \"a\": [\n      1\n    ],\n    \"b\": {}\n  }"
        );
        Ok(())
    }

    #[test]
    fn marks_in_strings_are_left_alone() -> Result<()> {
        check(&json!({ "a\"{,": ["\\", "\\\"", ":[", {}, [], [[]], ""], "ä\n": { "": null } }))
    }

    proptest! {
        #[test]
        fn it_is_what_serde_json_writes(value in values()) {
            check(&value).map_err(|error| TestCaseError::fail(error.to_string()))?;
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[\"\\\\{}\\[\\],: \\PC]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".{0,6}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
