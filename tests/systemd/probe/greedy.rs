//! What uses up a machine.

use std::fs::File;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Becomes twice as many processes, again and again.
pub fn fork_for_ever() -> ! {
    unsafe extern "C" {
        fn fork() -> i32;
    }
    loop {
        // SAFETY: this process has one thread.
        unsafe { fork() };
    }
}

/// Takes memory and uses it, for ever.
pub fn eat() -> ! {
    let mut all = Vec::new();
    loop {
        all.push(vec![1_u8; 16 << 20]);
    }
}

/// Writes a file until the disk is full.
pub fn fill(file: &str) -> io::Result<()> {
    let mut file = File::create(file)?;
    let block = vec![1_u8; 1 << 20];
    while file.write_all(&block).is_ok() {}
    Ok(())
}

/// Uses a processor for so many seconds.
pub fn spin(seconds: &str) -> io::Result<()> {
    let end = Instant::now() + Duration::from_secs(seconds.parse().unwrap_or(1));
    while Instant::now() < end {}
    Ok(())
}
