//! Foresight of hosts that are looked up, and of certificates that are checked.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

fn case() -> Result<Case> {
    let mut case = Case::new()?;
    for tool in ["curl", "wget", "web"] {
        case.0.tool(tool)?;
    }
    Ok(case)
}

#[test]
fn hosts_and_certificates_need_what_the_host_has() -> Result<()> {
    let mut case = case()?;
    case.script(
        "fetch",
        "shell:/bin/curl -s https://example.org/x >/dev/null",
    )?;
    case.0.data(
        "nginx.conf",
        "pid /tmp/pid;\nhttp {\n  server { location / { proxy_pass http://localhost:3000; } }\n}\n",
    )?;
    let settings = json!({ "DynamicUser": ["yes"] });
    case.add("fetch", "script:/bin/fetch", &settings);
    case.add(
        "listen",
        "shell:/bin/web --listen-address=localhost:8080",
        &settings,
    );
    case.add("nginx", "shell:/bin/nginx -c data:/nginx.conf", &settings);
    assert_snapshot!(case.0.check(0)?);
    Ok(())
}

#[test]
fn what_needs_no_list_of_hosts_is_fine() -> Result<()> {
    let mut case = case()?;
    case.0
        .data("web.conf", "listen = 127.0.0.1:80\nhostname = localhost\n")?;
    case.add(
        "address",
        "shell:/bin/web --listen 127.0.0.1:80 --url https://example.org --config data:/web.conf",
        &json!({}),
    );
    case.add(
        "unchecked",
        "shell:/bin/wget --no-check-certificate https://127.0.0.1/x",
        &json!({}),
    );
    let binds = ["/etc/hosts /etc/ssl/certs"];
    case.add(
        "bound",
        "shell:/bin/wget https://localhost/x",
        &json!({ "BindReadOnlyPaths": binds }),
    );
    case.add(
        "variable",
        "shell:/bin/wget https://localhost/x",
        &json!({ "BindReadOnlyPaths": ["/etc/hosts"], "Environment": ["SSL_CERT_FILE=/run/secrets/ca.crt"] }),
    );
    case.is_fine()
}

#[test]
fn a_variable_of_the_unit_is_not_the_default_of_another() -> Result<()> {
    let said = |variable: &str| -> Result<String> {
        let mut case = case()?;
        case.0.tool("node")?;
        let text =
            "const { HOST = 'localhost', PORT = 3000 } = process.env;\nx.listen(PORT, HOST);\n";
        case.0.data("main.js", text)?;
        let settings = json!({ "Environment": [variable] });
        case.add("web", "shell:/bin/node data:/main.js", &settings);
        case.0.check(0)
    };
    let found = "looks up the address of localhost";
    assert!(said("PORT=8080")?.contains(found));
    assert!(!said("HOST=127.0.0.1")?.contains(found));
    Ok(())
}
