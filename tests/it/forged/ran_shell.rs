//! A shell at /bin/sh of which a record tells whether it was called.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::ran::{expression, hidden, record};
use crate::support::{bundle, bundle_json, confinix, scratch};

/// The shell of the service, which is its /bin/sh.
fn with_shell() -> String {
    expression(1)
        .replace("in {", "shell = build \"shell\" \"mkdir -p $out/bin; printf '#!/x\\n' >$out/bin/dash; chmod +x $out/bin/dash\";\n  in {")
        .replace("enable = true;", "enable = true; binSh = \"${shell}/bin/dash\";")
}

/// A bundle of the service, with a record that tells this of /bin/sh.
fn made(expression: &str, dir: &Path, told: &Value, closure: Option<&str>) -> Result<Value> {
    let made = |options: &[&str]| -> Result<Value> {
        let arguments = ["--impure", "--expr", expression, "--strategy", "image"];
        let bundle = bundle(arguments).args(options).arg("-o").arg(dir);
        bundle.succeeds()?;
        confinix(["verify"]).arg(dir).succeeds()?;
        bundle_json(dir)
    };
    let mut record = record(&made(&[])?, false)?;
    let service = &mut record["services"]["web.service"];
    if !told.is_null() {
        service["observation"]["binSh"] = told.clone();
    }
    if let Some(closure) = closure {
        service["holdsFor"]["closure"] = json!(closure);
    }
    let file = dir.with_extension("record");
    fs::write(&file, record.to_string())?;
    let file = file.to_str().context("not UTF-8")?;
    made(&["--rehearsal", file, "--hide-unobserved", "2026-12-31"])
}

#[test]
fn a_shell_that_may_be_called_is_hidden_if_a_record_tells_that_it_was_not() -> Result<()> {
    let scratch = scratch()?;
    let dir = scratch.path().join("bundle");
    let expression = with_shell();
    let unknown = Value::Null;
    for (told, is_shown) in [
        (&unknown, true),
        (&json!(false), false),
        (&json!(true), true),
    ] {
        let bundle = made(&expression, &dir, told, None)?;
        assert_eq!(!hidden(&bundle).contains("bin/dash"), is_shown, "{told}");
        assert_eq!(bundle["services"]["web.service"]["ranBinSh"], *told);
    }
    let why = confinix(["why", "--hidden"]).arg(&dir);
    let why = why.args(["web", "bin/dash"]).run()?.stdout;
    let told = "a record tells that it was opened or executed";
    assert!(why.contains(told), "{why}");
    // What was called in one closure is never hidden in another, and what was not may be called there.
    for (told, expected) in [(true, json!(true)), (false, Value::Null)] {
        let bundle = made(&expression, &dir, &json!(told), Some("other"))?;
        assert_eq!(bundle["services"]["web.service"]["ranBinSh"], expected);
    }
    Ok(())
}

/// The list of what no run touched is that of the services with a record.
#[test]
fn a_service_without_a_record_keeps_no_shell_for_those_with_one() -> Result<()> {
    let scratch = scratch()?;
    let dir = scratch.path().join("bundle");
    let web = "services.web = {";
    let both = "services.other = services.web; services.web = {";
    let expression = with_shell()
        .replace(web, both)
        .replacen("in {", "in rec {", 1);
    let bundle = made(&expression, &dir, &json!(false), None)?;
    let services = &bundle["services"];
    let (web, other) = (&services["web.service"], &services["other.service"]);
    assert_eq!(web["closure"], other["closure"]);
    assert_eq!(other["hide"], json!(["programs"]));
    assert!(hidden(&bundle).contains("bin/dash"));
    Ok(())
}

/// access(2) is not in records.
#[test]
fn a_shell_that_a_program_may_only_look_for_stays() -> Result<()> {
    let scratch = scratch()?;
    let dir = scratch.path().join("bundle");
    for (looks, shell, is_shown) in [
        ("access(\"/bin/sh\", X_OK)", "/bin/sh", true),
        ("access(\"/x\", X_OK)", "sh", false),
        ("0", "/bin/sh", false),
    ] {
        let program = format!(
            "program = build \"program\" ''\n mkdir -p $out/bin; echo ${{tool}} >$out/tool\n \
             printf '%s' '#include <unistd.h>\nint main(void) {{ return {looks} || execlp(\"{shell}\", \"x\", (char *)0); }}' >x.c\n \
             cc -o $out/bin/program x.c\n'';\n  shell ="
        );
        let expression = with_shell()
            .replace("shell =", &program)
            .replace("${run}/bin/run", "${program}/bin/program");
        let bundle = made(&expression, &dir, &json!(false), None)?;
        assert_eq!(
            !hidden(&bundle).contains("bin/dash"),
            is_shown,
            "{looks} {shell}"
        );
    }
    Ok(())
}
