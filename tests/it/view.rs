//! Reads the images of views back: with our own reader and, if available, with erofs-utils and the kernel.

mod check;
mod mounted;
mod reader;
mod sample;
mod used;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use confinix::store::Directories;
use confinix::view::{Shown, Tree, image};
use proptest::prelude::*;
use serde_json::json;

use self::check::check;
use self::reader::Reader;
use self::sample::{
    Below, Sample, UUID, View, Views, below, kinds, many, one, shared, tree, views, written,
};
use crate::support::{not_run, program, scratch};

#[test]
fn any_number_of_entries_reads_back() -> Result<()> {
    for count in [0, 1, 2, 15, 75, 76, 77, 78, 500, 5000] {
        check(&many(count)).with_context(|| format!("{count} entries"))?;
    }
    Ok(())
}

#[test]
fn any_number_of_views_reads_back() -> Result<()> {
    check(&Views::new())?;
    for count in [1, 2, 10, 92, 93, 94] {
        check(&shared(count)).with_context(|| format!("{count} views"))?;
    }
    // Enough for several blocks of views, which show nothing.
    let empty = (0..500).map(|at| (format!("{at:032x}"), View::new()));
    check(&empty.collect())
}

#[test]
fn a_directory_of_exactly_one_block_reads_back() -> Result<()> {
    // "." and ".." take 27 bytes, an entry 12 and its name: the block is full, has a byte to spare, or is a byte too small. Before
    // that, the directory ends to fit in a block with its inode and attributes.
    for last in 50..=212 {
        let full = |at: usize| format!("{at:032}-{}", "n".repeat(182));
        let names: Vec<_> = (0..17)
            .map(full)
            .chain([format!("{:0last$}", 99)])
            .collect();
        let inside = Sample::Directory(below(names.clone()));
        check(&one([("a".to_owned(), inside)])).with_context(|| format!("{last} below a path"))?;
        let empty = || Sample::Directory(Below::new());
        let samples = names.into_iter().map(|name| (name, empty()));
        check(&one(samples)).with_context(|| format!("{last} in a view"))?;
    }
    Ok(())
}

#[test]
fn symlinks_of_every_length_read_back() -> Result<()> {
    // Consecutive lengths, so that entries meet block borders at every distance.
    for lengths in [1..140, 3900..4040, 4030..4096] {
        check(&one(lengths.map(|len| {
            (format!("{len:032}-link"), Sample::Symlink("t".repeat(len)))
        })))?;
    }
    Ok(())
}

#[test]
fn inodes_are_as_small_as_they_can_be() -> Result<()> {
    let views = one([
        ("a".to_owned(), Sample::Directory(sample::odd())),
        ("b".to_owned(), Sample::Directory(Below::new())),
        ("c".to_owned(), kinds()[4].clone()),
        ("d".to_owned(), kinds()[5].clone()),
        ("e".to_owned(), Sample::Symlink("y".repeat(3900))),
    ]);
    let image = written(&views)?;
    let reader = Reader::new(&image)?;
    let mut extended = Vec::new();
    let mut todo = vec![(String::new(), reader.root)];
    while let Some((path, nid)) = todo.pop() {
        let inode = reader.inode(nid)?;
        if inode.is_extended {
            extended.push(path.clone());
        }
        if inode.mode & 0o170_000 == 0o040_000 {
            let listing = reader.directory(&inode)?.into_iter();
            let inside = listing.filter(|(name, ..)| name != b"." && name != b"..");
            todo.extend(
                inside.map(|(name, nid, _)| {
                    (format!("{path}/{}", String::from_utf8_lossy(&name)), nid)
                }),
            );
        }
    }
    extended.sort();
    let view = format!("/view/{}", "0".repeat(32));
    assert_eq!(extended, [format!("{view}/d")]);
    Ok(())
}

#[test]
fn a_path_of_many_views_has_its_name_once() -> Result<()> {
    let path = || {
        let link = ("link".to_owned(), Sample::Symlink("somewhere".to_owned()));
        let directory = ("directory".to_owned(), Sample::Directory(below(["bin"])));
        let file = ("file".to_owned(), kinds()[3].clone());
        View::from_iter([directory, file, link])
    };
    let views: Views = (0..50).map(|at| (format!("{at:032}"), path())).collect();
    check(&views)?;
    let image = written(&views)?;
    for (word, times) in [
        ("overlay.opaquey", 1),
        ("overlay.metacopy", 1),
        ("overlay.redirect/directory", 1),
        ("overlay.redirect/file", 1),
        ("overlay.redirect/link", 0),
    ] {
        let found = image.windows(word.len());
        let found = found.filter(|bytes| *bytes == word.as_bytes()).count();
        assert_eq!(found, times, "{word}");
    }
    Ok(())
}

#[test]
fn what_is_not_sorted_is_refused() -> Result<()> {
    let empty = tree(&Below::new())?;
    let told = |names: [&'static str; 2], view: &[usize]| {
        let paths = names.map(|name| (name, Shown::Directory(&empty)));
        let refused = image(&paths, &BTreeMap::from([("id", view.to_vec())]), UUID).err();
        refused.map(|error| error.to_string())
    };
    assert_eq!(
        told(["b", "a"], &[0]).as_deref(),
        Some("the store paths of views are not sorted")
    );
    // A path may be shown in two ways, but not in one view.
    assert_eq!(told(["a", "a"], &[1]), None);
    assert_eq!(
        told(["a", "a"], &[0, 1]).as_deref(),
        Some("the paths of a view are not sorted")
    );
    for (view, message) in [
        ([1, 0], "the paths of a view are not sorted"),
        ([1, 1], "the paths of a view are not sorted"),
        ([0, 2], "a view has an unknown path"),
    ] {
        assert_eq!(told(["a", "b"], &view).as_deref(), Some(message));
    }
    Ok(())
}

#[test]
fn what_are_not_the_directories_below_one_is_refused() -> Result<()> {
    for (listed, word) in [
        (json!(["a/b"]), "\"a/b\" is listed, and \"a\" is not"),
        (json!(["a/b", "a"]), "\"a/b\" is listed, and \"a\" is not"),
        (
            json!(["a", "b/c/d"]),
            "\"b/c/d\" is listed, and \"b/c\" is not",
        ),
        (json!(["a", "a"]), "listed twice"),
        (json!(["a", "a/b", "a/b"]), "listed twice"),
        (json!(["%61", "a"]), "%61"),
        (json!(["%ff"]), "%ff"),
        (json!(["%+1"]), "%+1"),
        (json!(["100%"]), "100%"),
        (json!(["%C3%A4"]), "%C3%A4"),
        (json!(["b", "a"]), "\"a\""),
        (json!(["a-b", "a", "a/b"]), "\"a\""),
        (json!(["a%00b"]), "is not the path of a directory"),
        (json!(["a\0b"]), "is not the path of a directory"),
        (json!([""]), "is not the path of a directory"),
        (json!(["."]), "is not the path of a directory"),
        (json!(["a", "a/.."]), "is not the path of a directory"),
        (json!(["%2E%2E"]), "%2E%2E"),
        (json!(["/a"]), "is not the path of a directory"),
        (json!(["a", "a/"]), "is not the path of a directory"),
        (json!(["a%2Fb"]), "is not the path of a directory"),
        (json!(["n".repeat(256)]), "is not the path of a directory"),
        (json!(["%FF".repeat(256)]), "is not the path of a directory"),
    ] {
        let directories: Directories = serde_json::from_value(listed.clone())?;
        let told = match Tree::new(&directories, &[]) {
            Ok(_) => "it is taken".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        assert!(told.contains(word), "{listed}: {told}");
    }
    let longest = ["%FF".repeat(255), "a".to_owned(), "n".repeat(255)];
    Tree::new(&Directories::from_iter(longest), &[]).map(drop)
}

#[test]
fn what_is_larger_than_its_one_chunk_is_refused() {
    let file = |size| {
        let executable = false;
        one([("a".to_owned(), Sample::File { size, executable })])
    };
    assert!(check(&file(1 << 43)).is_ok());
    let refused = written(&file((1 << 43) + 1)).err();
    let told = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(told.contains("can't show files larger"), "{told}");
}

proptest! {
    #[test]
    fn any_views_read_back(views in views()) {
        check(&views).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
    }
}

/// Images that other readers get too.
fn images() -> [Views; 6] {
    [
        many(0),
        many(1),
        many(75),
        many(5000),
        shared(1),
        shared(100),
    ]
}

/// fsck.erofs wants dots in every directory: it gets images without directories in views. Skipped if erofs-utils is not installed.
#[test]
fn erofs_utils_accept_it() -> Result<()> {
    let scratch = scratch()?;
    let file = scratch.path().join("image");
    for (tool, option) in [("fsck.erofs", None), ("dump.erofs", Some("-s"))] {
        if program("which", [tool]).run()?.code != Some(0) {
            not_run("an image of views", &format!("there is no {tool}"))?;
            continue;
        }
        for mut views in images() {
            if tool == "fsck.erofs" {
                let stays = |sample: &Sample| !matches!(sample, Sample::Directory(_));
                for view in views.values_mut() {
                    view.retain(|_, sample| stays(sample));
                }
            }
            fs::write(&file, written(&views)?)?;
            let ran = program(tool, option).arg(&file).run()?;
            assert_eq!(ran.code, Some(0), "{tool}: {}{}", ran.stdout, ran.stderr);
        }
    }
    Ok(())
}
