use super::read;

#[test]
fn files_are_copied_and_moved() -> Result<(), String> {
    for (name, text, expected) in [
        (
            "python3",
            "shutil.copytree('/srv/a', '/opt/b')",
            "</srv/a; >/opt/b",
        ),
        (
            "python3",
            "os.replace('/run/a', '/etc/b')",
            "</run/a; >/etc/b",
        ),
        (
            "perl",
            "copy('/etc/a', '/srv/b') or die \"$!\";",
            "</etc/a; >/srv/b",
        ),
        (
            "ruby",
            "FileUtils.mv('/srv/a', '/opt/b')",
            "</srv/a; >/opt/b",
        ),
        (
            "node",
            "fs.copyFileSync('/etc/a', '/srv/b')",
            "</etc/a; >/srv/b",
        ),
        (
            "php",
            "<?php rename('/srv/a', '/opt/b');",
            "</srv/a; >/opt/b",
        ),
    ] {
        assert_eq!(read(name, text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn what_ends_the_program_is_no_alternative() -> Result<(), String> {
    for (name, text, expected) in [
        ("perl", "my $h = slurp_it('/etc/a') || die;", "</etc/a"),
        ("perl", "my $h = slurp_it('/etc/a') || '/etc/b';", ""),
        ("ruby", "x = read_it('/etc/a') or abort 'no'", "</etc/a"),
        (
            "php",
            "<?php $x = new Reader('/etc/a') or exit(1);",
            "</etc/a",
        ),
    ] {
        assert_eq!(read(name, text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn addresses_of_sockets_name_files() -> Result<(), String> {
    for (name, text, expected) in [
        (
            "php",
            "<?php stream_socket_server('unix:///run/a/b', $e);",
            ">/run/a/b",
        ),
        (
            "php",
            "<?php $p = new PDO('sqlite:/var/lib/a/b.db');",
            ">/var/lib/a/b.db",
        ),
        (
            "python3",
            "c = Client('unix:///run/a.sock')",
            "</run/a.sock",
        ),
        ("python3", "c = Client('unix:relative')", ""),
    ] {
        assert_eq!(read(name, text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn awk_writes_files() -> Result<(), String> {
    let text = "BEGIN { print 1 > \"/srv/a\"; print 2 >> \"/srv/b\" }";
    assert_eq!(read("awk", text)?, ">/srv/a; >/srv/b");
    assert_eq!(read("awk", "$1 > \"/srv\" { n++ }")?, "");
    Ok(())
}

#[test]
fn what_a_source_can_do_without_is_not_needed() -> Result<(), String> {
    for text in [
        "with contextlib.suppress(OSError):\n    os.unlink('/run/a')\n",
        "c.read(['/etc/a.ini', os.path.expanduser('~/.a')])",
        "h = partial(SimpleHTTPRequestHandler, directory='/srv/www')",
    ] {
        assert_eq!(read("python3", text)?, "", "{text}");
    }
    let after = "with suppress(OSError):\n    x()\nopen('/etc/a')\n";
    assert_eq!(read("python3", after)?, "</etc/a");
    Ok(())
}

#[test]
fn patterns_need_their_directory() -> Result<(), String> {
    let text = "if not glob.glob('/etc/web/*'):\n    sys.exit('nothing')";
    assert_eq!(read("python3", text)?, "</etc/web");
    assert_eq!(read("python3", "if not glob.glob('/etc/*'): n = 1")?, "");
    Ok(())
}

#[test]
fn a_source_that_asks_whether_it_may_write_makes_files() -> Result<(), String> {
    let text = "<?php if (!is_writable('/var/log/a')) { exit(1); }";
    assert_eq!(read("php", text)?, ">/var/log/a/…");
    let text = "if not os.access('/srv/a/b.db', os.W_OK): sys.exit(1)";
    assert_eq!(read("python3", text)?, ">/srv/a/b.db");
    let text = "if not os.access('/srv/a', os.R_OK): sys.exit(1)";
    assert_eq!(read("python3", text)?, "</srv/a");
    Ok(())
}

#[test]
fn perl_reads_what_it_makes_its_arguments() -> Result<(), String> {
    let text =
        "local @ARGV = ('/etc/app.list');\nmy $n = 0; $n++ while <>;\ndie 'empty' unless $n;\n";
    assert_eq!(read("perl", text)?, "</etc/app.list");
    Ok(())
}
