//! Tests of messages.

use proptest::prelude::*;

use super::*;

/// A reply to a call with this variant, as the specification has it: the fixed part of its header, and the rest.
pub fn reply(serial: u32, signature: &str, value: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut fields = Vec::new();
    field(&mut fields, 5, "u");
    fields.extend(serial.to_le_bytes());
    field(&mut fields, 8, "g");
    fields.extend([1, b'v', 0]);
    let mut body = vec![u8::try_from(signature.len()).unwrap_or_default()];
    body.extend(signature.as_bytes());
    body.push(0);
    body.extend(value);
    let mut fixed = vec![b'l', REPLY, 1, 1];
    fixed.extend(u32::try_from(body.len()).unwrap_or_default().to_le_bytes());
    fixed.extend(1_u32.to_le_bytes());
    fixed.extend(
        u32::try_from(fields.len())
            .unwrap_or_default()
            .to_le_bytes(),
    );
    align(&mut fields, 8);
    fields.extend(body);
    (fixed, fields)
}

fn read(fixed: &[u8], bytes: &[u8]) -> Result<Option<Answer>> {
    let fixed: [u8; FIXED] = fixed.try_into()?;
    ensure!(rest(fixed)? == bytes.len(), "another length");
    answer(fixed, bytes)
}

#[test]
fn values_of_properties_are_read() -> Result<()> {
    for (signature, bytes, value) in [
        ("s", &b"\0\x02\0\0\0ab\0"[..], Value::Text("ab".to_owned())),
        ("b", b"\0\x01\0\0\0", Value::Flag(true)),
        ("t", b"\0\0\0\0\0\x2a\0\0\0\0\0\0\0", Value::Number(42)),
        (
            "as",
            b"\x0e\0\0\0\x01\0\0\0a\0\0\0\x01\0\0\0b\0",
            Value::List(vec!["a".to_owned(), "b".to_owned()]),
        ),
        ("as", b"\0\0\0\0", Value::List(Vec::new())),
    ] {
        let (fixed, fields) = reply(7, signature, bytes);
        let expected = Answer {
            serial: 7,
            value: Ok(Some(value)),
        };
        assert_eq!(read(&fixed, &fields)?, Some(expected), "{signature}");
    }
    let (fixed, fields) = reply(7, "ay", b"\0\0\0\0");
    assert!(read(&fixed, &fields).is_err());
    Ok(())
}

#[test]
fn a_call_is_written_as_the_specification_has_it() -> Result<()> {
    let mut out = Vec::new();
    let call = Call {
        destination: None,
        path: "/a",
        interface: "b.c",
        member: "D",
        arguments: &["e"],
    };
    call.write(3, &mut out)?;
    let expected = b"l\x01\0\x01\x06\0\0\0\x03\0\0\0\x37\0\0\0\
        \x01\x01o\0\x02\0\0\0/a\0\0\0\0\0\0\
        \x02\x01s\0\x03\0\0\0b.c\0\0\0\0\0\
        \x03\x01s\0\x01\0\0\0D\0\0\0\0\0\0\0\
        \x08\x01g\0\x01s\0\0\
        \x01\0\0\0e\0";
    assert_eq!(
        out.escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_read(fixed: [u8; FIXED], bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let mut fixed = fixed;
        fixed[1] = REPLY;
        fixed[13..].fill(0);
        let _ = answer(fixed, &bytes);
    }
}
