//! System calls that the standard library lacks.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use crate::tree::Digest;

pub fn map(file: &str) -> io::Result<String> {
    unsafe extern "C" {
        fn mmap(
            at: *mut u8,
            len: usize,
            protection: i32,
            flags: i32,
            fd: i32,
            offset: i64,
        ) -> *mut u8;
    }
    const PROT_READ: i32 = 1;
    const MAP_SHARED: i32 = 1;
    let file = File::open(file)?;
    let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    // SAFETY: a new mapping, read within its length, of a file that no one changes.
    let bytes = unsafe {
        let at = mmap(
            std::ptr::null_mut(),
            len,
            PROT_READ,
            MAP_SHARED,
            file.as_raw_fd(),
            0,
        );
        if at.addr() == usize::MAX {
            return Err(io::Error::last_os_error());
        }
        std::slice::from_raw_parts(at, len)
    };
    let mut digest = Digest::new();
    digest.add(bytes);
    Ok(format!("{:016x}", digest.0))
}

/// `struct file_handle` with room for any handle.
#[repr(C)]
struct Handle {
    len: u32,
    kind: i32,
    bytes: [u8; 128],
}

pub fn handle(path: &str) -> io::Result<String> {
    unsafe extern "C" {
        fn name_to_handle_at(
            dir: i32,
            path: *const i8,
            handle: *mut Handle,
            mount: *mut i32,
            flags: i32,
        ) -> i32;
    }
    let path = CString::new(path)?;
    let mut handle = Handle {
        len: 128,
        kind: 0,
        bytes: [0; 128],
    };
    let mut mount = 0;
    // SAFETY: the pointers are to local values.
    if unsafe { name_to_handle_at(-100, path.as_ptr(), &mut handle, &mut mount, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let bytes = &handle.bytes[..handle.len as usize];
    Ok(bytes.iter().fold(handle.kind.to_string(), |text, byte| {
        format!("{text}:{byte}")
    }))
}

pub fn reach(handle: &str, dir: &str) -> io::Result<()> {
    unsafe extern "C" {
        fn open_by_handle_at(mount: i32, handle: *mut Handle, flags: i32) -> i32;
    }
    let mut numbers = handle
        .split(':')
        .map(|number| number.parse::<i32>().unwrap_or_default());
    let mut handle = Handle {
        len: 0,
        kind: numbers.next().unwrap_or_default(),
        bytes: [0; 128],
    };
    for (byte, number) in handle.bytes.iter_mut().zip(numbers) {
        *byte = number as u8;
        handle.len += 1;
    }
    let dir = File::open(dir)?;
    // SAFETY: the pointer is to a local value.
    match unsafe { open_by_handle_at(dir.as_raw_fd(), &mut handle, 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

pub fn remount(path: &str) -> io::Result<()> {
    unsafe extern "C" {
        fn mount(
            source: *const i8,
            target: *const i8,
            kind: *const i8,
            flags: u64,
            data: *const u8,
        ) -> i32;
    }
    const MS_REMOUNT: u64 = 32;
    const MS_BIND: u64 = 4096;
    let path = CString::new(path)?;
    let none = std::ptr::null();
    // SAFETY: the pointer is to a local value; the kernel ignores the other arguments.
    match unsafe { mount(none, path.as_ptr(), none, MS_REMOUNT | MS_BIND, std::ptr::null()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

pub fn attribute(name: &str, path: &str) -> io::Result<String> {
    unsafe extern "C" {
        fn lgetxattr(path: *const i8, name: *const i8, value: *mut u8, len: usize) -> isize;
    }
    let (path, name) = (CString::new(path)?, CString::new(name)?);
    let mut value = [0; 4096];
    // SAFETY: the pointers are to local values.
    let len = unsafe {
        lgetxattr(
            path.as_ptr(),
            name.as_ptr(),
            value.as_mut_ptr(),
            value.len(),
        )
    };
    let len = usize::try_from(len).map_err(|_| io::Error::last_os_error())?;
    Ok(String::from_utf8_lossy(&value[..len]).into_owned())
}

pub fn ids() -> io::Result<String> {
    unsafe extern "C" {
        fn geteuid() -> u32;
        fn getegid() -> u32;
    }
    // SAFETY: neither call takes arguments or can fail; without /proc there is no other way to get the IDs.
    Ok(unsafe { format!("{}:{}", geteuid(), getegid()) })
}

pub fn ignore_sigterm() -> io::Result<()> {
    unsafe extern "C" {
        fn signal(number: i32, handler: usize) -> usize;
    }
    const SIGTERM: i32 = 15;
    const SIG_IGN: usize = 1;
    // SAFETY: no handler runs.
    unsafe { signal(SIGTERM, SIG_IGN) };
    Ok(())
}
