//! Calls that need what root has: another user, groups, a low port. And shared memory, which needs a /dev.

use super::calls::{Call, is_of};
use super::table::Spoken;
use crate::foresight::known::{Effect, Name, Purpose, Use};
use crate::inspect::{Language, Token};

/// Functions of a language.
struct Functions {
    /// They change the user.
    users: &'static [&'static str],
    /// They change the group.
    groups: &'static [&'static str],
    /// They set the supplementary groups.
    sets_groups: &'static [&'static str],
    /// They listen at the port that their first number is.
    listens: &'static [&'static str],
}

impl Functions {
    fn of(language: Language) -> Option<&'static Self> {
        match language {
            Language::JavaScript => Some(&Self {
                users: &["process.setuid", "process.seteuid"],
                groups: &["process.setgid", "process.setegid"],
                sets_groups: &["process.setgroups", "process.initgroups"],
                listens: &["listen"],
            }),
            Language::Perl => Some(&Self {
                users: &["POSIX::setuid", "setuid", "drop_privileges"],
                groups: &["POSIX::setgid", "setgid"],
                sets_groups: &[],
                listens: &[],
            }),
            Language::Php => Some(&Self {
                users: &["posix_setuid", "posix_seteuid"],
                groups: &["posix_setgid", "posix_setegid"],
                sets_groups: &["posix_initgroups"],
                listens: &["socket_bind"],
            }),
            Language::Python => Some(&Self {
                users: &["os.setuid", "os.seteuid", "os.setreuid", "os.setresuid"],
                groups: &["os.setgid", "os.setegid", "os.setregid", "os.setresgid"],
                sets_groups: &["os.setgroups", "os.initgroups"],
                listens: &[
                    "bind",
                    "create_server",
                    "HTTPServer",
                    "ThreadingHTTPServer",
                    "TCPServer",
                    "ThreadingTCPServer",
                    "UDPServer",
                ],
            }),
            Language::Ruby => Some(&Self {
                users: &["Process::UID.change_privilege", "Process::Sys.setuid"],
                groups: &["Process::GID.change_privilege", "Process::Sys.setgid"],
                sets_groups: &["Process.initgroups"],
                listens: &["TCPServer.new", "UNIXServer.open"],
            }),
            Language::Awk | Language::Lua | Language::Tcl => None,
        }
    }
}

/// Names of the arguments that are ports.
const PORTS: [&str; 3] = ["port", "Port", "LocalPort"];

/// Kinds of sockets that only who has a capability over the host's network may have.
const RAW: [&str; 4] = ["AF_PACKET", "PF_PACKET", "SOCK_RAW", "SOCK_PACKET"];

/// Functions of Python that make a semaphore, which the C library has in /dev/shm.
const SEMAPHORES: [&str; 11] = [
    "Barrier",
    "BoundedSemaphore",
    "Condition",
    "Event",
    "JoinableQueue",
    "Lock",
    "Pool",
    "Queue",
    "RLock",
    "Semaphore",
    "Value",
];

/// What a call needs of root, or of shared memory. Whether it comes to be called is not known.
pub(super) fn effects(spoken: &Spoken, call: &Call) -> Vec<Effect> {
    let mut all = Vec::new();
    if let Some(functions) = Functions::of(spoken.language) {
        let is = |names: &[&str]| {
            // A method of something else may have the name of a function.
            names.contains(&call.name) || names == functions.listens && is_of(names, call.name)
        };
        if is(functions.users) {
            all.extend(becomes(call, Name::user));
        }
        if is(functions.groups) {
            all.extend(becomes(call, Name::group));
        }
        all.extend(is(functions.sets_groups).then_some(Effect::SetsGroups));
        let first = is(functions.listens).then(|| number(call, 0)).flatten();
        let ports = first.into_iter().chain(named_port(call));
        all.extend(ports.filter(|port| *port > 0).map(Effect::Listens));
    }
    all.extend(told_users(call));
    let needs_raw = is_of(&["socket", "Socket.new"], call.name) && call.names_any(&RAW);
    all.extend(needs_raw.then(|| Effect::Needs("CAP_NET_RAW".to_owned())));
    let makes_semaphore = spoken.language == Language::Python && makes_semaphore(call.name);
    let shared = Effect::file("/dev/shm/semaphore".to_owned(), Use::Makes);
    all.extend(makes_semaphore.then_some(shared));
    all.into_iter().map(Effect::perhaps).collect()
}

fn makes_semaphore(name: &str) -> bool {
    let member = ["multiprocessing.", "mp."]
        .iter()
        .find_map(|library| name.strip_prefix(library));
    member.is_some_and(|member| SEMAPHORES.contains(&member))
        || name.ends_with("ProcessPoolExecutor")
        || name.ends_with("SharedMemory")
}

/// A change to the user or group of the first text or number; to another one if it is neither.
fn becomes(call: &Call, name: fn(&str) -> Option<Name>) -> Option<Effect> {
    let text = call.texts().next().map(str::to_owned);
    let Some(text) = text.or_else(|| number(call, 0).map(|number| number.to_string())) else {
        let is_given = !call.arguments.is_empty();
        return is_given.then_some(Effect::BecomesAnother);
    };
    Some(Effect::LooksUp {
        name: name(&text)?,
        purpose: Purpose::Become,
        is_certain: true,
    })
}

/// The first number from this argument piece on, if it is short enough for a port or a user.
fn number(call: &Call, start: usize) -> Option<u16> {
    let digit = |at: usize| match call.arguments.get(at)?.token {
        Token::Mark(mark) => mark.to_digit(10),
        _ => None,
    };
    let first = (start..call.arguments.len()).find(|at| digit(*at).is_some())?;
    let digits = (first..).map_while(digit).take(6);
    let number = digits.fold(0_u32, |number, digit| number * 10 + digit);
    u16::try_from(number).ok()
}

/// The port that a named argument is.
fn named_port(call: &Call) -> Option<u16> {
    let mut names = call.arguments.iter().enumerate();
    let at = names.find_map(|(at, piece)| match &piece.token {
        Token::Name(name) if PORTS.contains(&name.as_str()) => Some(at),
        _ => None,
    })?;
    let mark = |at: usize| match call.arguments.get(at)?.token {
        Token::Mark(mark) => Some(mark),
        _ => None,
    };
    let assigns = matches!(mark(at + 1)?, '=' | ':');
    let value = at + 2 + usize::from(mark(at + 2)? == '>');
    let is_number = mark(value)?.is_ascii_digit();
    (assigns && is_number)
        .then(|| number(call, value))
        .flatten()
}

/// The user and the group that a server is told to change to: `run(user => 'web', group => 'www')`. A user alone is mostly that of a
/// database.
fn told_users(call: &Call) -> Vec<Effect> {
    let named = |key: &str| {
        let at = call
            .arguments
            .iter()
            .position(|piece| matches!(&piece.token, Token::Name(name) if name == key))?;
        let mut behind = call.arguments[at + 1..].iter();
        let value = behind.find(|piece| !matches!(piece.token, Token::Mark('=' | '>' | ':')))?;
        match &value.token {
            Token::Text(text) => Some(text.as_str()),
            _ => None,
        }
    };
    let pair = named("user").zip(named("group"));
    let names = pair.map(|(user, group)| [Name::user(user), Name::group(group)]);
    let names = names.into_iter().flatten().flatten();
    let becomes = names.map(|name| Effect::LooksUp {
        name,
        purpose: Purpose::Become,
        is_certain: false,
    });
    becomes.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{file, reading};
    use super::*;

    #[test]
    fn what_root_alone_may_do_is_found() -> Result<(), String> {
        let becomes = |name| {
            Effect::LooksUp {
                name,
                purpose: Purpose::Become,
                is_certain: true,
            }
            .perhaps()
        };
        let nobody = becomes(Name::User("65534".into()));
        for (program, text, expected) in [
            ("python3", "os.setuid(65534)", vec![nobody.clone()]),
            ("python3", "os.setuid(0); signal.setuid(1)", vec![]),
            (
                "python3",
                "os.setgid(pw.pw_gid)",
                vec![Effect::BecomesAnother.perhaps()],
            ),
            (
                "python3",
                "os.setgroups([])",
                vec![Effect::SetsGroups.perhaps()],
            ),
            ("php", "<?php posix_setuid(65534);", vec![nobody]),
            (
                "node",
                "process.setgid('www')",
                vec![becomes(Name::Group("www".into()))],
            ),
        ] {
            assert_eq!(reading(program, "/s", text)?.effects, expected, "{text}");
        }
        Ok(())
    }

    #[test]
    fn raw_sockets_need_a_capability() -> Result<(), String> {
        let raw = [Effect::Needs("CAP_NET_RAW".into()).perhaps()];
        for (program, text) in [
            (
                "python3",
                "s = socket.socket(socket.AF_INET, socket.SOCK_RAW)",
            ),
            ("perl", "socket(my $s, AF_INET, SOCK_RAW, 1);"),
            (
                "ruby",
                "s = Socket.new(Socket::AF_PACKET, Socket::SOCK_RAW)",
            ),
        ] {
            assert_eq!(reading(program, "/s", text)?.effects, raw, "{text}");
        }
        let plain = "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)";
        assert_eq!(reading("python3", "/s", plain)?.effects, []);
        Ok(())
    }

    #[test]
    fn ports_are_numbers_of_what_listens() -> Result<(), String> {
        for (program, text, port) in [
            ("python3", "s.bind(('127.0.0.1', 901))", Some(901)),
            ("python3", "app.run(threads=4, port=80)", Some(80)),
            ("python3", "s.listen(5)", None),
            ("python3", "s.bind(('', PORT))", None),
            ("node", "http.createServer(f).listen(443, '::')", Some(443)),
            ("perl", "IO::Socket::INET->new(LocalPort => 25)", Some(25)),
        ] {
            let expected: Vec<_> = port
                .map(|port| Effect::Listens(port).perhaps())
                .into_iter()
                .collect();
            assert_eq!(reading(program, "/s", text)?.effects, expected, "{text}");
        }
        Ok(())
    }

    #[test]
    fn semaphores_are_shared_memory() -> Result<(), String> {
        let made = [file("/dev/shm/semaphore", Use::Makes).perhaps()];
        let read = |text| reading("python3", "/s", text);
        assert_eq!(read("multiprocessing.Lock()")?.effects, made);
        assert_eq!(read("threading.Lock()")?.effects, []);
        Ok(())
    }
}
