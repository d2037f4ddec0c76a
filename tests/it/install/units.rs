//! The units that are installed.

use std::fs;

use anyhow::Result;

use super::{Tree, same, service};
use crate::support::{bundle, names};

#[test]
fn units_of_a_plain_set_are_those_that_nixos_would_write() -> Result<()> {
    let tree = Tree::new()?;
    let set = r#"{
      services.web = {
        description = "Web";
        documentation = [ "man:web(1)" "https://example.org" ];
        after = [ "network.target" "db.service" ];
        wantedBy = [ "multi-user.target" ];
        requiredBy = [ "app.target" ];
        aliases = [ "www.service" ];
        startAt = [ "daily" "hourly" ];
        environment = { B = "with \"quotes\" and %h"; A = 1; C = null; };
        restartIfChanged = false;
        unitConfig.ConditionPathExists = "/x";
        serviceConfig = { Type = "exec"; ExecStart = [ "" "/bin/web \\\n  more" ]; PrivateTmp = true; Nice = 5; RestartSec = null; };
        confinement.enable = true;
      };
      sockets.web = { wantedBy = [ "sockets.target" ]; listenStreams = [ "80" ]; listenDatagrams = [ "81" ]; socketConfig.Backlog = 5; };
      timers.web.timerConfig.Persistent = true;
      paths.look = { pathConfig = { Unit = "web.service"; PathExists = [ "/a" "/b" ]; }; };
      targets.app = { description = "App"; wants = [ "web.service" ]; };
      slices.app.sliceConfig.MemoryMax = "1G";
      sockets.other.listenStreams = [ "82" ];
      services.other.serviceConfig.ExecStart = "/bin/other";
      mounts = [ ];
    }"#;
    let ran = tree.install_set(set).succeeds()?;
    let left_out = "warning: not installed, because they are not confined or have no service that is: other.service, other.socket, mounts";
    assert!(ran.stderr.contains(left_out), "{}", ran.stderr);
    assert_eq!(
        names(&tree.at("etc/systemd/system"))?,
        [
            "app.slice",
            "app.target",
            "look.path",
            "web.service",
            "web.service.d",
            "web.socket",
            "web.timer"
        ]
    );
    for unit in [
        "web.service",
        "web.socket",
        "web.timer",
        "look.path",
        "app.target",
        "app.slice",
    ] {
        insta::assert_snapshot!(unit, tree.text(unit)?);
    }
    Ok(())
}

#[test]
fn a_unit_is_installed_with_the_service_that_its_name_starts() -> Result<()> {
    let tree = Tree::new()?;
    let web = service("web", "");
    let set = format!(
        r#"{{
          services = {{
            {web}
            "each@" = {{ confinement.enable = true; serviceConfig.ExecStart = "/bin/each"; }};
          }};
          sockets.front = {{ name = "web.socket"; listenStreams = [ "80" ]; }};
          sockets.each = {{ listenStreams = [ "81" ]; socketConfig.Accept = "yes"; }};
          timers.web = {{ name = "other.timer"; timerConfig.OnCalendar = "daily"; }};
          userServices.own.serviceConfig.ExecStart = "/bin/own";
        }}"#
    );
    let ran = tree.install_set(&set).succeeds()?;
    assert!(
        ran.stderr.contains("that is: other.timer, userServices\n"),
        "{}",
        ran.stderr
    );
    let installed = names(&tree.at("etc/systemd/system"))?;
    assert!(
        installed.contains(&"web.socket".to_owned()),
        "{installed:?}"
    );
    assert!(
        installed.contains(&"each.socket".to_owned()),
        "{installed:?}"
    );
    Ok(())
}

#[test]
fn a_timer_of_the_set_adds_to_that_of_the_service() -> Result<()> {
    let tree = Tree::new()?;
    let web = service("web", "");
    let set = format!(
        r#"{{ services = {{ {web} }} // {{ web = {{ {} startAt = "daily"; }}; }};
             timers."web.timer".timerConfig = {{ Persistent = true; OnCalendar = [ "monthly" ]; }}; }}"#,
        web.trim_start_matches("web = {").trim_end_matches("};")
    );
    tree.install_set(&set).succeeds()?;
    let timer = tree.text("web.timer")?;
    let lines = "[Timer]\nOnCalendar=daily\nOnCalendar=monthly\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n";
    assert!(timer.ends_with(lines), "{timer}");
    tree.install_set(&set.replace("\"web.timer\".timerConfig", "web.timerConfig"))
        .succeeds()?;
    assert_eq!(tree.text("web.timer")?, timer);
    Ok(())
}

#[test]
fn an_instance_adds_to_its_template() -> Result<()> {
    let tree = Tree::new()?;
    let set = r#"{
      services."job@".serviceConfig.ExecStart = "${builtins.toFile "job" ""} %i";
      services."job@one" = { confinement.enable = true; environment.A = "b"; wantedBy = [ "x.target" ]; };
    }"#;
    tree.install_set(set).succeeds()?;
    assert!(tree.text("job@.service")?.contains("-job %i\n"));
    let own = tree.text("job@one.service.d/overrides.conf")?;
    assert!(
        own.contains("Environment=\"A=b\"\n") && own.contains("WantedBy=x.target\n"),
        "{own}"
    );
    assert!(tree.unit("job@one.service.d/zz-confinement.conf").exists());
    Ok(())
}

#[test]
fn with_a_template_come_the_instances_that_run_what_it_runs() -> Result<()> {
    let tree = Tree::new()?;
    let set = r#"{
      services."job@" = { confinement.enable = true; serviceConfig.ExecStart = "${builtins.toFile "job" ""} %i"; };
      services."job@one" = { environment.A = "b"; wantedBy = [ "x.target" ]; };
      services."job@other".serviceConfig.ExecStart = [ "" "/bin/other" ];
      services."job@both" = { confinement.enable = true; serviceConfig.ExecStartPre = "/bin/first"; };
    }"#;
    tree.install_set(set).succeeds()?;
    assert!(tree.text("job@.service")?.contains("-job %i\n"));
    let own = tree.text("job@one.service.d/overrides.conf")?;
    assert!(own.contains("Environment=\"A=b\"\n"), "{own}");
    // Its drop-in is that of the template.
    assert!(!tree.unit("job@one.service.d/zz-confinement.conf").exists());
    assert!(!tree.unit("job@other.service.d").exists());
    assert!(tree.unit("job@both.service.d/zz-confinement.conf").exists());
    Ok(())
}

#[test]
fn units_that_packages_ship_are_installed_with_the_services_own_settings_beside_them() -> Result<()>
{
    let tree = Tree::new()?;
    let package = tree.at("package");
    fs::create_dir_all(package.join("lib/systemd/system/web.service.d"))?;
    fs::write(
        package.join("lib/systemd/system/web.service"),
        "[Service]\nExecStart=/bin/web\n[Install]\nWantedBy=multi-user.target\n",
    )?;
    fs::write(
        package.join("lib/systemd/system/web.service.d/10-more.conf"),
        "[Service]\nNice=1\n",
    )?;
    let set = format!(
        r#"{{ packages = [ (builtins.path {{ path = "{}"; name = "package"; }}) ];
             services.web = {{ confinement.enable = true; environment.A = "b"; }}; }}"#,
        package.display()
    );
    tree.install_set(&set).arg("--impure").succeeds()?;
    assert!(
        tree.text("web.service")?
            .starts_with("[Service]\nExecStart=/bin/web\n")
    );
    assert_eq!(
        tree.text("web.service.d/10-more.conf")?,
        "[Service]\nNice=1\n"
    );
    assert!(
        tree.text("web.service.d/overrides.conf")?
            .contains("Environment=\"A=b\"\n")
    );
    let kept = names(&tree.at("nix/var/nix/gcroots/confinix/1"))?;
    assert!(
        kept.iter().any(|name| name.ends_with("-package")),
        "{kept:?}"
    );
    Ok(())
}

#[test]
fn what_only_the_unit_names_is_kept_too() -> Result<()> {
    let tree = Tree::new()?;
    let web = r#"web = { confinement.enable = true; serviceConfig = {
      ExecStart = "${builtins.toFile "web" ""} x"; EnvironmentFile = "${builtins.toFile "variables" "A=b"}"; }; };"#;
    tree.install(web).succeeds()?;
    let kept = names(&tree.at("nix/var/nix/gcroots/confinix/1"))?;
    let has = |name: &str| kept.iter().any(|path| path.ends_with(name));
    assert!(
        kept.len() == 2 && has("-web") && has("-variables"),
        "{kept:?}"
    );
    Ok(())
}

#[test]
fn drop_ins_of_a_bundle_need_units_that_the_machine_has() -> Result<()> {
    let tree = Tree::new()?;
    let out = tree.at("bundle");
    let set = format!("{{ services = {{ {} }}; }}", service("web", "1"));
    bundle(["-q", "--expr", &set, "-o"]).arg(&out).succeeds()?;
    let before = tree.entries()?;
    let install = || tree.confinix().arg(&out);
    install().fails(
        3,
        &["this machine has no unit web.service", "-f services.nix"],
    )?;
    same(&tree.entries()?, &before)?;
    fs::create_dir_all(tree.at("usr/lib/systemd/system"))?;
    fs::write(tree.at("usr/lib/systemd/system/web.service"), "")?;
    install().succeeds()?;
    assert_eq!(names(&tree.at("etc/systemd/system"))?, ["web.service.d"]);
    // The unit of the set takes the place of the distribution's.
    let ran = tree.install_set(&set).succeeds()?;
    assert!(
        ran.stderr.contains("web.service takes the place of"),
        "{}",
        ran.stderr
    );
    tree.confinix().arg("--uninstall").succeeds()?;
    install().succeeds()?;
    Ok(())
}

#[test]
fn a_service_that_is_left_out_may_be_broken() -> Result<()> {
    let tree = Tree::new()?;
    let set = r#"{
      services.web = { serviceConfig.ExecStart = "/bin/web"; confinement.enable = true; };
      services.broken = throw "broken";
    }"#;
    let ran = tree.install_set(set).args(["-s", "web"]).succeeds()?;
    let left_out = "warning: not installed, because they are not confined or have no service that is: broken.service";
    assert!(ran.stderr.contains(left_out), "{}", ran.stderr);
    assert_eq!(
        names(&tree.at("etc/systemd/system"))?,
        ["web.service", "web.service.d"]
    );
    Ok(())
}

#[test]
fn two_units_of_one_name_are_refused() -> Result<()> {
    let tree = Tree::new()?;
    let before = tree.entries()?;
    let web = service("web", "1");
    for (more, parts) in [
        (
            r#"targets.web.name = "web.service";"#,
            ["targets.web.name", "does not end in .target"],
        ),
        (
            r#"targets.one = { }; targets.two.name = "one.target";"#,
            ["two units", "one.target"],
        ),
    ] {
        tree.install_set(&format!("{{ services = {{ {web} }}; {more} }}"))
            .fails(3, &parts)?;
        same(&tree.entries()?, &before)?;
    }
    Ok(())
}

#[test]
fn no_text_of_a_plain_set_becomes_another_line_of_a_unit() -> Result<()> {
    for option in [
        r#"description = "a\nExecStartPre=/bin/x""#,
        r#"documentation = [ "man:a(1)\nExecStartPre=/bin/x" ]"#,
        r#"wantedBy = [ "a.target\n[Service]" ]"#,
        r#"aliases = [ "b.service\nAlso=c.service" ]"#,
    ] {
        let tree = Tree::new()?;
        let set = format!(
            r#"{{ services.web = {{ serviceConfig.ExecStart = "/bin/web"; confinement.enable = true; {option}; }}; }}"#
        );
        tree.install_set(&set).fails(3, &["a string of one line"])?;
        assert!(names(&tree.at("etc/systemd/system"))?.is_empty());
    }
    Ok(())
}
