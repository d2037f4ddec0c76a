//! Calls that look up hosts, and that check the certificates of servers.

use super::calls::{Call, is_of};
use super::table::Spoken;
use crate::foresight::known::Effect;
use crate::foresight::known::network::host;
use crate::inspect::{Language, Token};

/// Functions of a language.
pub(super) struct Functions {
    /// They connect to the host that a text names, or look it up.
    pub reach: &'static [&'static str],
    /// They listen at the host that a text names.
    pub listen: &'static [&'static str],
    /// They load the system's list of authorities, unless they are told of another.
    verify: &'static [&'static str],
    /// Whether `https://` is checked by the system's list.
    is_verified: bool,
}

impl Functions {
    pub fn of(language: Language) -> Option<&'static Self> {
        match language {
            Language::JavaScript => Some(&Self {
                reach: &[
                    "dns.lookup",
                    "http.get",
                    "https.get",
                    "net.connect",
                    "net.createConnection",
                ],
                listen: &["listen"],
                verify: &[],
                is_verified: false,
            }),
            Language::Perl => Some(&Self {
                reach: &["gethostbyname", "getaddrinfo", "inet_aton"],
                listen: &[],
                verify: &[],
                is_verified: true,
            }),
            Language::Php => Some(&Self {
                reach: &[
                    "curl_init",
                    "file_get_contents",
                    "fsockopen",
                    "gethostbyname",
                    "stream_socket_client",
                ],
                listen: &["socket_bind", "stream_socket_server"],
                verify: &[],
                is_verified: true,
            }),
            Language::Python => Some(&Self {
                reach: &[
                    "FTP",
                    "FTP_TLS",
                    "IMAP4",
                    "IMAP4_SSL",
                    "POP3",
                    "POP3_SSL",
                    "SMTP",
                    "SMTP_SSL",
                    "connect",
                    "create_connection",
                    "getaddrinfo",
                    "gethostbyname",
                    "gethostbyname_ex",
                    "http.client.HTTPConnection",
                    "http.client.HTTPSConnection",
                    "requests.get",
                    "requests.post",
                    "urlopen",
                    "urlretrieve",
                ],
                listen: &[
                    "HTTPServer",
                    "TCPServer",
                    "ThreadingHTTPServer",
                    "ThreadingTCPServer",
                    "UDPServer",
                    "app.run",
                    "bind",
                    "create_server",
                    "make_server",
                    "serve",
                    "start_server",
                    "uvicorn.run",
                    "web.run_app",
                ],
                verify: &[
                    "create_default_context",
                    "load_default_certs",
                    "set_default_verify_paths",
                ],
                is_verified: true,
            }),
            Language::Ruby => Some(&Self {
                reach: &[
                    "Addrinfo.tcp",
                    "Net::HTTP.get",
                    "TCPSocket.new",
                    "TCPSocket.open",
                    "URI.open",
                ],
                listen: &["TCPServer.new", "TCPServer.open"],
                verify: &["set_default_paths"],
                is_verified: true,
            }),
            Language::Awk | Language::Lua | Language::Tcl => None,
        }
    }
}

/// Names of the arguments of Perl's sockets that are hosts.
const OF_SOCKETS: [&str; 4] = ["LocalAddr", "LocalHost", "PeerAddr", "PeerHost"];

/// What a call needs of the network. Whether it comes to be called is not known.
pub(super) fn effects(spoken: &Spoken, call: &Call) -> Vec<Effect> {
    let Some(functions) = Functions::of(spoken.language) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    let listens = is_of(functions.listen, call.name);
    let is_socket = spoken.language == Language::Perl && call.names_any(&OF_SOCKETS);
    let reaches = is_of(functions.reach, call.name) || is_socket;
    if listens || reaches && !is_of_files(call.name) {
        // A listener that is told another name than localhost may do something else with it.
        let named = call.texts().filter_map(|text| Some((text, host(text)?)));
        let named = named.filter(|(_, host)| !listens || *host == "localhost");
        for (text, host) in named.take(1) {
            all.push(Effect::Resolves(host.to_owned()));
            let is_checked = functions.is_verified && text.starts_with("https://");
            all.extend(is_checked.then(|| Effect::Verifies(host.to_owned())));
        }
    }
    // What a program asks for itself, such as its own name, it needs to go on.
    let is_computed = is_of(&["gethostbyname"], call.name) && call.text().is_none();
    all.extend(is_computed.then(|| Effect::Resolves("a host".to_owned())));
    if is_of(functions.verify, call.name) && !is_told(call) {
        all.push(Effect::Verifies("a server".to_owned()));
    }
    all
}

/// Whether a function connects to a database that is a file.
pub(super) fn is_of_files(name: &str) -> bool {
    let library = name.rsplit_once('.').map_or(name, |(library, _)| library);
    library.contains("sqlite") || library.contains("duckdb")
}

/// Whether a call names a list of authorities itself, or is for clients.
fn is_told(call: &Call) -> bool {
    call.arguments.iter().any(|piece| match &piece.token {
        Token::Name(name) => name.starts_with("ca") || name.ends_with("CLIENT_AUTH"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::reading;
    use super::*;

    #[test]
    fn hosts_and_certificates_are_found() -> Result<(), String> {
        let found = |host: &str| Effect::Resolves(host.into());
        let checked = |host: &str| Effect::Verifies(host.into());
        for (program, text, expected) in [
            (
                "python3",
                "socket.getaddrinfo('localhost', 80)",
                vec![found("localhost")],
            ),
            (
                "python3",
                "urlopen('https://example.org/x')",
                vec![found("example.org"), checked("example.org")],
            ),
            (
                "python3",
                "s.connect(('127.0.0.1', 80)); s.bind(('', 80))",
                vec![Effect::Listens(80).perhaps()],
            ),
            (
                "python3",
                "ssl.create_default_context()",
                vec![checked("a server")],
            ),
            ("python3", "ssl.create_default_context(cafile=ca)", vec![]),
            (
                "python3",
                "socket.gethostbyname(socket.gethostname())",
                vec![found("a host")],
            ),
            ("python3", "sqlite3.connect(state / 'queue.db')", vec![]),
            (
                "python3",
                "ALL = [('a.example.org', 80)]\nfor host, port in ALL:\n    socket.getaddrinfo(host, port)",
                vec![found("a.example.org")],
            ),
            (
                "python3",
                "ALL = [('a.example.org', 80)]\nprint(ALL)",
                vec![],
            ),
            (
                "python3",
                "HOST = os.environ.get('HOST', 'localhost')\nHTTPServer((HOST, 80000), X)",
                vec![found("localhost")],
            ),
            (
                "python3",
                "serve(app, listen='localhost:80000')",
                vec![found("localhost")],
            ),
            (
                "node",
                "const { HOST = 'localhost', PORT = 80000 } = process.env;\nx.listen(PORT, HOST);",
                vec![found("localhost")],
            ),
            (
                "perl",
                "IO::Socket::INET->new(PeerAddr => 'example.org', PeerPort => 25)",
                vec![found("example.org")],
            ),
            (
                "node",
                "x.listen(8080, 'localhost')",
                vec![found("localhost"), Effect::Listens(8080).perhaps()],
            ),
        ] {
            let mut effects = reading(program, "/s", text)?.effects;
            effects.retain(|effect| !matches!(effect, Effect::File { .. }));
            let is_as = expected.iter().all(|effect| effects.contains(effect));
            assert!(
                is_as && effects.len() == expected.len(),
                "{text}: {effects:?}"
            );
        }
        Ok(())
    }
}
