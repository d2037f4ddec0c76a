//! Records which files are opened and executed through a view (fanotify(7)).
//!
//! A view is a file system of its own, so a mark on it reports every access through it and none around it. The kernel does not report
//! failed calls, stat(2) and the like, or opens with `O_PATH`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use ::nix::errno::Errno;
use ::nix::sys::fanotify::{EventFFlags, Fanotify, FanotifyEvent, InitFlags, MarkFlags, MaskFlags};
use anyhow::{Context, Result, anyhow, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags};
use rustix::io::retry_on_intr;
use rustix::pipe::PipeFlags;

use super::touched::{Access, Touched};
use crate::store::StoreDir;

/// `OVERLAYFS_SUPER_MAGIC` of `linux/magic.h`.
const OVERLAY: i64 = 0x794c_7630;

/// How long events are collected before they are read. Opening a file takes less time if no reader is woken up for it, and the kernel
/// merges equal events that nobody has read yet.
const COLLECT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};

/// Each event that is read is an open file, up to 170 at once. Only one watch at a time reads, so that many watches together do not
/// use up the process's limit.
static READING: Mutex<()> = Mutex::new(());

/// A view that is being recorded.
///
/// A recorded access keeps the mount through which it was made busy until it is read. Finish the watch before you unmount the view.
pub struct Watch {
    fanotify: Arc<Fanotify>,
    reader: JoinHandle<Touched>,
    /// The reader ends when this is closed.
    end: OwnedFd,
}

impl Watch {
    /// Starts to record accesses through the view that is mounted at `view`, from whatever mount namespace they are made. The path may
    /// lead into another mount namespace (`/proc/<pid>/root/…`).
    ///
    /// Fails without `CAP_SYS_ADMIN` and for a path where no overlay is mounted.
    pub fn on(view: &Path) -> Result<Self> {
        check(view)?;
        // Only base names of store paths are looked for, which are the same in every store.
        let store = StoreDir::parse("/nix/store")?;
        let flags = InitFlags::FAN_CLOEXEC
            | InitFlags::FAN_CLASS_NOTIF
            | InitFlags::FAN_NONBLOCK
            | InitFlags::FAN_UNLIMITED_QUEUE;
        let files = EventFFlags::O_RDONLY | EventFFlags::O_CLOEXEC | EventFFlags::O_LARGEFILE;
        let fanotify = Fanotify::init(flags, files)
            .context("the kernel does not let this process use fanotify")?;
        let events = MaskFlags::FAN_OPEN | MaskFlags::FAN_OPEN_EXEC | MaskFlags::FAN_ONDIR;
        fanotify
            .mark(
                MarkFlags::FAN_MARK_ADD | MarkFlags::FAN_MARK_FILESYSTEM,
                events,
                CWD,
                Some(view),
            )
            .with_context(|| format!("cannot record accesses to {}", view.display()))?;
        let (ended, end) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        let fanotify = Arc::new(fanotify);
        let reader = thread::Builder::new()
            .name("watch".into())
            .spawn({
                let fanotify = fanotify.clone();
                move || record(&fanotify, &ended, &store)
            })
            .context("cannot start a thread")?;
        Ok(Self {
            fanotify,
            reader,
            end,
        })
    }

    /// Whether the view is still mounted somewhere. The kernel removes the mark on a file system with its last mount.
    pub fn is_attached(&self) -> bool {
        let marks = format!("/proc/self/fdinfo/{}", self.fanotify.as_fd().as_raw_fd());
        // Each file that is ignored has a line here too (proc_pid_fdinfo(5)).
        File::open(marks).is_ok_and(|marks| {
            let mut lines = BufReader::new(marks).split(b'\n').map_while(Result::ok);
            lines.any(|line| line.starts_with(b"fanotify sdev:"))
        })
    }

    /// Ends the recording and returns what was touched until now.
    pub fn finish(self) -> Result<Touched> {
        // Without the mark, accesses that go on add no events, so the reader reaches the end of the queue.
        self.fanotify
            .mark(
                MarkFlags::FAN_MARK_FLUSH | MarkFlags::FAN_MARK_FILESYSTEM,
                MaskFlags::empty(),
                CWD,
                Some("/"),
            )
            .context("cannot end the record of accesses")?;
        drop(self.end);
        let ended = self.reader.join();
        ended.map_err(|_| anyhow!("the reader of accesses ended unexpectedly"))
    }
}

/// A mark on anything but a view would record the file system of the machine.
fn check(view: &Path) -> Result<()> {
    let wrong = || format!("cannot access the view {}", view.display());
    let status = rustix::fs::statx(CWD, view, AtFlags::empty(), StatxFlags::TYPE);
    let status = status.with_context(wrong)?;
    let kind = rustix::fs::statfs(view).with_context(wrong)?.f_type;
    ensure!(
        status.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) && kind == OVERLAY,
        "{} is not a view: no overlay is mounted there",
        view.display()
    );
    Ok(())
}

/// Reads events until `ended` is closed, and then what is left of them.
fn record(fanotify: &Fanotify, ended: &OwnedFd, store: &StoreDir) -> Touched {
    let mut touched = Touched::default();
    loop {
        let wait = || -> rustix::io::Result<bool> {
            let end = PollFd::new(ended, PollFlags::IN);
            retry_on_intr(|| {
                poll(
                    &mut [PollFd::new(fanotify, PollFlags::IN), end.clone()],
                    None,
                )
            })?;
            let ready = retry_on_intr(|| poll(&mut [end.clone()], Some(&COLLECT)))?;
            Ok(ready > 0)
        };
        let is_last = wait();
        let is_read = drain(fanotify, store, &mut touched);
        match is_last {
            Ok(false) if is_read => {}
            Ok(true) if is_read => return touched,
            _ => {
                touched.incomplete = true;
                return touched;
            }
        }
    }
}

/// Reads all events of the queue. Returns whether the next ones can be read too.
fn drain(fanotify: &Fanotify, store: &StoreDir, touched: &mut Touched) -> bool {
    loop {
        let _only = READING.lock().unwrap_or_else(PoisonError::into_inner);
        match fanotify.read_events() {
            Ok(events) if events.is_empty() => return true,
            Ok(events) => events
                .iter()
                .for_each(|event| note(fanotify, event, store, touched)),
            Err(Errno::EAGAIN) => return true,
            Err(Errno::EINTR) => {}
            // The kernel drops an event whose file it can't open for the reader.
            Err(Errno::EBADF | Errno::EFAULT | Errno::EINVAL) => return false,
            Err(_) => touched.incomplete = true,
        }
    }
}

fn note(fanotify: &Fanotify, event: &FanotifyEvent, store: &StoreDir, touched: &mut Touched) {
    let Some(file) = event.fd().filter(|_| event.check_version()) else {
        // The queue overflowed.
        touched.incomplete = true;
        return;
    };
    let Ok((path, directory)) = path_of(file) else {
        touched.incomplete = true;
        return;
    };
    let executed = event.mask().contains(MaskFlags::FAN_OPEN_EXEC);
    let access = Access {
        opened: true,
        executed,
        directory,
    };
    touched.add(store, &path, access);
    if !directory {
        ignore(fanotify, file, executed);
    }
}

/// Makes the kernel report no more of what is known of a file, so that opening it again takes no more time than without a watch.
fn ignore(fanotify: &Fanotify, file: BorrowedFd<'_>, executed: bool) {
    let flags = MarkFlags::FAN_MARK_ADD
        | MarkFlags::FAN_MARK_IGNORED_MASK
        | MarkFlags::FAN_MARK_IGNORED_SURV_MODIFY
        | MarkFlags::FAN_MARK_EVICTABLE;
    let mut known = MaskFlags::FAN_OPEN;
    known.set(MaskFlags::FAN_OPEN_EXEC, executed);
    // Linux before 5.19 can't. It reports the same again.
    let _ = fanotify.mark(flags, known, file, None::<&Path>);
}

/// Returns the path of an open file, and whether it is a directory.
fn path_of(file: BorrowedFd<'_>) -> rustix::io::Result<(Vec<u8>, bool)> {
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let path = rustix::fs::readlink(link, Vec::new())?.into_bytes();
    let mode = rustix::fs::fstat(file.as_fd())?.st_mode;
    Ok((path, rustix::fs::FileType::from_raw_mode(mode).is_dir()))
}
