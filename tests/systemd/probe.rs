//! A static probe that says what a service can really do from where it stands.
//!
//! `probe STEP [, STEP]…`: the steps in order; a step that tries something prints one line, `TRY: RESULT`.
//! RESULT is `ok`, what was found, or the name of the error (`ENOENT`, `EROFS` …); every try is really made.
//!
//! Build: `rustc -O -C target-feature=+crt-static probe.rs`.

use std::ffi::CString;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};
use std::time::{Duration, Instant};

const USAGE: &str = "usage: probe STEP [, STEP]...
tries, each answered with one line:
  list DIR [DEPTH]   names below DIR, directories with a slash (DEPTH 1)
  read FILE          its text; `bytes FILE` its size as read
  write FILE         puts the first byte back where it was
  create FILE [TEXT] makes a new file; mkdir, remove, rename, link (a symlink) likewise
  chmod MODE PATH    MODE in octal; copy FROM TO copies a file
  digest PATH...     of the trees at these paths (DIR/* for all in DIR): names, modes, times, contents
  opens DIR...       opens every file below; `time TRY` says how long a try takes
  map FILE           a digest of a file as mapped into memory
  handle PATH        its file handle (name_to_handle_at); `reach HANDLE DIR` opens one in the file system of DIR
  attribute NAME PATH  an extended attribute, symlinks not followed
  stat PATH          type, mode, uid:gid, symlinks not followed
  exec FILE [ARG]... what it prints, or its exit status
  env NAME           an environment variable
  ids                uid:gid of this process
steps:
  sleep SECONDS      notify STATE        fail (exit 1)
  serve NAME         answers tries, a line each, on the abstract socket NAME, until killed
  accept             the same on the socket that systemd passed as descriptor 3
  ask NAME           sends the tries on standard input there and prints the answers";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.is_empty() {
        eprintln!("{USAGE}");
        exit(2);
    }
    for step in args.split(|arg| arg == ",") {
        let words: Vec<&str> = step.iter().map(String::as_str).collect();
        match run(&words) {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                eprintln!("probe: {}: {error}", words.join(" "));
                exit(1);
            }
            None => println!("{}: {}", words.join(" "), answer(&words)),
        }
    }
}

/// Steps that are no tries.
fn run(words: &[&str]) -> Option<io::Result<()>> {
    Some(match *words {
        ["sleep", seconds] => {
            std::thread::sleep(Duration::from_secs(seconds.parse().unwrap_or(1)));
            Ok(())
        }
        ["notify", state] => notify(state),
        ["fail"] => exit(1),
        ["serve", name] => {
            abstract_address(name).and_then(|at| serve(&UnixListener::bind_addr(&at)?))
        }
        // SAFETY: systemd passes the first socket as descriptor 3, and nothing else here owns it.
        ["accept"] => serve(&unsafe { UnixListener::from_raw_fd(3) }),
        ["ask", name] => abstract_address(name).and_then(|at| ask(connect(&at)?)),
        _ => return None,
    })
}

/// An abstract socket is reached whatever root directory either side has.
fn abstract_address(name: &str) -> io::Result<SocketAddr> {
    SocketAddr::from_abstract_name(name)
}

fn notify(state: &str) -> io::Result<()> {
    let path = std::env::var("NOTIFY_SOCKET").map_err(|_| io::Error::other("no NOTIFY_SOCKET"))?;
    let to = match path.strip_prefix('@') {
        Some(name) => abstract_address(name)?,
        None => SocketAddr::from_pathname(path)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &to)?;
    Ok(())
}

fn serve(listener: &UnixListener) -> io::Result<()> {
    for stream in listener.incoming() {
        let mut stream = stream?;
        for line in BufReader::new(stream.try_clone()?).lines() {
            let line = line?;
            let words: Vec<&str> = line.split_whitespace().collect();
            writeln!(stream, "{}", answer(&words))?;
        }
    }
    Ok(())
}

/// A service is started a little before it listens.
fn connect(at: &SocketAddr) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect_addr(at);
    for _ in 0..500 {
        if stream.is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
        stream = UnixStream::connect_addr(at);
    }
    stream
}

fn ask(mut stream: UnixStream) -> io::Result<()> {
    let mut tries = Vec::new();
    io::stdin().read_to_end(&mut tries)?;
    stream.write_all(&tries)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    io::copy(&mut stream, &mut io::stdout())?;
    Ok(())
}

/// One line, whatever is in it.
fn answer(words: &[&str]) -> String {
    match attempt(words) {
        Ok(text) => text
            .trim_end()
            .escape_debug()
            .to_string()
            .replace("\\\"", "\"")
            .replace("\\'", "'"),
        Err(error) => error_name(&error),
    }
}

fn attempt(words: &[&str]) -> io::Result<String> {
    let done = |()| String::from("ok");
    match *words {
        ["list", dir] => list(dir, 1),
        ["list", dir, depth] => list(dir, depth.parse().unwrap_or(1)),
        ["read", file] => fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        ["bytes", file] => fs::read(file).map(|bytes| bytes.len().to_string()),
        ["write", file] => write_back(file).map(done),
        ["create", file, ref text @ ..] => create(file, &text.join(" ")).map(done),
        ["mkdir", dir] => fs::create_dir(dir).map(done),
        ["remove", path] => remove(path).map(done),
        ["rename", from, to] => fs::rename(from, to).map(done),
        ["link", target, path] => symlink(target, path).map(done),
        ["copy", from, to] => fs::copy(from, to).map(|_| done(())),
        ["digest", ref paths @ ..] => digest(paths),
        ["map", file] => map(file),
        ["opens", ref paths @ ..] => paths.iter().try_fold(0, |sum, path| Ok(sum + opens(Path::new(path))?)).map(|sum| sum.to_string()),
        ["time", ref words @ ..] => {
            let begun = Instant::now();
            let answer = attempt(words)?;
            Ok(format!("{answer} in {} µs", begun.elapsed().as_micros()))
        }
        ["handle", path] => handle(path),
        ["reach", handle, dir] => reach(handle, dir).map(done),
        ["attribute", name, path] => attribute(name, path),
        ["chmod", mode, path] => chmod(mode, path).map(done),
        ["stat", path] => stat(path),
        ["exec", file, ref args @ ..] => exec(file, args),
        ["env", name] => Ok(std::env::var(name).unwrap_or_else(|_| "unset".into())),
        ["ids"] => ids(),
        _ => Ok(format!("probe knows no {words:?}")),
    }
}

fn list(dir: &str, depth: usize) -> io::Result<String> {
    let mut names = Vec::new();
    collect(Path::new(dir), Path::new(""), depth, &mut names)?;
    names.sort();
    Ok(names.join(" "))
}

fn collect(dir: &Path, below: &Path, depth: usize, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        let is_dir = entry.file_type()?.is_dir();
        names.push(format!(
            "{}{}",
            name.display(),
            if is_dir { "/" } else { "" }
        ));
        // what can't be entered is listed all the same
        if is_dir && depth > 1 && collect(&entry.path(), &name, depth - 1, names).is_err() {
            names.push(format!("{}/?", name.display()));
        }
    }
    Ok(())
}

/// FNV-1a, for want of a library.
struct Digest(u64);

impl Digest {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Each path with its base name, and what it leads to, whatever stands at it: bind mounts show the target of a symlink.
fn digest(paths: &[&str]) -> io::Result<String> {
    let mut digest = Digest::new();
    let mut add = |path: &Path| {
        digest.add(path.file_name().unwrap_or_default().as_bytes());
        let tree = fs::canonicalize(path)?;
        add_tree(&tree, &tree, &mut digest)
    };
    for path in paths {
        match path.strip_suffix("/*") {
            Some(dir) => entries(Path::new(dir))?.iter().try_for_each(|entry| add(entry))?,
            None => add(Path::new(path))?,
        }
    }
    Ok(format!("{:016x}", digest.0))
}

/// The paths in a directory, sorted.
fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn add_tree(top: &Path, path: &Path, digest: &mut Digest) -> io::Result<()> {
    let meta = fs::symlink_metadata(path)?;
    digest.add(path.strip_prefix(top).unwrap_or(path).as_os_str().as_bytes());
    digest.add(format!(" {:o} {}:{} {}\n", meta.mode(), meta.uid(), meta.gid(), meta.mtime()).as_bytes());
    if meta.is_dir() {
        for entry in entries(path)? {
            add_tree(top, &entry, digest)?;
        }
    } else if meta.is_symlink() {
        digest.add(fs::read_link(path)?.as_os_str().as_bytes());
    } else {
        digest.add(&fs::read(path)?);
    }
    Ok(())
}

/// Opens every file below a directory; their number.
fn opens(path: &Path) -> io::Result<usize> {
    let mut sum = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() {
            opens(&entry.path())?
        } else {
            File::open(entry.path()).map(|_| 1)?
        };
    }
    Ok(sum)
}

fn map(file: &str) -> io::Result<String> {
    unsafe extern "C" {
        fn mmap(at: *mut u8, len: usize, protection: i32, flags: i32, fd: i32, offset: i64) -> *mut u8;
    }
    const PROT_READ: i32 = 1;
    const MAP_SHARED: i32 = 1;
    let file = File::open(file)?;
    let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    // SAFETY: a new mapping, read within its length, of a file that nobody changes.
    let bytes = unsafe {
        let at = mmap(std::ptr::null_mut(), len, PROT_READ, MAP_SHARED, file.as_raw_fd(), 0);
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

fn handle(path: &str) -> io::Result<String> {
    unsafe extern "C" {
        fn name_to_handle_at(dir: i32, path: *const i8, handle: *mut Handle, mount: *mut i32, flags: i32) -> i32;
    }
    let path = CString::new(path)?;
    let mut handle = Handle { len: 128, kind: 0, bytes: [0; 128] };
    let mut mount = 0;
    // SAFETY: the pointers are to what lives here.
    if unsafe { name_to_handle_at(-100, path.as_ptr(), &mut handle, &mut mount, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let bytes = &handle.bytes[..handle.len as usize];
    Ok(bytes.iter().fold(handle.kind.to_string(), |text, byte| format!("{text}:{byte}")))
}

fn reach(handle: &str, dir: &str) -> io::Result<()> {
    unsafe extern "C" {
        fn open_by_handle_at(mount: i32, handle: *mut Handle, flags: i32) -> i32;
    }
    let mut numbers = handle.split(':').map(|number| number.parse::<i32>().unwrap_or_default());
    let mut handle = Handle { len: 0, kind: numbers.next().unwrap_or_default(), bytes: [0; 128] };
    for (byte, number) in handle.bytes.iter_mut().zip(numbers) {
        *byte = number as u8;
        handle.len += 1;
    }
    let dir = File::open(dir)?;
    // SAFETY: the pointer is to what lives here.
    match unsafe { open_by_handle_at(dir.as_raw_fd(), &mut handle, 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

fn attribute(name: &str, path: &str) -> io::Result<String> {
    unsafe extern "C" {
        fn lgetxattr(path: *const i8, name: *const i8, value: *mut u8, len: usize) -> isize;
    }
    let (path, name) = (CString::new(path)?, CString::new(name)?);
    let mut value = [0; 4096];
    // SAFETY: the pointers are to what lives here.
    let len = unsafe { lgetxattr(path.as_ptr(), name.as_ptr(), value.as_mut_ptr(), value.len()) };
    let len = usize::try_from(len).map_err(|_| io::Error::last_os_error())?;
    Ok(String::from_utf8_lossy(&value[..len]).into_owned())
}

fn write_back(file: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(file)?;
    let mut first = [0];
    let found = file.read(&mut first)?;
    file.rewind()?;
    file.write_all(&first[..found])
}

fn create(file: &str, text: &str) -> io::Result<()> {
    writeln!(File::create_new(file)?, "{text}")
}

fn remove(path: &str) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir(path)
    } else {
        fs::remove_file(path)
    }
}

fn chmod(mode: &str, path: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = u32::from_str_radix(mode, 8).map_err(io::Error::other)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn stat(path: &str) -> io::Result<String> {
    let meta = fs::symlink_metadata(path)?;
    let kind = meta.file_type();
    let kind = match () {
        () if kind.is_dir() => "directory",
        () if kind.is_symlink() => "symlink",
        () if kind.is_socket() => "socket",
        () if kind.is_char_device() => "device",
        () if kind.is_file() => "file",
        () => "other",
    };
    let mut text = format!(
        "{kind} {:04o} {}:{}",
        meta.mode() & 0o7777,
        meta.uid(),
        meta.gid()
    );
    if kind == "symlink" {
        let target: PathBuf = fs::read_link(path)?;
        let _ = write!(text, " {}", target.display());
    }
    Ok(text)
}

fn exec(file: &str, args: &[&str]) -> io::Result<String> {
    // without /dev there is no /dev/null to read from
    let output = Command::new(file)
        .args(args)
        .stdin(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Ok(output.status.to_string());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn ids() -> io::Result<String> {
    unsafe extern "C" {
        fn geteuid() -> u32;
        fn getegid() -> u32;
    }
    // SAFETY: neither takes anything nor can fail; without /proc there is no other way to learn them.
    Ok(unsafe { format!("{}:{}", geteuid(), getegid()) })
}

fn error_name(error: &io::Error) -> String {
    let known = [
        (1, "EPERM"),
        (2, "ENOENT"),
        (5, "EIO"),
        (6, "ENXIO"),
        (8, "ENOEXEC"),
        (13, "EACCES"),
        (16, "EBUSY"),
        (17, "EEXIST"),
        (18, "EXDEV"),
        (20, "ENOTDIR"),
        (21, "EISDIR"),
        (22, "EINVAL"),
        (26, "ETXTBSY"),
        (30, "EROFS"),
        (38, "ENOSYS"),
        (39, "ENOTEMPTY"),
        (40, "ELOOP"),
        (61, "ENODATA"),
        (95, "EOPNOTSUPP"),
        (116, "ESTALE"),
    ];
    let code = error.raw_os_error();
    match known.iter().find(|(number, _)| Some(*number) == code) {
        Some((_, name)) => (*name).into(),
        None => error.to_string(),
    }
}
