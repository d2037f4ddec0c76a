use proptest::prelude::*;

use super::*;

/// Writes the entries as `line within.key value value`.
fn read(name: &str, text: &str) -> Vec<String> {
    let entries = read_configuration(name, text).unwrap_or_default();
    let written = entries.iter().map(|entry| {
        let dot = if entry.within.is_empty() { "" } else { "." };
        let values = entry.values.join(" ");
        format!("{} {}{dot}{} {values}", entry.line, entry.within, entry.key)
    });
    written.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn lines_are_keys_and_values() {
    assert_eq!(
        read(
            "sshd_config",
            "# x\nHostKey /etc/ssh/key # why\n\nUsePAM no"
        ),
        ["2 HostKey /etc/ssh/key", "4 UsePAM no"]
    );
    assert_eq!(
        read("web.conf", "! a /b\n!log: /c\n!include /d\nlog: /e\n"),
        ["3 !include /d", "4 log /e"]
    );
    assert_eq!(
        read(
            "unbound.conf",
            "server:\n  pidfile: \"/run/x.pid\"\n  a:/b\n"
        ),
        ["1 server", "2 pidfile /run/x.pid", "3 a /b"]
    );
    assert_eq!(
        read("haproxy.cfg", "listen a\n  bind :443 ssl crt /etc/a.pem\n"),
        ["1 listen a", "2 bind :443 ssl crt /etc/a.pem"]
    );
    assert_eq!(
        read(
            "lighttpd.conf",
            "server.errorlog = \"/var/log/a b\"\nx = ( \"/a\", \"/b\" )"
        ),
        ["1 server.errorlog /var/log/a b", "2 x  /a /b"]
    );
}

#[test]
fn sections_and_blocks_are_what_keys_are_in() {
    let ini = "[Global]\nName = x ; y\n; z\n[data dir]\nlog file = /var/log/r\nuid=nobody\n";
    assert_eq!(
        read("x.ini", ini),
        [
            "2 Global.Name x",
            "2 Global.y",
            "5 data dir.log file /var/log/r",
            "6 data dir.uid nobody"
        ]
    );
    let apache =
        "User www\n<VirtualHost *:80>\n  SSLCertificateFile /etc/c\n</VirtualHost>\nListen 80\n";
    assert_eq!(
        read("httpd.conf", apache),
        [
            "1 User www",
            "2 VirtualHost *:80",
            "3 VirtualHost.SSLCertificateFile /etc/c",
            "5 Listen 80"
        ]
    );
}

#[test]
fn statements_may_end_with_semicolons() {
    let nginx = "daemon off; pid /run/n.pid;\nhttp {\n  log_format x 'a'\n    '#b';\n  server { ssl_certificate\n /etc/c; }\n}\n";
    assert_eq!(
        read("nginx.conf", nginx),
        [
            "1 daemon off",
            "1 pid /run/n.pid",
            "2 http",
            "3 http.log_format x a #b",
            "5 http.server",
            "5 server.ssl_certificate /etc/c",
        ]
    );
    let named = "options { directory \"/var/cache\"; // x; y\n /* z;\n */ pid-file none; };\n";
    assert_eq!(
        read("named.conf", named),
        [
            "1 options",
            "1 options.directory /var/cache",
            "3 options.pid-file none"
        ]
    );
}

#[test]
fn yaml_and_json_are_read_with_their_lines() {
    let yaml =
        "rule_files:\n  - /etc/a.yml\n  - \"/etc/b\"\nx: &a\n  tls: { ca_file: /etc/ca }\ny: *a\n";
    assert_eq!(
        read("x.yml", yaml),
        [
            "2 rule_files /etc/a.yml",
            "3 rule_files /etc/b",
            "5 tls.ca_file /etc/ca"
        ]
    );
    let json =
        "{\n\t\"log\": {\"file\": \"/var/l\"},\n\t\"list\": [\"/a\", {\"b\": \"c\"}], \"n\": 1 }";
    assert_eq!(
        read("x", json),
        ["2 log.file /var/l", "3 list /a", "3 list.b c", "3 n 1"]
    );
    assert!(read_configuration("x.json", "{").is_err());
}

#[test]
fn toml_and_xml_are_read_with_their_lines() {
    let toml = "a = 1\n[log]\nfile = \"/var/l\"\n[[web]]\nroots = [\n  \"/a\",\n  \"/b\" ]\n";
    assert_eq!(
        read("x.toml", toml),
        ["3 log.file /var/l", "6 web.roots /a", "7 web.roots /b"]
    );
    assert!(read_configuration("x.toml", "a = ").is_err());
    let xml = "<?xml version=\"1.0\"?>\n<icecast>\n <paths>\n  <logdir>/var/l</logdir>\n  <alias dest=\"/x\"/>\n </paths>\n</icecast>";
    assert_eq!(
        read("x", xml),
        ["4 paths.logdir /var/l", "5 paths.alias.dest /x"]
    );
    assert!(read_configuration("x.xml", "<a><b></a>").is_err());
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    for (name, piece) in [
        ("x", "/* "),
        ("x", "a '"),
        ("x", "a {"),
        ("x", "a = \"\\\"\n"),
        ("x", "=;"),
        ("x.xml", "<a "),
        ("x.xml", "<a>"),
        ("x.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]>"),
        ("x.json", "["),
        ("x.json", "{\"a\":"),
        ("x.yaml", "- "),
        ("x.yaml", "a: "),
        ("x.yaml", "? "),
        ("x.yaml", "&a [*a, "),
        ("x.yaml", "'a\n"),
        ("x.toml", "a=["),
        ("x.toml", "[a]\n"),
        ("x.toml", "a."),
    ] {
        let text = piece.repeat(MAX_CONFIGURATION / piece.len());
        let _ = read_configuration(name, &text);
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "([a-z ]|[-?:,\\[\\]{}#&*!|>'\"%@`=;/<\\\\\n\t])*") {
        for name in ["x", "x.yaml", "x.toml", "x.xml"] {
            let _ = read_configuration(name, &text);
        }
    }
}
