//! How much longer it takes to open a file of a view that is recorded.

#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use confinix::observe::Watch;

const PATHS: usize = 200;
const FILES: usize = 50;
const ROUNDS: usize = 15;
/// Set in the mount namespace in which the views are mounted.
const INSIDE: &str = "CONFINIX_BENCH_INSIDE";

fn main() -> Result<ExitCode> {
    if std::env::var_os(INSIDE).is_none() {
        let own = std::env::current_exe()?;
        let mut inside = Command::new("unshare");
        inside.args(["--mount", "--propagation", "private", "--"]);
        let status = inside.arg(own).env(INSIDE, "1").status()?;
        return Ok(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    let directory = tempfile::tempdir_in("/var/tmp")?;
    let files = make(&directory.path().join("store"))?;
    let mut ratios = [Vec::new(), Vec::new()];
    let mut plain = Vec::new();
    for _ in 0..ROUNDS {
        let [without, first, again] = round(directory.path(), &files)?;
        plain.push(without * 1e6);
        ratios[0].push(first / without);
        ratios[1].push(again / without);
    }
    let (median, least, most) = spread(plain);
    println!(
        "an open and close in a view: {median:.2} µs ({least:.2}–{most:.2}); recorded ÷ that:"
    );
    for (what, ratios) in ["first open of each file", "again"].into_iter().zip(ratios) {
        let (median, least, most) = spread(ratios);
        println!("  {what}: {median:.2} ({least:.2}–{most:.2})");
    }
    Ok(ExitCode::SUCCESS)
}

/// Seconds an open takes: without a record, with one, and with one that knows the files.
fn round(directory: &Path, files: &[PathBuf]) -> Result<[f64; 3]> {
    let view = directory.join("view");
    let empty = directory.join("empty");
    fs::create_dir_all(&view)?;
    fs::create_dir_all(&empty)?;
    let lower = format!(
        "ro,lowerdir={}:{}",
        empty.display(),
        directory.join("store").display()
    );
    mount(&["-t", "overlay", "-o", &lower, "none"], &view)?;
    // The first time, the kernel looks up names.
    open_all(&view, files)?;
    let without = open_all(&view, files)?;
    let watch = Watch::on(&view)?;
    let first = open_all(&view, files)?;
    std::thread::sleep(std::time::Duration::from_millis(100));
    let again = open_all(&view, files)?;
    let touched = watch.finish()?;
    ensure!(
        touched.files.len() == files.len(),
        "only {} files were recorded",
        touched.files.len()
    );
    let unmounted = Command::new("umount").arg(&view).status()?;
    ensure!(unmounted.success(), "cannot unmount the view");
    Ok([without, first, again])
}

fn open_all(view: &Path, files: &[PathBuf]) -> Result<f64> {
    let files: Vec<PathBuf> = files.iter().map(|file| view.join(file)).collect();
    let begun = Instant::now();
    for file in &files {
        File::open(file)?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    Ok(seconds / f64::from(u32::try_from(files.len())?))
}

/// Makes a store, and returns its files.
fn make(store: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in 0..PATHS {
        let share = PathBuf::from(format!("{path:032}-package-1.0/share"));
        fs::create_dir_all(store.join(&share))?;
        for file in 0..FILES {
            let file = share.join(format!("file{file}"));
            fs::write(store.join(&file), "x")?;
            files.push(file);
        }
    }
    Ok(files)
}

fn mount(words: &[&str], at: &Path) -> Result<()> {
    let status = Command::new("mount").args(words).arg(at).status();
    ensure!(
        status.context("cannot start mount")?.success(),
        "cannot mount a view: run as root"
    );
    Ok(())
}

/// The median, the least and the most.
fn spread(mut all: Vec<f64>) -> (f64, f64, f64) {
    all.sort_by(f64::total_cmp);
    (all[all.len() / 2], all[0], all[all.len() - 1])
}
