use std::collections::BTreeMap;

use super::*;
use crate::config::ProgramTable;
use crate::inspect::read_configuration;

/// The files that a configuration names, as `line meaning path`.
fn of(program: &str, text: &str) -> Vec<String> {
    let entries = read_configuration("x", text).unwrap_or_default();
    let table = ProgramTable::with(&BTreeMap::new()).unwrap_or_default();
    let keys = table.get(program).map(|program| &program.keys);
    let all = entries.iter().flat_map(|entry| mentions(keys, entry));
    all.map(|it| format!("{} {:?} {}", it.line, it.meaning, it.path))
        .collect()
}

#[test]
fn keys_of_known_programs_mean_what_they_do() {
    assert_eq!(
        of(
            "nginx",
            "pid /run/n.pid; http { include /etc/mime.types; access_log syslog:server=x;\n ssl_certificate $x; root /srv; }\n"
        ),
        [
            "1 Needs(Makes) /run/n.pid",
            "1 Includes(File) /etc/mime.types"
        ]
    );
    assert_eq!(
        of(
            "haproxy",
            "listen a\n bind :443 ssl crt /etc/a.pem,/etc/b.pem\n stats socket unix@/run/x level admin\n log /dev/log"
        ),
        [
            "2 Needs(Reads) /etc/a.pem",
            "2 Needs(Reads) /etc/b.pem",
            "3 Needs(Makes) /run/x"
        ]
    );
    assert_eq!(
        of(
            "haproxy",
            "listen a\n use_backend %[req.hdr(host),lower,map_dom(/etc/a.map,b)] if { src,map(/etc/b.map) -m found }"
        ),
        ["2 Needs(Reads) /etc/a.map", "2 Needs(Reads) /etc/b.map"]
    );
    assert_eq!(
        of(
            ".php-fpm8.2-wrapped",
            "[www]\ninclude = /etc/php/*.conf\nlisten = 127.0.0.1:9000\nslowlog = /var/log/slow"
        ),
        [
            "2 Includes(Directory) /etc/php/*.conf",
            "4 Tries /var/log/slow"
        ]
    );
    assert_eq!(
        of(
            "apache2",
            "ErrorLog \"|/usr/bin/logger -t web\"\nCustomLog /var/log/a x\n"
        ),
        [
            "1 Needs(Reads) /usr/bin/logger",
            "2 Needs(Makes) /var/log/a"
        ]
    );
    assert_eq!(
        of(
            "lighttpd",
            "accesslog.filename = \"|/usr/bin/logger -t web\"\n"
        ),
        ["1 Tries /usr/bin/logger"]
    );
    assert_eq!(
        of("rsync", "log file = /var/log/r\npid file = /run/r\n"),
        ["2 Needs(Makes) /run/r"]
    );
}

#[test]
fn of_other_keys_it_is_guessed() {
    assert_eq!(
        of(
            "web",
            "tlsCert = /etc/web/cert.pem\nroot = /srv/www\nmetrics_path = /metrics\nurl: /etc/x\ndata: /var/lib/web\n"
        ),
        ["1 Tries /etc/web/cert.pem", "5 Tries /var/lib/web"]
    );
}

#[test]
fn hosts_are_those_that_are_looked_up_as_the_program_starts() {
    let of = |program: &str, text: &str| -> Vec<String> {
        let entries = read_configuration("x", text).unwrap_or_default();
        let table = ProgramTable::with(&BTreeMap::new()).unwrap_or_default();
        let keys = table.get(program).map(|program| &program.keys);
        let all = hosts(keys, &entries).into_iter();
        all.map(|(host, entry)| format!("{} {host}", entry.line))
            .collect()
    };
    let nginx = "http {\n upstream a.b { server example.org; }\n server { listen localhost:80; server_name c.d;\n proxy_pass http://a.b; proxy_pass http://localhost:1; } }\n";
    assert_eq!(
        of("nginx", nginx),
        ["2 example.org", "3 localhost", "4 localhost"]
    );
    let haproxy = "listen a\n bind localhost:1\n server s example.org:1\n server t example.org:2 init-addr none\n server u 127.0.0.1:3\n";
    assert_eq!(of("haproxy", haproxy), ["2 localhost", "3 example.org"]);
    assert_eq!(
        of(
            "web",
            "bind-address = localhost\nhostname = localhost\nlisten: example.org\n"
        ),
        ["1 localhost"]
    );
}
