//! Shared code of the targets: counts of accepted inputs, and mutators that keep a document's syntax.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use libfuzzer_sys::{Corpus, fuzzer_mutate};
use serde_json::Value;

static ALL: AtomicU64 = AtomicU64::new(0);
static ACCEPTED: AtomicU64 = AtomicU64::new(0);

/// Counts an input, and sometimes prints the share of accepted inputs on standard error.
fn count(is_accepted: bool) {
    ACCEPTED.fetch_add(u64::from(is_accepted), Ordering::Relaxed);
    let all = ALL.fetch_add(1, Ordering::Relaxed) + 1;
    if all.is_multiple_of(4096) {
        let accepted = ACCEPTED.load(Ordering::Relaxed);
        eprintln!("accepted: {accepted} of {all} ({} %)", accepted * 100 / all);
    }
}

/// For structured documents: inputs that are not accepted are not kept for further mutation.
pub fn formal(is_accepted: bool) -> Corpus {
    count(is_accepted);
    if is_accepted {
        Corpus::Keep
    } else {
        Corpus::Reject
    }
}

/// For texts that the reader nearly always accepts.
pub fn free(is_accepted: bool) -> Corpus {
    count(is_accepted);
    Corpus::Keep
}

/// A pseudorandom number generator with a fixed sequence per seed.
struct Dice(u64);

impl Dice {
    fn new(seed: u32) -> Self {
        Self(u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or_default() % sides.max(1)
    }
}

/// Copies a document into the buffer of the fuzzer, if it fits.
fn put(data: &mut [u8], size: usize, max: usize, document: &[u8]) -> usize {
    if document.is_empty() || document.len() > max {
        return fuzzer_mutate(data, size, max);
    }
    data[..document.len()].copy_from_slice(document);
    document.len()
}

thread_local! {
    /// The values seen so far, by their key.
    static SEEN: RefCell<BTreeMap<String, Vec<Value>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The maximum number of attempts at a change that the reader accepts.
const TRIES: usize = 40;

/// Mutates a document with `change`. Usually the result must be accepted, so that the fuzzer reaches the code behind the reader.
fn mutate(
    data: &mut [u8],
    size: usize,
    max: usize,
    seed: u32,
    accepts: &dyn Fn(&[u8]) -> bool,
    change: &dyn Fn(&[u8], &mut Dice) -> Option<Vec<u8>>,
) -> usize {
    let mut dice = Dice::new(seed);
    if dice.roll(8) == 0 {
        return fuzzer_mutate(data, size, max);
    }
    let tries = if dice.roll(4) == 0 { 1 } else { TRIES };
    let mut changed = None;
    for _ in 0..tries {
        changed = change(&data[..size], &mut dice);
        let text = changed.as_deref().unwrap_or_default();
        if text.len() <= max && accepts(text) {
            break;
        }
    }
    put(data, size, max, &changed.unwrap_or_default())
}

/// Mutates JSON but keeps most of its structure: it swaps values with others of the same key.
pub fn mutate_json(
    data: &mut [u8],
    size: usize,
    max: usize,
    seed: u32,
    accepts: &dyn Fn(&[u8]) -> bool,
) -> usize {
    mutate(data, size, max, seed, accepts, &|data, dice| {
        let mut value = serde_json::from_slice::<Value>(data).ok()?;
        SEEN.with_borrow_mut(|seen| {
            collect(&value, "", seen, dice);
            for _ in 0..=dice.roll(2) {
                let mut at = dice.roll(nodes(&value));
                change(&mut value, "", &mut at, seen, dice);
            }
        });
        if dice.roll(2) == 0 {
            serde_json::to_vec(&value).ok()
        } else {
            serde_json::to_vec_pretty(&value).ok()
        }
    })
}

fn children<'v>(value: &'v Value, key: &'v str) -> Vec<(&'v str, &'v Value)> {
    match value {
        Value::Array(items) => items.iter().map(|item| (key, item)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.as_str(), value))
            .collect(),
        _ => Vec::new(),
    }
}

fn nodes(value: &Value) -> usize {
    1 + children(value, "")
        .into_iter()
        .map(|(_, value)| nodes(value))
        .sum::<usize>()
}

fn collect(value: &Value, key: &str, seen: &mut BTreeMap<String, Vec<Value>>, dice: &mut Dice) {
    let of_key = seen.entry(key.to_owned()).or_default();
    if of_key.len() < 32 {
        of_key.push(value.clone());
    } else if dice.roll(64) == 0 {
        let at = dice.roll(32);
        of_key[at] = value.clone();
    }
    for (key, value) in children(value, key) {
        collect(value, key, seen, dice);
    }
}

/// Mutates the node that is `at` steps away.
fn change(
    value: &mut Value,
    key: &str,
    at: &mut usize,
    seen: &BTreeMap<String, Vec<Value>>,
    dice: &mut Dice,
) -> bool {
    if *at == 0 {
        here(value, key, seen, dice);
        return true;
    }
    *at -= 1;
    match value {
        Value::Array(items) => items
            .iter_mut()
            .any(|item| change(item, key, at, seen, dice)),
        Value::Object(members) => members
            .iter_mut()
            .any(|(key, value)| change(value, key, at, seen, dice)),
        _ => false,
    }
}

fn here(value: &mut Value, key: &str, seen: &BTreeMap<String, Vec<Value>>, dice: &mut Dice) {
    if dice.roll(3) > 0
        && let Some(others) = seen.get(key)
    {
        *value = others[dice.roll(others.len())].clone();
        return;
    }
    match value {
        Value::Array(items) if !items.is_empty() => {
            let (one, other) = (dice.roll(items.len()), dice.roll(items.len()));
            match dice.roll(3) {
                0 => drop(items.remove(one)),
                1 => items.insert(other, items[one].clone()),
                _ => items.swap(one, other),
            }
        }
        Value::Object(members) if !members.is_empty() => {
            let at = dice.roll(members.len());
            let key = members.keys().nth(at).cloned().unwrap_or_default();
            let taken = members.remove(&key).unwrap_or_default();
            match dice.roll(3) {
                0 => {}
                1 => drop(members.insert(text(&key, dice), taken)),
                _ => {
                    members.insert(text(&key, dice), taken.clone());
                    members.insert(key, taken);
                }
            }
        }
        Value::String(old) => *old = text(old, dice),
        Value::Number(_) => {
            let numbers = [0, 1, u64::MAX, u64::from(u32::MAX), 1 << 53, 1000];
            *value = numbers[dice.roll(numbers.len())].into();
        }
        _ => *value = [Value::Null, true.into(), "".into(), 0.into()][dice.roll(4)].clone(),
    }
}

/// Pieces with a meaning to the readers.
const PIECES: [&str; 36] = [
    "%n",
    "%%",
    "%i",
    "\\x20",
    "\\",
    "\"",
    "'",
    "\n",
    " ",
    ":",
    ";",
    "$",
    "${",
    "}",
    "@",
    "-",
    "+",
    "!",
    "|",
    "/",
    "/nix/store/",
    "..",
    "=",
    "[",
    "]",
    "*",
    "?",
    "\t",
    "é",
    "\u{1b}[2J",
    "{",
    "#",
    "<<",
    "$(",
    "`",
    "00000000000000000000000000000000-a",
];

fn text(old: &str, dice: &mut Dice) -> String {
    let mut characters: Vec<char> = old.chars().collect();
    let at = dice.roll(characters.len() + 1);
    let end = at + dice.roll(characters.len() - at + 1).min(8);
    match dice.roll(4) {
        0 => drop(characters.drain(at..end)),
        1 => {
            let again: Vec<char> = characters[at..end].to_vec();
            characters.splice(at..at, again);
        }
        _ => drop(characters.splice(at..at, PIECES[dice.roll(PIECES.len())].chars())),
    }
    characters.into_iter().collect()
}

/// Mutates a text line by line and word by word.
pub fn mutate_lines(
    data: &mut [u8],
    size: usize,
    max: usize,
    seed: u32,
    accepts: &dyn Fn(&[u8]) -> bool,
) -> usize {
    mutate(data, size, max, seed, accepts, &|data, dice| {
        let old = std::str::from_utf8(data).ok()?;
        let mut lines: Vec<String> = old.split('\n').map(str::to_owned).collect();
        for _ in 0..=dice.roll(3) {
            let (one, other) = (dice.roll(lines.len()), dice.roll(lines.len()));
            match dice.roll(6) {
                0 if lines.len() > 1 => drop(lines.remove(one)),
                1 => lines.insert(other, lines[one].clone()),
                2 => lines.swap(one, other),
                3 => lines[one] = text(&lines[one], dice),
                _ => {
                    let words: Vec<String> = lines[other].split(' ').map(str::to_owned).collect();
                    let mut into: Vec<String> = lines[one].split(' ').map(str::to_owned).collect();
                    let at = dice.roll(into.len());
                    into[at].clone_from(&words[dice.roll(words.len())]);
                    lines[one] = into.join(" ");
                }
            }
        }
        Some(lines.join("\n").into_bytes())
    })
}

/// For readers that accept nearly everything.
pub fn anything(_: &[u8]) -> bool {
    true
}
