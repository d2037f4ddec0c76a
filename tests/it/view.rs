//! Reads the images of views back: with our own reader and, if available, with erofs-utils and the kernel.

mod check;
mod reader;

use std::fs;

use anyhow::{Context, Result};
use confinix::store::Entry;
use confinix::view::image;
use proptest::prelude::*;

use self::check::check;
use crate::support::{not_run, program, scratch};

const UUID: [u8; 16] = *b"0123456789abcdef";

type Entries = Vec<(String, Entry)>;

fn written(entries: &Entries) -> Result<Vec<u8>> {
    let entries: Vec<_> = entries
        .iter()
        .map(|(name, entry)| (name.as_str(), entry.clone()))
        .collect();
    image(&entries, UUID)
}

/// Sorts entries and removes duplicate names.
fn sorted(mut entries: Entries) -> Entries {
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.dedup_by(|a, b| a.0 == b.0);
    entries
}

/// Returns `count` entries of alternating types.
fn many(count: usize) -> Entries {
    sorted(
        (0..count)
            .map(|i| {
                (
                    format!("{i:032}-{}", "n".repeat(i % 212)),
                    kinds()[i % kinds().len()].clone(),
                )
            })
            .collect(),
    )
}

fn kinds() -> Vec<Entry> {
    vec![
        Entry::Directory,
        Entry::File {
            size: 0,
            executable: false,
        },
        Entry::File {
            size: 1,
            executable: true,
        },
        Entry::File {
            size: 5 << 30,
            executable: false,
        },
        Entry::Symlink("x".into()),
        Entry::Symlink("/nix/store/".repeat(372) + "end"),
        Entry::Symlink("y".repeat(3900)),
        Entry::Symlink("z".repeat(1500)),
    ]
}

#[test]
fn any_number_of_entries_reads_back() -> Result<()> {
    for count in [0, 1, 2, 15, 75, 76, 77, 78, 500, 5000] {
        check(&many(count)).with_context(|| format!("{count} entries"))?;
    }
    Ok(())
}

#[test]
fn a_directory_of_exactly_one_block_reads_back() -> Result<()> {
    // "." and ".." take 27 bytes, an entry 12 and its name: the block is full, has a byte to spare, or is a byte too small.
    for last in 205..=212 {
        let mut entries: Entries = (0..17)
            .map(|i| (format!("{i:032}-{}", "n".repeat(182)), Entry::Directory))
            .collect();
        entries.push((format!("{:0last$}", 99), Entry::Directory));
        check(&sorted(entries)).with_context(|| format!("{last} bytes"))?;
    }
    Ok(())
}

#[test]
fn symlinks_of_every_length_read_back() -> Result<()> {
    // Consecutive lengths, so that entries meet block borders at every distance.
    for lengths in [1..140, 3900..4040, 4030..4096] {
        let entries = lengths
            .map(|len| (format!("{len:032}-link"), Entry::Symlink("t".repeat(len))))
            .collect();
        check(&sorted(entries))?;
    }
    Ok(())
}

#[test]
fn what_is_not_sorted_is_refused() {
    let entries = |names: [&str; 2]| {
        names
            .map(|name| (name.to_owned(), Entry::Directory))
            .to_vec()
    };
    for names in [["b", "a"], ["a", "a"]] {
        assert!(written(&entries(names)).is_err(), "{names:?}");
    }
}

#[test]
fn what_is_larger_than_its_one_chunk_is_refused() {
    let file = |size| {
        vec![(
            "a".to_owned(),
            Entry::File {
                size,
                executable: false,
            },
        )]
    };
    assert!(check(&file(1 << 43)).is_ok());
    assert!(written(&file((1 << 43) + 1)).is_err());
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        Just(Entry::Directory),
        (
            any::<u64>().prop_map(|size| size >> 21 >> (size % 43)),
            any::<bool>()
        )
            .prop_map(|(size, executable)| Entry::File { size, executable }),
        "[ -~äé→]{1,40}".prop_map(Entry::Symlink),
        (1usize..4096).prop_map(|len| Entry::Symlink("l".repeat(len))),
    ]
}

proptest! {
    #[test]
    fn any_entries_read_back(entries in prop::collection::vec(("[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+._?=-]{1,211}", entry()), 0..200)) {
        check(&sorted(entries)).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
    }
}

/// Skipped if erofs-utils is not installed.
#[test]
fn erofs_utils_accept_it() -> Result<()> {
    let scratch = scratch()?;
    let file = scratch.path().join("image");
    for entries in [many(0), many(1), many(75), many(5000)] {
        fs::write(&file, written(&entries)?)?;
        for (tool, option) in [("fsck.erofs", "--device=0"), ("dump.erofs", "-s")] {
            let arguments = if tool == "dump.erofs" {
                vec![option.as_ref(), file.as_os_str()]
            } else {
                vec![file.as_os_str()]
            };
            if program("which", [tool]).run()?.code != Some(0) {
                not_run("an image of a view", &format!("there is no {tool}"))?;
                continue;
            }
            let ran = program(tool, arguments).run()?;
            assert_eq!(ran.code, Some(0), "{tool}: {}{}", ran.stdout, ran.stderr);
        }
    }
    Ok(())
}

/// Runs in a separate mount namespace; needs root, a loop device or a kernel that mounts files, and EROFS.
#[test]
fn the_kernel_reads_it() -> Result<()> {
    let scratch = scratch()?;
    let (file, place) = (scratch.path().join("image"), scratch.path().join("mounted"));
    fs::create_dir(&place)?;
    for entries in [many(0), many(1), many(75), many(5000)] {
        fs::write(&file, written(&entries)?)?;
        // Everything that stat(1) shows, and the targets of symlinks; `mounted` distinguishes a failed mount from later failures.
        let script = "mount -t erofs -o ro,loop \"$1\" \"$2\" || exit 77; cd \"$2/view\" && find . -mindepth 1 -printf '%P %y %m %s %U:%G %n %Ts %l\\n' && ls -a | wc -l";
        let ran = program("unshare", ["--mount", "sh", "-c", script, "sh"])
            .args([&file, &place])
            .run()?;
        if ran.code != Some(0) {
            let is_refused = ran.code != Some(77) || ran.stderr.contains("bad superblock");
            assert!(!is_refused, "{}", ran.stderr);
            return not_run(
                "the image of a view as the kernel reads it",
                ran.stderr.trim(),
            );
        }
        let mut found: Vec<_> = ran.stdout.lines().map(str::to_owned).collect();
        assert_eq!(
            found.pop().map(|count| count.trim().to_owned()),
            Some((entries.len() + 2).to_string())
        );
        found.sort();
        let mut expected: Vec<_> = entries
            .iter()
            .map(|(name, entry)| line(name, entry))
            .collect();
        expected.sort();
        assert!(
            found == expected,
            "{:?}",
            found.iter().zip(&expected).find(|(a, b)| a != b)
        );
    }
    Ok(())
}

fn line(name: &str, entry: &Entry) -> String {
    match entry {
        // "." and ".." as EROFS stores them.
        Entry::Directory => format!("{name} d 555 27 0:0 2 1 "),
        Entry::File { size, executable } => format!(
            "{name} f {} {size} 0:0 1 1 ",
            if *executable { 555 } else { 444 }
        ),
        Entry::Symlink(target) => {
            format!("{name} l 777 {} 0:0 1 1 {target}", target.len())
        }
        // Never in an image.
        Entry::Missing | Entry::Other => String::new(),
    }
}
