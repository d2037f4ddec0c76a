//! What can call an executable, in ways that are easily overlooked: none of them may have it hidden.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Forged;

/// Packages: `tool` with executables, a program of C, a script, and a service that hides what nothing calls.
const PACKAGES: &str = r##"
  build = name: script: more: derivation ({
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    PATH = builtins.getEnv "PATH";
    args = [ "-euc" script ];
  } // more);
  tool = build "tool" ''
    mkdir -p $out/bin
    for file in zq-called zq-unused; do printf '#!/bin/sh\n' >$out/bin/$file; chmod +x $out/bin/$file; done
  '' { };
  c = text: build "program" ''
    mkdir -p $out/bin
    printf '%s' "$text" >x.c
    cc -o $out/bin/program x.c
    echo ${tool} >$out/tool
  '' { inherit text; };
  named = file: text: build "script" ''
    mkdir -p $out/bin
    printf "$text" >$out/bin/${file}
    chmod +x $out/bin/${file}
    echo ${tool} >$out/tool
  '' { inherit text; };
  script = text: "${named "run" text}/bin/run";
  shell = named "dash" "#!/x\n";
  service = confinement: command: {
    confinement = { enable = true; hide = [ "programs" "interpreters" ]; } // confinement;
    serviceConfig.ExecStart = command;
  };
"##;

pub(super) struct Hiding(Forged);

impl Hiding {
    /// A bundle of services, each with its command.
    pub fn new(services: &[(&str, &str)]) -> Result<Self> {
        Self::with("{ }", services)
    }

    /// The same, with more options of `confinement`.
    pub fn with(confinement: &str, services: &[(&str, &str)]) -> Result<Self> {
        let services = services
            .iter()
            .map(|(name, command)| format!("{name} = service {confinement} ({command});\n"));
        let services: String = services.collect();
        let expression = format!("let {PACKAGES} in {{ services = {{ {services} }}; }}");
        let made = Forged::made(&["--impure", "--expr", &expression], "image")?;
        Ok(Self(made))
    }

    /// What a service has at /bin/sh, as its drop-in tells it.
    pub fn shell(&self, service: &str) -> Result<String> {
        let drop_in = format!("lib/systemd/system/{service}.service.d/zz-confinement.conf");
        let drop_in = fs::read_to_string(self.0.dir.join(drop_in))?;
        let mut lines = drop_in.lines();
        let found = lines.find(|line| line.ends_with(":/bin/sh"));
        Ok(found.context("no /bin/sh")?.to_owned())
    }

    pub fn closure(&self, service: &str) -> Result<&Value> {
        let id = &self.0.json["services"][format!("{service}.service")]["closure"];
        let id = id
            .as_str()
            .with_context(|| format!("no closure of {service}"))?;
        Ok(&self.0.json["closures"][id])
    }

    /// The hidden files of a service.
    pub fn hidden(&self, service: &str) -> Result<BTreeSet<&str>> {
        let classes = self.closure(service)?["hidden"].as_object();
        let paths = classes.into_iter().flat_map(|classes| classes.values());
        let lists = paths
            .filter_map(Value::as_object)
            .flat_map(|paths| paths.values());
        let files = lists.filter_map(Value::as_array).flatten();
        Ok(files.filter_map(Value::as_str).collect())
    }

    pub fn untold(&self, service: &str) -> Result<String> {
        Ok(self.closure(service)?["untold"].to_string())
    }
}

#[test]
fn what_programs_in_elf_may_execute_stays() -> Result<()> {
    let exec = |text: &str| format!("{{ execlp({text}, \"\", (char*)0); return 0; }}");
    let program = |text: &str| {
        let text = format!("#include <stdlib.h>\n#include <unistd.h>\nint main(void) {text}");
        format!("\"${{c ''{text}''}}/bin/program\"")
    };
    let calls = program(&exec("\"zq-called\""));
    let mentions = program("{ return getenv(\"zq-called\") != 0; }");
    let shell = program("{ return system(getenv(\"X\")); }");
    let plain = hiding_of_elf(&calls, &mentions, &shell)?;
    assert_eq!(plain.hidden("calls")?, ["bin/zq-unused"].into());
    assert_eq!(plain.hidden("library")?, ["bin/zq-unused"].into());
    assert_eq!(
        plain.hidden("mentions")?,
        ["bin/zq-called", "bin/zq-unused"].into()
    );
    assert_eq!(plain.hidden("shell")?, [].into());
    let told = plain.untold("shell")?;
    assert!(told.contains("have a shell run texts"), "{told}");
    Ok(())
}

fn hiding_of_elf(calls: &str, mentions: &str, shell: &str) -> Result<Hiding> {
    // The program names the library's directory only for the loader, and the library names the tool's.
    let library = r#"let
        library = build "library" ''
          mkdir -p $out/lib
          printf '#include <unistd.h>\nvoid zq(void) { execl("${tool}/bin/zq-called", "", (char*)0); }\n' >x.c
          cc -shared -fPIC -o $out/lib/libzq.so x.c
        '' { };
        program = build "program" ''
          mkdir -p $out/bin
          printf 'void zq(void); int main(void) { zq(); return 0; }\n' >x.c
          cc -o $out/bin/program x.c -L${library}/lib -lzq -Wl,-rpath,${library}/lib
        '' { };
      in "${program}/bin/program""#;
    Hiding::new(&[
        ("calls", calls),
        ("library", library),
        ("mentions", mentions),
        ("shell", shell),
    ])
}

#[test]
fn what_a_command_names_with_escapes_stays() -> Result<()> {
    let hiding = Hiding::new(&[(
        "escaped",
        r##""${script "#!/bin/sh\n"} \\x7aq-called ${tool}""##,
    )])?;
    assert_eq!(hiding.hidden("escaped")?, ["bin/zq-unused"].into());
    Ok(())
}

#[test]
fn nothing_is_hidden_where_commands_come_from_elsewhere() -> Result<()> {
    let elsewhere = "may run code that is not in the closure";
    let computes = "known only when it runs";
    let unread = "does not understand";
    // Each with its command in Nix, and the reason.
    let cases = [
        (
            "archive",
            r##"script "#!/usr/bin/env python3\nPK\\003\\004\\000\\001""##,
            "compiled code",
        ),
        ("awk", r##"script "#!/bin/sh\nawk -f /srv/x\n""##, elsewhere),
        (
            "busybox",
            r##"script "#!/bin/sh\nbusybox sh /srv/x\n""##,
            elsewhere,
        ),
        (
            "chroot",
            r##"script "#!/bin/sh\nchroot /srv/x python3 /srv/x.py\n""##,
            elsewhere,
        ),
        (
            "cron",
            r##""${named ".cron-wrapped_" "#!/bin/perl\n"}/bin/.cron-wrapped_""##,
            "runs commands of its users",
        ),
        (
            "env",
            r##"script "#!/usr/bin/env -S A=b bash\n\"\$X\"\n""##,
            computes,
        ),
        ("fish", r##"script "#!/bin/fish\n\$X\n""##, unread),
        (
            "flock",
            r##"script "#!/bin/sh\nflock /run/lock sh -c \"\$X\"\n""##,
            elsewhere,
        ),
        ("outside", r#""/srv/app/run ${tool}""#, elsewhere),
        ("state", r#""%S/app/run ${tool}""#, elsewhere),
        (
            "sudo",
            r##"script "#!/bin/sh\nsudo -u x sh -c \"\$X\"\n""##,
            elsewhere,
        ),
        (
            "trap",
            r##"script "#!/bin/sh\ntrap \"\$X\" EXIT\n""##,
            computes,
        ),
        ("xargs", r##"script "#!/bin/sh\nxargs sh -c\n""##, elsewhere),
        (
            "zsh",
            r##"script "#!/bin/sh\nzsh -c \"eval x\"\n""##,
            unread,
        ),
    ];
    let commands = cases.map(|(name, command, _)| (name, command));
    let hiding = Hiding::new(&commands)?;
    for (name, _, reason) in cases {
        assert_eq!(hiding.hidden(name)?, [].into(), "{name}");
        let told = hiding.untold(name)?;
        assert!(told.contains(reason), "{name}: {told}");
    }
    Ok(())
}
