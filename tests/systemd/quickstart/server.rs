//! Stands in for a web server in quickstarts: `server DIRECTORY --port PORT` answers every request with DIRECTORY/index.html.

use std::io::{Read, Write};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, directory, option, port] = &arguments[..] else {
        panic!("server DIRECTORY --port PORT");
    };
    assert_eq!(option, "--port");
    let listener = TcpListener::bind(("127.0.0.1", port.parse().expect("a port")))?;
    for client in listener.incoming() {
        let mut client = client?;
        let page = std::fs::read_to_string(format!("{directory}/index.html"))?;
        let _request = client.read(&mut [0; 4096])?;
        write!(client, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{page}", page.len())?;
    }
    Ok(())
}
