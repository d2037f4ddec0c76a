//! Mounts the images of views: in a separate mount namespace. This needs root, a loop device or a kernel that mounts files, and EROFS.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use anyhow::Result;
use confinix::view::DIRECTORY;
use tempfile::TempDir;

use super::sample::{Below, Sample, View, Views, odd, written};
use crate::support::{not_run, program, scratch};

/// Mounts the image of views; over the store, if there is one. Returns what find(1) prints of each file below the views, sorted;
/// `None` if the machine can't mount it.
fn found(views: &Views, store: Option<&Path>, print: &str) -> Result<Option<Vec<Vec<u8>>>> {
    let scratch = scratch()?;
    let [image, place, over, out] =
        ["image", "place", "over", "out"].map(|name| scratch.path().join(name));
    fs::create_dir(&place)?;
    fs::create_dir(&over)?;
    fs::write(&image, written(views)?)?;
    // The code distinguishes a failed mount from later failures.
    let script = r#"
        mount -t erofs -o ro,loop "$1" "$2" || exit 77
        if [ "$5" ]; then
            mount -t overlay -o "ro,metacopy=on,redirect_dir=follow,lowerdir=$2:$5" overlay "$3" || exit 77
            cd "$3"
        else
            cd "$2"
        fi
        find view -printf "$6\0" >"$4"
    "#;
    let ran = program("unshare", ["--mount", "sh", "-ec", script, "sh"])
        .args([&image, &place, &over, &out])
        .arg(store.unwrap_or(Path::new("")))
        .arg(print)
        .run()?;
    if ran.code != Some(0) {
        let is_refused = ran.code != Some(77) || ran.stderr.contains("bad superblock");
        assert!(!is_refused, "{}", ran.stderr);
        not_run(
            "the image of views as the kernel reads it",
            ran.stderr.trim(),
        )?;
        return Ok(None);
    }
    let mut lines: Vec<_> = fs::read(&out)?
        .split(|byte| *byte == 0)
        .map(<[u8]>::to_vec)
        .collect();
    lines.pop();
    lines.sort();
    Ok(Some(lines))
}

/// Everything that stat(1) shows, and the targets of symlinks.
#[test]
fn the_kernel_reads_it() -> Result<()> {
    for views in super::images() {
        let Some(found) = found(&views, None, "%p\\t%y %m %s %U:%G %n %Ts %l")? else {
            return Ok(());
        };
        let mut expected = expected(&views);
        expected.sort();
        let differing = found.iter().zip(&expected).find(|(a, b)| a != b);
        let differing =
            differing.map(|(a, b)| (String::from_utf8_lossy(a), String::from_utf8_lossy(b)));
        assert!(
            found == expected,
            "{} of {}: {differing:?}",
            found.len(),
            expected.len()
        );
    }
    Ok(())
}

fn expected(views: &Views) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let names = views.keys().map(String::as_bytes);
    lines.push(directory(
        DIRECTORY.as_bytes(),
        with_dots(names),
        views.len(),
    ));
    for (id, view) in views {
        let place = format!("{DIRECTORY}/{id}");
        let is_directory = |sample: &&Sample| matches!(sample, Sample::Directory(_));
        let count = view.values().filter(is_directory).count();
        lines.push(directory(
            place.as_bytes(),
            with_dots(view.keys().map(String::as_bytes)),
            count,
        ));
        for (name, sample) in view {
            let place = format!("{place}/{name}");
            match sample {
                Sample::Directory(below) => lines.extend(tree(place.as_bytes(), below)),
                Sample::File { size, executable } => {
                    let mode = if *executable { 555 } else { 444 };
                    lines.push(format!("{place}\tf {mode} {size} 0:0 1 1 ").into_bytes());
                }
                Sample::Symlink(target) => lines
                    .push(format!("{place}\tl 777 {} 0:0 1 1 {target}", target.len()).into_bytes()),
            }
        }
    }
    lines
}

fn tree(top: &[u8], below: &Below) -> Vec<Vec<u8>> {
    let whole = |path: &[u8]| [top, b"/", path].concat();
    let mut all: Vec<_> = below.iter().map(|path| whole(path)).collect();
    all.insert(0, top.to_vec());
    let inside = |above: &[u8]| -> Vec<Vec<u8>> {
        let names = all
            .iter()
            .filter_map(|path| path.strip_prefix(above)?.strip_prefix(b"/"));
        names
            .filter(|name| !name.contains(&b'/'))
            .map(<[u8]>::to_vec)
            .collect()
    };
    let line = |path: &Vec<u8>| {
        let names = inside(path);
        directory(path, names.iter().map(Vec::as_slice), names.len())
    };
    all.iter().map(line).collect()
}

fn with_dots<'a>(names: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = &'a [u8]> {
    names.chain([b".".as_slice(), b".."])
}

/// The line of a directory: its size is that of its blocks, each of as many entries as fit, and the last one is cut.
fn directory<'a>(
    path: &[u8],
    names: impl Iterator<Item = &'a [u8]>,
    directories: usize,
) -> Vec<u8> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    let size = names.iter().fold(0, |size: usize, name| {
        let len = 12 + name.len();
        if size % 4096 + len > 4096 || size > 0 && size.is_multiple_of(4096) {
            size.next_multiple_of(4096) + len
        } else {
            size + len
        }
    });
    let stat = format!("\td 555 {size} 0:0 {} 1 ", directories + 2);
    [path, stat.as_bytes()].concat()
}

/// A store with directories and files of odd names, and views that show parts of it.
fn store() -> Result<(TempDir, Views)> {
    let store = scratch()?;
    let path = |name: &[u8]| store.path().join(OsStr::from_bytes(name));
    for name in ["a-tree", "b-tree", "hidden"] {
        fs::create_dir(path(name.as_bytes()))?;
        for below in odd() {
            let place = path(name.as_bytes()).join(OsStr::from_bytes(&below));
            fs::create_dir(&place)?;
            fs::write(place.join("file"), name)?;
            symlink("file", place.join("symlink"))?;
        }
    }
    fs::create_dir(path(b"view"))?;
    fs::write(path(b"view/hidden"), "")?;
    fs::write(path(b"script"), "#!/bin/sh\n")?;
    fs::set_permissions(path(b"script"), fs::Permissions::from_mode(0o555))?;
    fs::write(path(b"text"), "text")?;
    symlink("text", path(b"link"))?;
    let executable = |size, executable| Sample::File { size, executable };
    let samples = View::from_iter([
        ("a-tree".to_owned(), Sample::Directory(odd())),
        ("b-tree".to_owned(), Sample::Directory(odd())),
        ("link".to_owned(), Sample::Symlink("text".to_owned())),
        ("script".to_owned(), executable(10, true)),
        ("text".to_owned(), executable(4, false)),
    ]);
    let without = |name: &str| {
        let mut view = samples.clone();
        view.remove(name);
        view
    };
    let views = ["a-tree", "b-tree", "link", "script", "text", ""]
        .map(|name| (format!("without-{name}"), without(name)));
    Ok((store, Views::from(views)))
}

/// Each view shows the store's own files, and those of no other path.
#[test]
fn overlayfs_shows_the_files_of_the_store() -> Result<()> {
    let (store, views) = store()?;
    let Some(found) = found(&views, Some(store.path()), "%p\\t%y %s %l")? else {
        return Ok(());
    };
    let shown = |path: &[u8]| {
        path.split(|byte| *byte == b'\t')
            .next()
            .unwrap_or_default()
            .to_vec()
    };
    let mut expected = vec![DIRECTORY.as_bytes().to_vec()];
    for (id, view) in &views {
        let place = format!("{DIRECTORY}/{id}");
        expected.push(place.clone().into_bytes());
        for (name, sample) in view {
            let path = format!("{place}/{name}").into_bytes();
            expected.push(path.clone());
            let Sample::Directory(below) = sample else {
                continue;
            };
            let inside = below.iter().flat_map(|below| {
                ["", "/file", "/symlink"]
                    .map(|end| [&path, b"/".as_slice(), below, end.as_bytes()].concat())
            });
            expected.extend(inside);
        }
    }
    expected.sort();
    let mut paths: Vec<_> = found.iter().map(|line| shown(line)).collect();
    paths.sort();
    assert_eq!(paths.len(), expected.len());
    assert!(paths == expected);
    let line = |path: &str, end: &str| format!("view/without-/{path}\t{end}").into_bytes();
    for (path, end) in [
        ("a-tree/-x/file", "f 6 "),
        ("b-tree/+/symlink", "l 4 file"),
        ("link", "l 4 text"),
        ("script", "f 10 "),
        ("text", "f 4 "),
    ] {
        assert!(found.contains(&line(path, end)), "{path}");
    }
    Ok(())
}
