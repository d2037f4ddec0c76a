//! A connection to systemd over D-Bus, for the properties of many units at once.
//!
//! `systemctl show` asks for all properties of each unit, whichever it is to print. Whether a unit is enabled is one of them, for which
//! systemd reads the directories of units anew for each after `daemon-reload`.

mod message;
#[cfg(test)]
mod tests;

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::user;
use crate::service::Manager;
pub use message::Value;
use message::{Call, FIXED, answer, rest};

/// systemd's own socket, which is only for root.
const PRIVATE: &str = "/run/systemd/private";
/// The socket of the system bus.
const SYSTEM: &str = "/run/dbus/system_bus_socket";
/// The name of systemd on the bus.
const SYSTEMD: &str = "org.freedesktop.systemd1";
/// How long the answers to calls may take, as for `systemctl`.
const PATIENCE: Duration = Duration::from_secs(90);
/// As many calls are sent before their answers are read: they fit into the buffer of a socket, and no bus refuses them.
const AT_ONCE: usize = 64;
/// The longest line of the authentication, in bytes.
const LINE: usize = 4096;

/// A property of a unit: its interface behind that of systemd (`Unit`, `Service`), and its name.
pub type Property = (&'static str, &'static str);

/// A connection.
pub struct Bus {
    stream: UnixStream,
    destination: Option<&'static str>,
    patience: Duration,
}

impl Bus {
    /// Connects to a manager, which may be that of the user; `None` if it does not listen.
    pub fn connect(manager: Manager) -> Result<Option<Self>> {
        let private = match manager {
            Manager::System if rustix::process::geteuid().is_root() => Some(PRIVATE.into()),
            Manager::System => None,
            Manager::User => Some(user::socket()?),
        };
        let private = private.and_then(|path: PathBuf| UnixStream::connect(path).ok());
        let (stream, destination) = match private {
            Some(stream) => (stream, None),
            None if !manager.is_system() => return Ok(None),
            None => match UnixStream::connect(SYSTEM) {
                Ok(stream) => (stream, Some(SYSTEMD)),
                Err(_) => return Ok(None),
            },
        };
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut bus = Self {
            stream,
            destination,
            patience: PATIENCE,
        };
        bus.authenticate()
            .context("systemd refuses the connection")?;
        Ok(Some(bus))
    }

    fn authenticate(&mut self) -> Result<()> {
        let user = rustix::process::geteuid().as_raw().to_string();
        let digits: String = user.bytes().map(|byte| format!("{byte:02x}")).collect();
        write!(self.stream, "\0AUTH EXTERNAL {digits}\r\n")?;
        let mut line = Vec::new();
        let until = Instant::now() + self.patience;
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            self.read(&mut byte, until)?;
            line.extend(byte);
            if line.len() > LINE {
                bail!("its answer is too long");
            }
        }
        if !line.starts_with(b"OK ") {
            bail!("it answers {:?}", String::from_utf8_lossy(&line).trim_end());
        }
        write!(self.stream, "BEGIN\r\n")?;
        if self.destination.is_some() {
            let hello = Call {
                destination: Some("org.freedesktop.DBus"),
                path: "/org/freedesktop/DBus",
                interface: "org.freedesktop.DBus",
                member: "Hello",
                arguments: &[],
            };
            self.ask(&[hello])?;
        }
        Ok(())
    }

    /// The values of these properties of each unit, in their order.
    pub fn properties(&mut self, units: &[&str], properties: &[Property]) -> Result<Vec<Value>> {
        let paths: Vec<String> = units.iter().map(|unit| path_of(unit)).collect();
        let interfaces: Vec<String> = properties
            .iter()
            .map(|(interface, _)| format!("{SYSTEMD}.{interface}"))
            .collect();
        let arguments: Vec<[&str; 2]> = properties
            .iter()
            .zip(&interfaces)
            .map(|((_, name), interface)| [interface.as_str(), *name])
            .collect();
        let destination = self.destination;
        let calls: Vec<Call> = paths
            .iter()
            .flat_map(|path| {
                arguments.iter().map(move |arguments| Call {
                    destination,
                    path,
                    interface: "org.freedesktop.DBus.Properties",
                    member: "Get",
                    arguments,
                })
            })
            .collect();
        let mut values = Vec::with_capacity(calls.len());
        for (number, calls) in calls.chunks(AT_ONCE).enumerate() {
            for (index, answer) in self.ask(calls)?.into_iter().enumerate() {
                let unit = units[(number * AT_ONCE + index) / properties.len()];
                let value = answer
                    .map_err(anyhow::Error::msg)
                    .and_then(|value| value.context("its answer has no value"));
                values.push(value.with_context(|| format!("systemd does not describe {unit}"))?);
            }
        }
        Ok(values)
    }

    /// Calls methods, and returns the answers in their order.
    fn ask(&mut self, calls: &[Call]) -> Result<Vec<Result<Option<Value>, String>>> {
        let mut messages = Vec::new();
        for (serial, call) in (1..).zip(calls) {
            call.write(serial, &mut messages)?;
        }
        self.stream.write_all(&messages)?;
        let until = Instant::now() + self.patience;
        let mut answers: Vec<Option<_>> = calls.iter().map(|_| None).collect();
        let mut missing = answers.len();
        while missing > 0 {
            let mut fixed = [0; FIXED];
            self.read(&mut fixed, until)?;
            let unreadable = || "cannot read a message of systemd";
            let mut bytes = vec![0; rest(fixed).with_context(unreadable)?];
            self.read(&mut bytes, until)?;
            let Some(answer) = answer(fixed, &bytes).with_context(unreadable)? else {
                continue;
            };
            let index = usize::try_from(answer.serial)?.checked_sub(1);
            let place = index.and_then(|index| answers.get_mut(index));
            let place = place.filter(|place| place.is_none());
            *place.context("systemd answers a call that was not made")? = Some(answer.value);
            missing -= 1;
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Fills `bytes`. Fails if that takes too long, whatever else arrives meanwhile.
    fn read(&mut self, bytes: &mut [u8], until: Instant) -> Result<()> {
        let mut read = 0;
        while read < bytes.len() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("no answer within {:?}", self.patience);
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(&mut bytes[read..]) {
                Ok(0) => bail!("the connection was closed"),
                Ok(count) => read += count,
                Err(error) if is_early(error.kind()) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Whether a read may be tried again: a signal ended it, or its time is over.
fn is_early(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut
    )
}

/// The path of a unit's object (`sd_bus_path_encode`).
fn path_of(unit: &str) -> String {
    let escaped = unit.bytes().enumerate().map(|(index, byte)| {
        if byte.is_ascii_alphabetic() || byte.is_ascii_digit() && index > 0 {
            char::from(byte).to_string()
        } else {
            format!("_{byte:02x}")
        }
    });
    format!(
        "/org/freedesktop/systemd1/unit/{}",
        escaped.collect::<String>()
    )
}
