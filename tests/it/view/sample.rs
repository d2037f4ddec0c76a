//! Views for tests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use confinix::store::Directories;
use confinix::view::{Shown, Tree, image};
use proptest::prelude::*;

pub const UUID: [u8; 16] = *b"0123456789abcdef";

/// What a view shows of a store path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sample {
    Directory(Below),
    File { size: u64, executable: bool },
    Symlink(String),
}

/// The relative paths of all directories below a directory.
pub type Below = BTreeSet<Vec<u8>>;

/// Samples by their name.
pub type View = BTreeMap<String, Sample>;

/// Views by the name of their directory.
pub type Views = BTreeMap<String, View>;

/// Returns these directories and those above them.
pub fn below<T: Into<Vec<u8>>>(paths: impl IntoIterator<Item = T>) -> Below {
    let mut found = Below::new();
    for path in paths {
        let mut path: Vec<u8> = path.into();
        while !path.is_empty() {
            found.insert(path.clone());
            let above = path.iter().rposition(|byte| *byte == b'/');
            path.truncate(above.unwrap_or_default());
        }
    }
    found
}

pub fn tree(below: &Below) -> Result<Tree> {
    let text = |path: &Vec<u8>| {
        let names = path.split(|byte| *byte == b'/');
        names.map(Directories::name).collect::<Vec<_>>().join("/")
    };
    Tree::new(&below.iter().map(text).collect(), &[])
}

pub fn written(views: &Views) -> Result<Vec<u8>> {
    let mut samples = View::new();
    for (name, sample) in views.values().flatten() {
        let before = samples.insert(name.clone(), sample.clone());
        ensure!(
            before.is_none_or(|before| before == *sample),
            "{name} is not the same in all views"
        );
    }
    let trees: BTreeMap<&str, Tree> = samples
        .iter()
        .filter_map(|(name, sample)| match sample {
            Sample::Directory(below) => Some(tree(below).map(|tree| (name.as_str(), tree))),
            _ => None,
        })
        .collect::<Result<_>>()?;
    let mut paths = Vec::new();
    for (name, sample) in &samples {
        let shown = match sample {
            Sample::File { size, executable } => Shown::File {
                size: *size,
                executable: *executable,
            },
            Sample::Symlink(target) => Shown::Symlink(target),
            Sample::Directory(_) => Shown::Directory(&trees[name.as_str()]),
        };
        paths.push((name.as_str(), shown));
    }
    let index = |name: &String| paths.partition_point(|(other, _)| *other < name.as_str());
    let views = views.iter();
    let views = views.map(|(id, view)| (id.as_str(), view.keys().map(index).collect()));
    image(&paths, &views.collect(), UUID)
}

/// One view of these samples.
pub fn one(samples: impl IntoIterator<Item = (String, Sample)>) -> Views {
    Views::from([("0".repeat(32), samples.into_iter().collect())])
}

pub fn kinds() -> Vec<Sample> {
    let file = |size, executable| Sample::File { size, executable };
    vec![
        Sample::Directory(Below::new()),
        Sample::Directory(odd()),
        file(0, false),
        file(1, true),
        file(u32::MAX.into(), false),
        file(5 << 30, false),
        Sample::Symlink("x".into()),
        Sample::Symlink("/nix/store/".repeat(372) + "end"),
        Sample::Symlink("y".repeat(3900)),
        Sample::Symlink("z".repeat(1500)),
    ]
}

/// Directories with names that sort before and behind the dots, are not UTF-8, or are long, and one with many.
pub fn odd() -> Below {
    let names: [&[u8]; 16] = [
        b"-x",
        b"+",
        b"!",
        b" ",
        b"\n",
        b"\x01",
        b"-",
        b".x",
        b"..x",
        b"...",
        b".!",
        b"a%41",
        b"\xff\xfe",
        b"\x80",
        b"\xc3\xa4",
        b"lib",
    ];
    let mut paths: Vec<Vec<u8>> = names.map(<[u8]>::to_vec).to_vec();
    paths.extend([vec![b'l'; 255], vec![0xFF; 255]]);
    // The same names below two of them, a deep path, and a directory of several blocks.
    for path in [b"-x".to_vec(), vec![b'l'; 255]] {
        paths.extend(names.map(|name| [&path, b"/".as_slice(), name].concat()));
    }
    paths.push(b"deep/".repeat(40)[..199].to_vec());
    paths.extend((0..60).map(|at| format!("many/{at:03}{}", "m".repeat(at * 4)).into_bytes()));
    below(paths)
}

/// Returns a view of `count` samples of alternating types; in a large one, few have directories.
pub fn many(count: usize) -> Views {
    let kinds = kinds();
    let sample = |at: usize| match at % kinds.len() {
        1 if at > 500 && !at.is_multiple_of(7) => &kinds[0],
        kind => &kinds[kind],
    };
    one((0..count).map(|at| {
        let name = format!("{at:032}-{}", "n".repeat(at % 212));
        (name, sample(at).clone())
    }))
}

/// Returns views that share paths: each shows those of the one before, and one more.
pub fn shared(count: usize) -> Views {
    let kinds = kinds();
    let mut shown = View::new();
    let views = (0..count).map(|at| {
        // Only one has many directories.
        let kind = if at == 1 { 1 } else { at % kinds.len() / 2 * 2 };
        shown.insert(
            format!("{:032}-path", at * 7919 % count),
            kinds[kind].clone(),
        );
        (format!("{at:032x}"), shown.clone())
    });
    views.collect()
}

/// A name of a directory, often one that sorts near the dots.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let bytes = |len| prop::collection::vec(any::<u8>(), len);
    prop_oneof![
        4 => "[a-c]{1,2}".prop_map(String::into_bytes),
        4 => "[-+!.,%/a]{1,3}".prop_map(String::into_bytes),
        4 => bytes(1..8),
        1 => bytes(240..256),
    ]
    .prop_map(|mut name| {
        for byte in &mut name {
            if matches!(*byte, 0 | b'/') {
                *byte = b'-';
            }
        }
        if name == b"." || name == b".." {
            name.push(b'x');
        }
        name
    })
}

fn directories() -> impl Strategy<Value = Below> {
    let few = prop::collection::vec(prop::collection::vec(name(), 1..6), 0..20);
    let full = prop::collection::vec(prop::collection::vec(name(), 1..2), 100..400);
    prop_oneof![8 => few, 1 => full]
        .prop_map(|paths| below(paths.into_iter().map(|names| names.join(&b'/'))))
}

pub fn sample() -> impl Strategy<Value = Sample> {
    prop_oneof![
        4 => directories().prop_map(Sample::Directory),
        1 => (any::<u64>(), any::<bool>()).prop_map(|(size, executable)| Sample::File {
            size: size >> 21 >> (size % 43),
            executable
        }),
        1 => "[ -~äé→]{1,40}".prop_map(Sample::Symlink),
        1 => (1usize..4096).prop_map(|len| Sample::Symlink("l".repeat(len))),
    ]
}

/// Views of some of the same paths.
pub fn views() -> impl Strategy<Value = Views> {
    let name = "[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+._?=-]{1,211}";
    let samples = prop::collection::vec((name, sample()), 1..12);
    let views = prop::collection::btree_map(
        "[0-9a-f]{32}",
        prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        0..6,
    );
    (samples, views).prop_map(|(samples, views)| {
        let known = View::from_iter(samples);
        let shown = |index: prop::sample::Index| {
            let (name, sample) = index.get(&Vec::from_iter(&known)).to_owned();
            (name.clone(), sample.clone())
        };
        let view = |(id, indices): (String, Vec<_>)| (id, indices.into_iter().map(shown).collect());
        views.into_iter().map(view).collect()
    })
}
