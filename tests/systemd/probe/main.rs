//! A static probe that reports what a service can really do in its root.
//!
//! `probe STEP [, STEP]…` runs the steps in order. A step that tries something prints one line, `TRY: RESULT`.
//! RESULT is `ok`, the value found, or the name of the error (`ENOENT`, `EROFS` …). The probe really tries everything.
//!
//! Build: `rustc -O -C target-feature=+crt-static main.rs`.

mod greedy;
mod kernel;
mod tree;

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::os::fd::FromRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
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
  remount PATH       takes the read-only flag off the mount at PATH
  attribute NAME PATH  an extended attribute, symlinks not followed
  stat PATH          type, mode, uid:gid, symlinks not followed
  same PATH PATH     whether both are one file
  connect PATH       the socket at PATH; `become ID TRY` runs itself as the user and group with this id
  exec FILE [ARG]... what it prints, or its exit status
  env NAME           an environment variable
  ids                uid:gid of this process
steps:
  sleep SECONDS      notify STATE        fail (exit 1)
  must TRY           a try that has to succeed
  deaf               ignores SIGTERM from here on
  forks, eats        takes all processes, or all memory; `fills FILE` writes until nothing fits
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

/// Runs a step that prints no result.
fn run(words: &[&str]) -> Option<io::Result<()>> {
    Some(match *words {
        ["sleep", seconds] => {
            std::thread::sleep(Duration::from_secs(seconds.parse().unwrap_or(1)));
            Ok(())
        }
        ["spin", seconds] => greedy::spin(seconds),
        ["notify", state] => notify(state),
        ["fail"] => exit(1),
        ["must", ref words @ ..] => attempt(words).map(drop),
        ["deaf"] => kernel::ignore_sigterm(),
        ["forks"] => greedy::fork_for_ever(),
        ["eats"] => greedy::eat(),
        ["fills", file] => greedy::fill(file),
        ["serve", name] => {
            abstract_address(name).and_then(|at| serve(&UnixListener::bind_addr(&at)?))
        }
        // SAFETY: systemd passes the first socket as descriptor 3, and nothing else here owns it.
        ["accept"] => serve(&unsafe { UnixListener::from_raw_fd(3) }),
        ["ask", name] => abstract_address(name).and_then(|at| ask(connect(&at)?)),
        _ => return None,
    })
}

/// An abstract socket, which both sides reach whatever their root directories are.
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

/// Connects, with retries, because systemd reports a service as started shortly before it listens.
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

/// Tries something and returns the result as one line.
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
        ["list", dir] => tree::list(dir, 1),
        ["list", dir, depth] => tree::list(dir, depth.parse().unwrap_or(1)),
        ["read", file] => fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        ["bytes", file] => fs::read(file).map(|bytes| bytes.len().to_string()),
        ["write", file] => write_back(file).map(done),
        ["create", file, ref text @ ..] => create(file, &text.join(" ")).map(done),
        ["mkdir", dir] => fs::create_dir(dir).map(done),
        ["remove", path] => remove(path).map(done),
        ["rename", from, to] => fs::rename(from, to).map(done),
        ["link", target, path] => symlink(target, path).map(done),
        ["copy", from, to] => fs::copy(from, to).map(|_| done(())),
        ["digest", ref paths @ ..] => tree::digest(paths),
        ["map", file] => kernel::map(file),
        ["opens", ref paths @ ..] => paths
            .iter()
            .try_fold(0, |sum, path| Ok(sum + tree::opens(Path::new(path))?))
            .map(|sum| sum.to_string()),
        ["time", ref words @ ..] => {
            let begun = Instant::now();
            let answer = attempt(words)?;
            Ok(format!("{answer} in {} µs", begun.elapsed().as_micros()))
        }
        ["handle", path] => kernel::handle(path),
        ["reach", handle, dir] => kernel::reach(handle, dir).map(done),
        ["remount", path] => kernel::remount(path).map(done),
        ["attribute", name, path] => kernel::attribute(name, path),
        ["chmod", mode, path] => chmod(mode, path).map(done),
        ["stat", path] => stat(path),
        ["same", a, b] => tree::same(a, b).map(|same| if same { "yes" } else { "no" }.into()),
        ["exec", file, ref args @ ..] => exec(file, args),
        ["connect", path] => UnixStream::connect(path).map(|_| done(())),
        ["become", id, ref words @ ..] => as_user(id, words),
        ["env", name] => Ok(std::env::var(name).unwrap_or_else(|_| "unset".into())),
        ["ids"] => kernel::ids(),
        _ => Ok(format!("probe knows no {words:?}")),
    }
}

/// Runs a try in a process of its own, as another user.
fn as_user(id: &str, words: &[&str]) -> io::Result<String> {
    let id = id.parse().map_err(io::Error::other)?;
    let output = Command::new("/proc/self/exe")
        .args(words)
        .gid(id)
        .uid(id)
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
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
    // without /dev there is no /dev/null for standard input
    let output = Command::new(file)
        .args(args)
        .stdin(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Ok(output.status.to_string());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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
