//! Tests of the connection, with a bus that answers as it likes.

use std::thread;

use super::message::tests::reply;
use super::*;

/// The answer to a call of this number: its own number.
fn numbered(serial: u32) -> Vec<u8> {
    let mut value = vec![0; 5];
    value.extend(u64::from(serial).to_le_bytes());
    let (mut fixed, rest) = reply(serial, "t", &value);
    fixed.extend(rest);
    fixed
}

/// A message that answers nothing.
fn signal() -> Vec<u8> {
    let mut message = numbered(1);
    message[1] = 4;
    message
}

/// Asks a bus for this many properties, which it answers with `answers`, again and again if it `repeats`.
fn asked(units: usize, answers: Vec<u8>, repeats: bool) -> Result<Vec<Value>> {
    let (stream, mut other) = UnixStream::pair()?;
    let bus = thread::spawn(move || {
        while other.write_all(&answers).is_ok() && repeats {}
        // Until the other side hangs up.
        let _ = other.read_to_end(&mut Vec::new());
    });
    let patience = Duration::from_millis(200);
    let mut asking = Bus {
        stream,
        destination: None,
        patience,
    };
    let values = asking.properties(&vec!["a.service"; units], &[("Unit", "Id")]);
    drop(asking);
    assert!(bus.join().is_ok());
    values
}

#[test]
fn paths_of_units_are_escaped() {
    let path = path_of(r"1a-b\x2d@.service");
    assert_eq!(
        path,
        "/org/freedesktop/systemd1/unit/_31a_2db_5cx2d_40_2eservice"
    );
}

#[test]
fn answers_belong_to_their_calls() -> Result<()> {
    let answers = [numbered(2), signal(), numbered(3), numbered(1)].concat();
    let expected = [1, 2, 3].map(Value::Number);
    assert_eq!(asked(3, answers, false)?, expected);
    // More than are asked for at once.
    let serials = (1..=u32::try_from(AT_ONCE)?).chain(1..=2);
    let answers: Vec<u8> = serials.flat_map(numbered).collect();
    let values = asked(AT_ONCE + 2, answers, false)?;
    assert_eq!(values.last(), Some(&Value::Number(2)));
    assert_eq!(values[AT_ONCE - 1], Value::Number(64));
    Ok(())
}

#[test]
fn a_bus_that_does_not_answer_is_an_error() {
    let error = |answers: Vec<u8>, repeats| {
        let asked = asked(2, answers, repeats);
        asked.map_or_else(|error| format!("{error:#}"), |values| format!("{values:?}"))
    };
    let silent = "no answer within 200ms";
    assert_eq!(error(Vec::new(), false), silent);
    assert_eq!(error(numbered(1)[..9].to_vec(), false), silent);
    assert_eq!(error(signal(), true), silent);
    let closed = UnixStream::pair().map(|(stream, _)| stream);
    let closed = closed.map_err(anyhow::Error::from).and_then(|stream| {
        let mut bus = Bus {
            stream,
            destination: None,
            patience: PATIENCE,
        };
        bus.read(&mut [0], Instant::now() + PATIENCE)
    });
    assert!(closed.is_err_and(|error| error.to_string() == "the connection was closed"));
    let twice = [numbered(1), numbered(1)].concat();
    let unasked = "systemd answers a call that was not made";
    assert_eq!(error(twice, false), unasked);
    assert_eq!(error(numbered(0), false), unasked);
    assert_eq!(error(numbered(3), false), unasked);
    assert_eq!(
        error(vec![b'l'; 16], false),
        "cannot read a message of systemd: it is too long"
    );
}
