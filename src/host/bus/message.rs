//! Messages of D-Bus, as far as asking for properties needs them (D-Bus specification, "Message Protocol").

#[cfg(test)]
pub(super) mod tests;

use anyhow::{Context, Result, bail, ensure};

/// The longest message that is read, in bytes.
const LONGEST: usize = 16 << 20;
/// The length of the part of a header with fixed fields, in bytes.
pub const FIXED: usize = 16;

const CALL: u8 = 1;
const REPLY: u8 = 2;
const ERROR: u8 = 3;

/// A call of a method whose arguments are strings.
pub struct Call<'a> {
    /// Who is called; `None` if the connection leads only there.
    pub destination: Option<&'a str>,
    /// The object.
    pub path: &'a str,
    /// The interface.
    pub interface: &'a str,
    /// The method.
    pub member: &'a str,
    /// The arguments.
    pub arguments: &'a [&'a str],
}

impl Call<'_> {
    /// Adds the message to `out`.
    pub fn write(&self, serial: u32, out: &mut Vec<u8>) -> Result<()> {
        let mut body = Vec::new();
        for argument in self.arguments {
            text(&mut body, argument)?;
        }
        let signature = "s".repeat(self.arguments.len());
        let mut fields = Vec::new();
        let path = (1, "o", self.path);
        let named = [(2, "s", self.interface), (3, "s", self.member)];
        let destination = self.destination.map(|name| (6, "s", name));
        for (code, kind, value) in [path].into_iter().chain(named).chain(destination) {
            field(&mut fields, code, kind);
            text(&mut fields, value)?;
        }
        if !signature.is_empty() {
            field(&mut fields, 8, "g");
            short(&mut fields, &signature)?;
        }
        let mut message = vec![b'l', CALL, 0, 1];
        message.extend(number(body.len())?);
        message.extend(serial.to_le_bytes());
        message.extend(number(fields.len())?);
        message.extend(fields);
        align(&mut message, 8);
        out.extend(message);
        out.extend(body);
        Ok(())
    }
}

fn number(length: usize) -> Result<[u8; 4]> {
    let length = u32::try_from(length).context("a message of D-Bus is too long")?;
    Ok(length.to_le_bytes())
}

fn align(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

/// Begins a field of a header.
fn field(fields: &mut Vec<u8>, code: u8, kind: &str) {
    align(fields, 8);
    fields.extend([code, 1]);
    fields.extend(kind.as_bytes());
    fields.push(0);
}

fn text(bytes: &mut Vec<u8>, text: &str) -> Result<()> {
    align(bytes, 4);
    bytes.extend(number(text.len())?);
    bytes.extend(text.as_bytes());
    bytes.push(0);
    Ok(())
}

fn short(bytes: &mut Vec<u8>, text: &str) -> Result<()> {
    bytes.push(u8::try_from(text.len()).context("a signature of D-Bus is too long")?);
    bytes.extend(text.as_bytes());
    bytes.push(0);
    Ok(())
}

/// How many bytes follow the fixed fields of a header.
pub fn rest(fixed: [u8; FIXED]) -> Result<usize> {
    ensure!(fixed[0] == b'l', "it has another order of bytes");
    let at = |start: usize| {
        let bytes = [
            fixed[start],
            fixed[start + 1],
            fixed[start + 2],
            fixed[start + 3],
        ];
        usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(usize::MAX)
    };
    let (body, fields) = (at(4), at(12));
    ensure!(body.saturating_add(fields) <= LONGEST, "it is too long");
    Ok(fields.next_multiple_of(8) + body)
}

/// An answer to a call.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The serial number of the call.
    pub serial: u32,
    /// The value of the variant in it, if it has one; or what went wrong.
    pub value: Result<Option<Value>, String>,
}

/// A value of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `s`
    Text(String),
    /// `as`
    List(Vec<String>),
    /// `b`
    Flag(bool),
    /// `t`
    Number(u64),
}

/// Reads a message; `None` if it is no answer.
pub fn answer(fixed: [u8; FIXED], rest: &[u8]) -> Result<Option<Answer>> {
    let kind = fixed[1];
    if kind != REPLY && kind != ERROR {
        return Ok(None);
    }
    let mut reader = Reader { bytes: rest, at: 0 };
    let fields = u32::from_le_bytes([fixed[12], fixed[13], fixed[14], fixed[15]]);
    let end = usize::try_from(fields)?;
    let (mut serial, mut name, mut signature) = (None, String::new(), String::new());
    while reader.at < end {
        reader.align(8)?;
        let code = reader.byte()?;
        let of = reader.short()?;
        match (code, &*of) {
            (5, "u") => serial = Some(reader.number()?),
            (4, "s") => name = reader.text()?,
            (8, "g") => signature = reader.short()?,
            (_, "u") => drop(reader.number()?),
            (_, "g") => drop(reader.short()?),
            (_, "s" | "o") => drop(reader.text()?),
            (code, of) => bail!("field {code} of its header has the type {of:?}"),
        }
    }
    let serial = serial.context("it answers nothing")?;
    reader.align(8)?;
    let value = match (kind, &*signature) {
        (ERROR, signature) if signature.starts_with('s') => Err(reader.text()?),
        (ERROR, _) => Err(name),
        (_, "v") => Ok(Some(reader.variant()?)),
        _ => Ok(None),
    };
    Ok(Some(Answer { serial, value }))
}

/// Reads the part of a message behind the fixed fields of its header, which are as long as its greatest alignment.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Result<&[u8]> {
        let end = self.at.checked_add(length).context("it is cut off")?;
        let taken = self.bytes.get(self.at..end).context("it is cut off")?;
        self.at = end;
        Ok(taken)
    }

    fn align(&mut self, to: usize) -> Result<()> {
        let length = self.at.next_multiple_of(to) - self.at;
        self.take(length).map(|_| ())
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Result<u32> {
        self.align(4)?;
        Ok(u32::from_le_bytes(self.take(4)?.try_into()?))
    }

    fn text(&mut self) -> Result<String> {
        let length = usize::try_from(self.number()?)?;
        self.string(length)
    }

    fn short(&mut self) -> Result<String> {
        let length = self.byte()?;
        self.string(length.into())
    }

    fn string(&mut self, length: usize) -> Result<String> {
        let text = String::from_utf8(self.take(length)?.to_vec())?;
        self.byte()?;
        Ok(text)
    }

    fn variant(&mut self) -> Result<Value> {
        Ok(match &*self.short()? {
            "s" => Value::Text(self.text()?),
            "b" => Value::Flag(self.number()? != 0),
            "t" => {
                self.align(8)?;
                Value::Number(u64::from_le_bytes(self.take(8)?.try_into()?))
            }
            "as" => {
                let length = usize::try_from(self.number()?)?;
                let end = self.at.checked_add(length).context("it is cut off")?;
                let mut list = Vec::new();
                while self.at < end {
                    list.push(self.text()?);
                }
                Value::List(list)
            }
            other => bail!("a property has the type {other:?}"),
        })
    }
}
