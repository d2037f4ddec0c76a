//! Indents compact JSON for people.

/// Appends compact JSON to `out`, indented as `serde_json` does at `depth` levels, except for its first line.
pub fn indent(json: &str, depth: usize, out: &mut Vec<u8>) {
    let mut text = Indented { out, depth };
    let has_escapes = json.contains('\\');
    let mut rest = json;
    while let Some(&byte) = rest.as_bytes().first() {
        let length = match byte {
            b'"' => {
                let length = string_length(rest, has_escapes);
                text.out.extend_from_slice(&rest.as_bytes()[..length]);
                length
            }
            b'{' | b'[' => {
                if let [_, end @ (b'}' | b']'), ..] = rest.as_bytes() {
                    text.out.extend_from_slice(&[byte, *end]);
                    2
                } else {
                    text.out.push(byte);
                    text.depth += 1;
                    text.line();
                    1
                }
            }
            b'}' | b']' => {
                text.depth = text.depth.saturating_sub(1);
                text.line();
                text.out.push(byte);
                1
            }
            b',' => {
                text.out.push(byte);
                text.line();
                1
            }
            b':' => {
                text.out.extend_from_slice(b": ");
                1
            }
            _ => {
                text.out.push(byte);
                1
            }
        };
        rest = &rest[length..];
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
            self.out.extend_from_slice(b"  ");
        }
    }
}

/// The length in bytes of the string at the start of `json`. Nearly all strings have no escape, so searching for the end is
/// faster than checking each character.
fn string_length(json: &str, has_escapes: bool) -> usize {
    if !has_escapes {
        return json[1..].find('"').map_or(json.len(), |end| end + 2);
    }
    let mut is_escaped = false;
    for (i, byte) in json.bytes().enumerate().skip(1) {
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

    fn indented(json: &str, depth: usize) -> Result<String> {
        let mut out = Vec::new();
        indent(json, depth, &mut out);
        Ok(String::from_utf8(out)?)
    }

    fn check(value: &Value) -> Result<()> {
        assert_eq!(
            indented(&serde_json::to_string(value)?, 0)?,
            serde_json::to_string_pretty(value)?
        );
        Ok(())
    }

    #[test]
    fn what_stands_deeper_is_indented_from_its_second_line() -> Result<()> {
        assert_eq!(
            indented(r#"{"a":[1],"b":{}}"#, 1)?,
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
