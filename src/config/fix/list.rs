//! Extends a list as people write lists: on one line, or with an entry on each.

use anyhow::{Context, Result};
use toml_edit::{Array, Item, RawString, TableLike, Value};

/// Adds to a list in a table what it does not have. Returns what was added.
pub(super) fn extend(
    table: &mut dyn TableLike,
    key: &str,
    values: &[String],
) -> Result<Vec<String>> {
    if !table.contains_key(key) {
        table.insert(key, Item::Value(Value::Array(Array::new())));
    }
    let array = table.get_mut(key).and_then(Item::as_array_mut);
    let array = array.with_context(|| format!("{key} is not a list"))?;
    let mut added = Vec::new();
    for value in values {
        if !array.iter().any(|other| other.as_str() == Some(value)) {
            push(array, value);
            added.push(value.clone());
        }
    }
    Ok(added)
}

/// Adds an entry: on a line of its own if the last one is on one. A comment after the last one stays with it.
fn push(array: &mut Array, value: &str) {
    let text = |raw: Option<&RawString>| {
        raw.and_then(RawString::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let end = text(Some(array.trailing()));
    let Some(last) = array.iter_mut().last() else {
        array.push(value);
        return;
    };
    let prefix = text(last.decor().prefix());
    if !prefix.contains('\n') && !end.contains('\n') {
        let suffix = text(last.decor().suffix());
        last.decor_mut().set_suffix("");
        array.push_formatted(Value::from(value).decorated(" ", &suffix));
        return;
    }
    let indent = prefix.rsplit_once('\n').map_or("  ", |(_, indent)| indent);
    let after = format!("{}{end}", text(last.decor().suffix()));
    last.decor_mut().set_suffix("");
    // What follows the last entry goes before the new one, and what closes the list stays.
    let (comments, closing) = after.rsplit_once('\n').unwrap_or((&after, ""));
    let entry = Value::from(value).decorated(format!("{comments}\n{indent}"), "");
    array.push_formatted(entry);
    array.set_trailing(format!("\n{closing}"));
    array.set_trailing_comma(true);
}
