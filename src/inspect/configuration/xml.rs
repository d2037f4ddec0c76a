//! Reads XML: the text of an element is the value of the key `element`, and that of an attribute the value of `element.attribute`.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader as Events;

use super::{Entries, Entry, Lines, Nesting};

pub(super) fn read(text: &str) -> Result<Vec<Entry>, String> {
    // Entities are not expanded, so that they can't multiply the text.
    let mut events = Events::from_str(text);
    let mut reader = Reader {
        lines: Lines::of(text),
        entries: Entries::default(),
        nesting: Nesting::default(),
    };
    loop {
        let at = usize::try_from(events.buffer_position()).unwrap_or(usize::MAX);
        let event = events
            .read_event()
            .map_err(|_| "could not be read as XML".to_owned())?;
        match event {
            Event::Start(element) => {
                let name = reader.attributes(&element, at)?;
                reader.nesting.enter(name)?;
            }
            Event::Empty(element) => {
                reader.attributes(&element, at)?;
            }
            Event::End(_) => reader.nesting.leave(),
            Event::Text(text) => {
                let text = String::from_utf8_lossy(&text);
                let blank = text.len() - text.trim_start().len();
                reader.text(text.trim(), at + blank)?;
            }
            Event::Eof => return Ok(reader.entries.0),
            _ => {}
        }
    }
}

struct Reader {
    lines: Lines,
    entries: Entries,
    nesting: Nesting,
}

impl Reader {
    /// Adds the attributes of an element, and returns its name.
    fn attributes(&mut self, element: &BytesStart, at: usize) -> Result<String, String> {
        let name = String::from_utf8_lossy(element.name().as_ref()).into_owned();
        for attribute in element.attributes().with_checks(false).flatten() {
            let key = String::from_utf8_lossy(attribute.key.as_ref());
            let value = String::from_utf8_lossy(&attribute.value);
            self.entries.add(Entry {
                key: format!("{name}.{key}"),
                within: self.nesting.name(),
                values: vec![value.into_owned()],
                line: self.lines.at(at),
            })?;
        }
        Ok(name)
    }

    fn text(&mut self, text: &str, at: usize) -> Result<(), String> {
        let [.., key] = self.nesting.0.as_slice() else {
            return Ok(());
        };
        if text.is_empty() {
            return Ok(());
        }
        let above = self.nesting.0.iter().rev().nth(1);
        self.entries.add(Entry {
            key: key.to_string(),
            within: above.cloned().unwrap_or_default(),
            values: vec![text.to_owned()],
            line: self.lines.at(at),
        })
    }
}
