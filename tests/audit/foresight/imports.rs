//! Foresight of sources that others read in.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

#[test]
fn sources_beside_a_script_and_modules_are_read() -> Result<()> {
    let mut case = Case::new()?;
    for tool in ["python3", "node", "ruby"] {
        case.0.tool(tool)?;
    }
    for (file, text) in [
        (
            "app/__main__.py",
            "from app import settings\nimport site_only\n",
        ),
        (
            "app/settings.py",
            "from . import settings\nopen('/etc/app.ini')\n",
        ),
        ("site-packages/site_only.py", "open('/etc/site.ini')\n"),
        ("main.py", "import one\nfrom app.settings import x\n"),
        ("one.py", "import two\nopen('/etc/one.ini')\n"),
        ("two.py", "import one\n"),
        (
            "main.js",
            "const x = require('./lib');\nrequire('other');\n",
        ),
        (
            "lib/index.js",
            "require('fs').readFileSync('/etc/lib.json');\n",
        ),
        ("main.rb", "require_relative 'part'\n"),
        ("part.rb", "File.read('/etc/part.yml')\n"),
    ] {
        case.0.data(file, text)?;
    }
    let modules = json!({ "Environment": ["PYTHONPATH=data:/site-packages:data:/"] });
    case.add("module", "shell:/bin/python3 -u -m app", &modules);
    case.add(
        "served",
        "shell:/bin/python3 -m http.server -d /srv/www 8000",
        &modules,
    );
    for (name, line) in [
        ("script", "shell:/bin/python3 data:/main.py"),
        ("node", "shell:/bin/node data:/main.js"),
        ("ruby", "shell:/bin/ruby data:/main.rb"),
    ] {
        case.add(name, line, &json!({}));
    }
    let packages =
        ["shell", "data"].map(|name| json!({ "text": case.0.path(name), "context": {} }));
    for service in case.0.services.values_mut() {
        service["confinement"]["packages"] = json!(packages);
    }
    assert_snapshot!(case.0.check(0)?);
    Ok(())
}
