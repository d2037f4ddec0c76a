//! Foresight of the files that configurations name.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

/// Services of programs with a configuration each: the program, the name of the file, its text.
fn configured(services: &[(&str, &str, &str)]) -> Result<Case> {
    let mut case = Case::new()?;
    for (index, (program, file, text)) in services.iter().enumerate() {
        if *program != "nginx" {
            case.0.tool(program)?;
        }
        let text = case.0.fill(text);
        case.0.data(&format!("{index}-{file}"), &text)?;
        let line = format!("shell:/bin/{program} --config=data:/{index}-{file}");
        let settings = json!({ "DynamicUser": ["yes"], "StateDirectory": ["web"], "RuntimeDirectory": ["web"] });
        case.add(&format!("{index}-{program}"), &line, &settings);
    }
    Ok(case)
}

#[test]
fn what_a_configuration_needs_has_to_be_inside() -> Result<()> {
    let case = configured(&[
        (
            "nginx",
            "nginx.conf",
            "pid /run/nginx/pid;\nhttp {\n  include /etc/nginx/mime.types;\n  ssl_certificate /etc/ssl/private/cert.pem;\n}\n",
        ),
        (
            "httpd",
            "httpd.conf",
            "# ErrorLog /etc/x\n<VirtualHost *:80>\n  CustomLog /var/log/httpd/access combined\n</VirtualHost>\n",
        ),
        (
            "sshd",
            "sshd_config",
            "HostKey /etc/ssh/a\nHostKey /etc/ssh/b\n",
        ),
        ("php-fpm", "php.conf", "include = /etc/php/pool.d/*.conf\n"),
        (
            "prometheus",
            "p.yml",
            "scrape_configs:\n  - tls_config: { ca_file: /etc/prometheus/ca.pem }\n",
        ),
        ("web", "web.toml", "[tls]\nkey = \"/etc/web/key.pem\"\n"),
        (
            "app",
            "app.json",
            "{\n  \"log\": { \"file\": \"/var/log/app/log\" } }\n",
        ),
        (
            "stream",
            "stream.xml",
            "<stream>\n <users>/etc/stream/users</users>\n</stream>\n",
        ),
    ])?;
    assert_snapshot!(case.0.check(1)?);
    Ok(())
}

#[test]
fn what_a_configuration_does_without_need_not_be_inside() -> Result<()> {
    configured(&[
        (
            "nginx",
            "nginx.conf",
            "pid /run/web/pid;\nerror_log /tmp/log;\nhttp { include /etc/nginx/*.conf; root /srv/www; access_log syslog:server=unix:/dev/log; ssl_certificate /etc/$host.pem; }\n",
        ),
        ("httpd", "httpd.conf", "IncludeOptional /etc/httpd/more.conf\nAlias /srv/www\nErrorLog syslog:local1\n"),
        ("redis-server", "redis.conf", "dir /var/lib/web\nunixsocket /run/web/sock\ninclude shell:/bin/sh\n"),
        ("php-fpm", "php.conf", "; include = /etc/php.conf\npid = /var/lib/web/pid\n"),
        ("web", "web.yaml", "root: /srv/www\nstate: /var/lib/web/state\nsocket: /run/web/sock\nmetrics: /metrics\n"),
        ("app", "app.json", "{ \"log\": \"/etc/app"),
        ("java", "Main", "log: /etc/app/log\n"),
    ])?
    .is_fine()
}

/// Apache does not start without it: "AH00089: Couldn't start ErrorLog process".
#[test]
fn a_program_that_gets_the_log_has_to_be_inside() -> Result<()> {
    let log = "ErrorLog \"|/usr/bin/rotate -n 5\"\n";
    let said = configured(&[("httpd", "httpd.conf", log)])?.0.check(1)?;
    let needed = "httpd.conf:1: ErrorLog reads /usr/bin/rotate, which is not in";
    assert!(said.contains(needed), "{said}");
    Ok(())
}

#[test]
fn variables_name_configurations() -> Result<()> {
    let mut case = configured(&[])?;
    case.0.tool("web")?;
    case.0.data("web.yaml", "tls:\n  key: /etc/web/key.pem\n")?;
    let settings =
        json!({ "Environment": ["WEB_CONFIG=data:/web.yaml"], "BindReadOnlyPaths": ["data:"] });
    case.add("web", "shell:/bin/web", &settings);
    let said = case.0.check(0)?;
    let named = "WEB_CONFIG: /nix/store/daza0000000000000000000000000000-data/web.yaml:2: key names /etc/web/key.pem";
    assert!(said.contains(named), "{said}");
    Ok(())
}

#[test]
fn directories_have_configurations() -> Result<()> {
    let mut case = configured(&[])?;
    case.0.tool("web")?;
    case.0.data("etc/web.conf", "LogFile: /var/log/web/log\n")?;
    case.0
        .data("etc/web.html", "LogFile: /var/log/web/other\n")?;
    let settings = json!({ "BindReadOnlyPaths": ["data:"] });
    case.add("web", "shell:/bin/web -c data:/etc", &settings);
    let said = case.0.check(0)?;
    let named = "/etc/web.conf:1: LogFile names /var/log/web/log";
    assert!(said.contains(named), "{said}");
    assert!(said.contains(": 0 denied, 1 warning "), "{said}");
    Ok(())
}

#[test]
fn variables_name_files_of_the_host() -> Result<()> {
    let settings = |values: &str| json!({ "Environment": [values], "StateDirectory": ["web"] });
    let mut case = configured(&[])?;
    case.0.tool("web")?;
    case.add(
        "web",
        "shell:/bin/web",
        &settings("WEB_PASSWORD_FILE=/run/secrets/web"),
    );
    let said = case.0.check(0)?;
    let named =
        "the unit sets WEB_PASSWORD_FILE=/run/secrets/web, which is not in the service's root";
    assert!(said.contains(named), "{said}");
    let mut case = configured(&[])?;
    case.0.tool("web")?;
    let values = "DATA_DIR=/var/lib/web/data LOG_FILE=/tmp/log HOME=/home/web XDG_DATA_DIR=/srv/x NAME=/srv/web";
    case.add("web", "shell:/bin/web", &settings(values));
    case.is_fine()
}

#[test]
fn included_configurations_are_read() -> Result<()> {
    let mut case = configured(&[("redis-server", "redis.conf", "include data:/more.conf\n")])?;
    case.0
        .data("more.conf", "include more.conf\ninclude data:/d/*.conf\n")?;
    case.0.data("d/a.conf", "aclfile /etc/redis/acl\n")?;
    case.0.data("d/b.txt", "aclfile /etc/redis/other\n")?;
    let said = case.0.check(1)?;
    assert!(
        said.contains("/d/a.conf:1: aclfile reads /etc/redis/acl"),
        "{said}"
    );
    assert!(said.contains(": 1 denied, 0 warnings"), "{said}");
    Ok(())
}

#[test]
fn any_language_includes_others_and_names_services() -> Result<()> {
    let of = |file: &str, text: &str| -> Result<String> {
        let case = configured(&[("web", file, text)])?;
        case.0.check(0)
    };
    for (file, text, expected) in [
        (
            "web.json",
            "{ \"a\": 1, <?include \"/etc/web/a.json\"?> }",
            "names /etc/web/a.json",
        ),
        (
            "web.cfg",
            "#!WEB\ninclude_file \"/etc/web/a.cfg\"\n",
            "names /etc/web/a.cfg",
        ),
        (
            "web.cfg.lua",
            "Include \"/etc/web/a.lua\"\n",
            "names /etc/web/a.lua",
        ),
        ("web.conf", "forward 127.0.0.1:ssh\n", "reads /etc/services"),
        ("web.conf", "to 10.0.0.1 smtp\n", "reads /etc/services"),
        ("web.yml", "path: /etc/web/users\n", "names /etc/web/users"),
        ("web.conf", "Socket inet:8891@localhost\n", "localhost"),
    ] {
        let said = of(file, text)?;
        assert!(said.contains(expected), "{text}: {said}");
    }
    for (file, text) in [
        ("web.conf", "# include /etc/web/a\n"),
        ("web.conf", "forward 127.0.0.1:22\n"),
        ("web.yml", "path: /metrics\n"),
    ] {
        let said = of(file, text)?;
        assert!(said.contains(": 0 denied, 0 warnings"), "{text}: {said}");
    }
    Ok(())
}

#[test]
fn configurations_beside_a_source_are_read() -> Result<()> {
    let mut case = configured(&[])?;
    case.0.tool("python3")?;
    case.0.data("main.py", "load(here / 'web.json')\n")?;
    case.0
        .data("web.json", "{ \"plugin_path\": [\"/srv/web/plugins\"] }\n")?;
    case.add("web", "shell:/bin/python3 data:/main.py", &json!({}));
    let said = case.0.check(0)?;
    let named =
        "/web.json:1: plugin_path names /srv/web/plugins, which is not in the service's root";
    assert!(said.contains(named), "{said}");
    Ok(())
}

#[test]
fn sockets_may_have_a_scheme() -> Result<()> {
    let mut case = configured(&[])?;
    case.0.tool("web")?;
    case.add("makes", "shell:/bin/web -s unix:/run/web/sock", &json!({}));
    case.add("asks", "shell:/bin/web -s unix:///run/db/sock", &json!({}));
    let said = case.0.check(0)?;
    assert!(
        said.contains("-s names /run/web/sock") && !said.contains("/run/db"),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_configuration_may_be_behind_the_letter_of_its_option() -> Result<()> {
    let mut case = configured(&[])?;
    case.0.tool("web")?;
    case.0.data("web.conf", "keyfile /etc/web/key\n")?;
    case.add("web", "shell:/bin/web -Fdata:/web.conf", &json!({}));
    let said = case.0.check(0)?;
    assert!(said.contains("keyfile names /etc/web/key"), "{said}");
    Ok(())
}

#[test]
fn variables_name_scripts_and_not_what_git_does_without() -> Result<()> {
    let said = |variable: &str| -> Result<String> {
        let mut case = configured(&[])?;
        case.0.tool("web")?;
        let settings = json!({ "Environment": [format!("{variable}=/etc/web/a")] });
        case.add("web", "shell:/bin/web", &settings);
        case.0.check(0)
    };
    for variable in ["WEB_SCRIPT", "WEB_RULES", "WEB_USERS"] {
        let said = said(variable)?;
        assert!(
            said.contains(&format!("sets {variable}=/etc/web/a")),
            "{said}"
        );
    }
    let git = said("GIT_CONFIG_SYSTEM")?;
    assert!(git.contains(": 0 denied, 0 warnings"), "{git}");
    Ok(())
}
