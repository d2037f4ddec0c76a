//! Names that no call stands behind: they keep nothing, and shells that nothing calls are hidden.

use anyhow::Result;

use super::calls::Hiding;

/// A command that runs a program of C with this text, as `name`.
fn program(name: &str, text: &str) -> String {
    format!(
        r#"let
          program = c ''#include <stdlib.h>
            #include <unistd.h>
            {text}'';
          named = build "named" ''
            mkdir -p $out/bin
            cp ${{program}}/bin/program $out/bin/{name}
          '' {{ }};
        in "${{named}}/bin/{name} ${{tool}}/bin""#
    )
}

#[test]
fn a_shell_that_nothing_calls_is_hidden() -> Result<()> {
    let cases = [
        // Nothing executes anything.
        (
            "idle",
            "int main(void) { return getenv(\"sh\") != 0; }",
            true,
        ),
        // The end of a word is no shell.
        (
            "word",
            "int main(void) { execl(getenv(\"X\"), \"a-flush\", (char*)0); return 0; }",
            true,
        ),
        (
            "path",
            "int main(void) { execl(\"/bin/sh\", \"x\", (char*)0); return 0; }",
            false,
        ),
        // Linkers make one string of `sh` and `flush`.
        (
            "merged",
            "int main(void) { execlp(\"sh\", \"sh\", \"-c\", \"flush\", (char*)0); return 0; }",
            false,
        ),
    ];
    let commands: Vec<_> = cases
        .iter()
        .map(|(name, text, _)| (*name, program(name, text)))
        .collect();
    let services: Vec<_> = commands
        .iter()
        .map(|(name, command)| (*name, command.as_str()))
        .collect();
    let hiding = Hiding::with("{ binSh = \"${shell}/bin/dash\"; }", &services)?;
    for (name, _, is_hidden) in cases {
        let hidden = hiding.hidden(name)?;
        assert_eq!(hidden.contains("bin/dash"), is_hidden, "{name}: {hidden:?}");
        // Where the view has none, there is no mount.
        let shell = hiding.shell(name)?;
        let of_view = "BindReadOnlyPaths=-/run/confinix/views/";
        assert!(shell.starts_with(of_view), "{name}: {shell}");
    }
    Ok(())
}

#[test]
fn a_shell_that_the_unit_names_stays() -> Result<()> {
    let idle = program("idle", "int main(void) { return 0; }");
    let named = format!(r#""/bin/sh -c '" + ({idle}) + "'""#);
    let with_prefix = format!(r#""|" + ({idle})"#);
    for command in [&named, &with_prefix] {
        let confinement = "{ binSh = \"${shell}/bin/dash\"; }";
        let hiding = Hiding::with(confinement, &[("named", command)])?;
        let hidden = hiding.hidden("named")?;
        assert!(!hidden.contains("bin/dash"), "{command}: {hidden:?}");
        assert!(hidden.contains("bin/zq-unused"), "{command}: {hidden:?}");
    }
    Ok(())
}

#[test]
fn a_service_that_hides_no_interpreters_has_its_shell() -> Result<()> {
    let idle = program("idle", "int main(void) { return 0; }");
    let confinement = "{ binSh = \"${shell}/bin/dash\"; hide = [ \"programs\" ]; }";
    let hiding = Hiding::with(confinement, &[("idle", &idle)])?;
    let shell = hiding.shell("idle")?;
    assert!(
        shell.starts_with("BindReadOnlyPaths=/nix/store/"),
        "{shell}"
    );
    assert_eq!(
        hiding.hidden("idle")?,
        ["bin/zq-called", "bin/zq-unused"].into()
    );
    Ok(())
}

#[test]
fn names_that_are_not_called_keep_nothing() -> Result<()> {
    let exec = "int main(void) { execlp(getenv(\"X\"), \"zq-called\", (char*)0); return 0; }";
    let (runner, other) = (program("timeout", exec), program("other", exec));
    let with_file = |file: &str, text: &str| {
        format!(
            r##"let files = build "files" ''
              mkdir -p $out/$(dirname {file})
              printf '{text}' >$out/{file}
            '' {{ }}; in "${{script "#!/bin/sh\nexec true\n"}} ${{files}}/x ${{tool}}/bin""##
        )
    };
    let skeleton = with_file("etc/skel/.bashrc", "zq-called");
    let configuration = with_file("etc/app.conf", "zq-called");
    let documented = with_file(
        "lib/A.pm",
        "1;\\n=head1 NAME\\n\\nzq-called\\n\\n=cut\\n\\nexec q(zq-other);\\n",
    );
    let code = with_file(
        "lib/A.pm",
        "=pod\\n\\nx\\n\\n=cut\\n\\nexec q(zq-called);\\n",
    );
    let hiding = Hiding::new(&[
        ("code", &code),
        ("configuration", &configuration),
        ("documented", &documented),
        ("other", &other),
        ("runner", &runner),
        ("skeleton", &skeleton),
    ])?;
    for name in ["documented", "runner", "skeleton"] {
        let hidden = hiding.hidden(name)?;
        assert!(hidden.contains("bin/zq-called"), "{name}: {hidden:?}");
    }
    for name in ["code", "configuration", "other"] {
        let hidden = hiding.hidden(name)?;
        assert!(!hidden.contains("bin/zq-called"), "{name}: {hidden:?}");
        assert!(hidden.contains("bin/zq-unused"), "{name}: {hidden:?}");
    }
    Ok(())
}

#[test]
fn a_library_that_executes_for_others_keeps_what_they_name_only_if_they_ask_it_to() -> Result<()> {
    let with_library = |call: &str| {
        format!(
            r#"let
              library = build "library" ''
                mkdir -p $out/lib
                printf '#include <unistd.h>\nvoid cap_launch(char *x) {{ execlp(x, x, (char*)0); }}\nvoid cap_zq(char *x) {{ }}\n' >x.c
                cc -shared -fPIC -o $out/lib/libcap.so.2 x.c
              '' {{ }};
              program = build "program" ''
                mkdir -p $out/bin
                printf 'void {call}(char *x); int main(void) {{ {call}("zq-called"); return 0; }}\n' >x.c
                cc -o $out/bin/program x.c -Wl,--no-as-needed ${{library}}/lib/libcap.so.2 -Wl,-rpath,${{library}}/lib
              '' {{ }};
            in "${{program}}/bin/program ${{tool}}/bin""#
        )
    };
    let (asks, needs) = (with_library("cap_launch"), with_library("cap_zq"));
    let hiding = Hiding::new(&[("asks", &asks), ("needs", &needs)])?;
    assert_eq!(hiding.hidden("asks")?, ["bin/zq-unused"].into());
    assert_eq!(
        hiding.hidden("needs")?,
        ["bin/zq-called", "bin/zq-unused"].into()
    );
    Ok(())
}

#[test]
fn words_of_options_and_variables_of_a_shell_tell_no_commands_from_elsewhere() -> Result<()> {
    let login = "int main(int c, char **v) { execv(v[1], v); return v[0] == \"login\"; }";
    let login = format!(
        r##"let login = named "login" "#!/x\n"; in ({}) + " ${{login}}/bin""##,
        program("su", login)
    );
    let comment = r##"let
        login = named "login" "#!/x\n";
        files = build "files" "mkdir $out; echo '# the \"login\" service' >$out/conf" { };
      in "${script "#!/bin/sh\n"} ${files}/conf ${login}/bin ${tool}/bin""##;
    let variable = r##"let bash = named "bash" "#!/x\n"; in "${bash}/bin/bash -c 'x=1; echo $$x; zq-called $x' ${tool}/bin""##;
    let computed =
        r##"let bash = named "bash" "#!/x\n"; in "${bash}/bin/bash -c 'echo \${X}' ${tool}/bin""##;
    let hiding = Hiding::new(&[
        ("comment", comment),
        ("login", &login),
        ("variable", variable),
    ])?;
    for name in ["comment", "login", "variable"] {
        let hidden = hiding.hidden(name)?;
        let told = hiding.untold(name)?;
        assert!(hidden.contains("bin/zq-unused"), "{name}: {told}");
    }
    let hiding = Hiding::new(&[("computed", computed)])?;
    assert_eq!(hiding.hidden("computed")?, [].into());
    Ok(())
}
