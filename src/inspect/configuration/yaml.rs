//! Reads YAML, and JSON as YAML, from the events of a parser. Aliases are not followed, so that they can't multiply the text.

use std::sync::Arc;

use saphyr_parser::{Event, Parser};

use super::{Entries, Entry};

/// A list or map that contains the current position.
enum Place {
    /// A list. Its values belong to the key before it.
    List,
    /// A map, and the key whose value comes next; `None` before a key.
    Map(Option<Arc<str>>),
}

pub(super) fn read(text: &str) -> Result<Vec<Entry>, String> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|_| "could not be read as YAML".to_owned())?;
        match event {
            Event::Scalar(value, ..) => reader.scalar(&value, span.start.line())?,
            Event::Alias(_) => reader.scalar("", span.start.line())?,
            Event::SequenceStart(..) => reader.open(Place::List)?,
            Event::MappingStart(..) => reader.open(Place::Map(None))?,
            Event::SequenceEnd | Event::MappingEnd => reader.close(),
            Event::DocumentStart(_) => reader.places.clear(),
            _ => {}
        }
    }
    Ok(reader.entries.0)
}

#[derive(Default)]
struct Reader {
    entries: Entries,
    places: Vec<Place>,
}

impl Reader {
    /// Returns the keys that lead to the current position, the innermost first.
    fn keys(&self) -> impl Iterator<Item = Arc<str>> {
        self.places.iter().rev().filter_map(|place| match place {
            Place::Map(key) => key.clone(),
            Place::List => None,
        })
    }

    fn scalar(&mut self, value: &str, line: usize) -> Result<(), String> {
        if let Some(Place::Map(key @ None)) = self.places.last_mut() {
            *key = Some(value.into());
            return Ok(());
        }
        let mut keys = self.keys();
        let key = keys.next().unwrap_or_default();
        let within = keys.next().unwrap_or_default();
        drop(keys);
        if !value.is_empty() {
            self.entries.add(Entry {
                key: key.to_string(),
                within,
                values: vec![value.to_owned()],
                line,
            })?;
        }
        self.pass();
        Ok(())
    }

    fn open(&mut self, place: Place) -> Result<(), String> {
        // A key that is itself a list or a map has no name.
        if let Some(Place::Map(key @ None)) = self.places.last_mut() {
            *key = Some(Arc::default());
        }
        if self.places.len() == super::MAX_DEPTH {
            return Err("is nested too deeply".to_owned());
        }
        self.places.push(place);
        Ok(())
    }

    fn close(&mut self) {
        self.places.pop();
        self.pass();
    }

    /// Moves past a value. In a map, a key comes next.
    fn pass(&mut self) {
        if let Some(Place::Map(key)) = self.places.last_mut() {
            *key = None;
        }
    }
}
