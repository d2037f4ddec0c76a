//! Services come with the sockets, timers and paths that start them.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::confinix;

fn triggers(value: &str, service: &str) -> Result<Value> {
    let run = confinix(["services", "--impure", "--expr", value]).succeeds()?;
    let json: Value = serde_json::from_str(&run.stdout)?;
    Ok(json["services"][service]["triggeredBy"].clone())
}

/// A set with a service `web`, one that is not selected and can't be evaluated, and more.
fn set(more: &str) -> String {
    format!(
        r#"{{
          services.web = {{ confinement.enable = true; serviceConfig.ExecStart = "/bin/x"; startAt = [ "daily" "Sun 3:00" ]; }};
          services."each@" = {{ confinement.enable = true; serviceConfig.ExecStart = "/bin/x"; }};
          services.other.serviceConfig = throw "never evaluated";
          {more}
        }}"#
    )
}

#[test]
fn units_of_a_plain_set_belong_to_the_services_that_they_start() -> Result<()> {
    let units = set(r#"
      sockets.web = { listenStreams = [ "80" ]; socketConfig = { Backlog = 3; Accept = false; X-own = throw "not for systemd"; }; after = [ "a.target" ]; };
      sockets."second.socket" = { listenDatagrams = [ "/run/d" ]; socketConfig.Service = "web.service"; wantedBy = [ "sockets.target" ]; };
      sockets.each = { listenStreams = [ "81" ]; socketConfig.Accept = "yes"; };
      sockets.masked = { enable = false; socketConfig.Service = "web.service"; };
      timers.web.timerConfig.Persistent = true;
      paths.spool = { pathConfig = { PathExists = [ "/a" null "/b" ]; Unit = "web.service"; }; unitConfig.Description = "x"; };
    "#);
    assert_eq!(
        triggers(&units, "web.service")?,
        json!({
            "second.socket": { "ListenDatagram": ["/run/d"], "Service": ["web.service"] },
            "spool.path": { "PathExists": ["/a", "", "/b"], "Unit": ["web.service"] },
            "web.socket": { "Accept": ["false"], "After": ["a.target"], "Backlog": ["3"], "ListenStream": ["80"] },
            "web.timer": { "OnCalendar": ["daily", "Sun 3:00"], "Persistent": ["true"] },
        })
    );
    assert_eq!(
        triggers(&units, "each@.service")?,
        json!({ "each.socket": { "Accept": ["yes"], "ListenStream": ["81"] } })
    );
    Ok(())
}

#[test]
fn a_timer_has_the_times_of_its_own_and_of_the_service() -> Result<()> {
    for (attr, starts, other) in [
        (r#""web.timer""#, "", false),
        ("web", "", false),
        (r#""web.timer""#, r#"Unit = "each@a.service";"#, true),
    ] {
        let units = set(&format!(
            r#"timers.{attr}.timerConfig = {{ OnCalendar = "monthly"; {starts} }};
               services."each@a".confinement.enable = true;"#
        ));
        let times = json!(["daily", "Sun 3:00", "monthly"]);
        let found = triggers(&units, "web.service")?;
        if other {
            assert_eq!(found, Value::Null);
            let found = triggers(&units, "each@a.service")?;
            assert_eq!(found["web.timer"]["OnCalendar"], times, "{found}");
        } else {
            assert_eq!(found, json!({ "web.timer": { "OnCalendar": times } }));
        }
    }
    Ok(())
}

#[test]
fn those_of_a_nixos_configuration_are_taken_as_its_modules_made_them() -> Result<()> {
    let units = r#"{ systemd = {
      services.web = { confinement.enable = true; serviceConfig.ExecStart = "/bin/x"; startAt = [ "daily" ]; };
      sockets.web = { enable = true; name = "web.socket"; listenStreams = [ "80" ]; listenDatagrams = [ ]; socketConfig = { }; unitConfig.After = "b.target"; after = [ "b.target" ]; other = 1; };
      timers.web = { timerConfig.OnCalendar = [ "daily" ]; };
    }; }"#;
    assert_eq!(
        triggers(units, "web.service")?,
        json!({
            "web.socket": { "After": ["b.target"], "ListenStream": ["80"] },
            "web.timer": { "OnCalendar": ["daily"] },
        })
    );
    Ok(())
}

#[test]
fn what_can_not_be_such_a_unit_is_an_error_with_its_place() -> Result<()> {
    for (more, problem) in [
        (
            "sockets.web.listenStream = [ ];",
            "sockets.web.listenStream is unknown: write settings in socketConfig or unitConfig",
        ),
        (
            "timers.web.listenStreams = [ ];",
            "timers.web.listenStreams is unknown",
        ),
        (
            "sockets = [ ];",
            "sockets is a list, but a set is expected: beside `services`, confinix reads units there, as in NixOS's systemd.sockets; give it another name if it is something else",
        ),
        (
            r#"paths = derivation { name = "a"; system = "x"; builder = "b"; };"#,
            "paths is a derivation, but a set is expected",
        ),
        (
            r#"services.other.startAt = "daily"; timers = x: x;"#,
            "timers is a function, but a set is expected",
        ),
        (
            "sockets.web.socketConfig.Service = 1;",
            "sockets.web.socketConfig.Service is a number, but a string is expected",
        ),
        (
            "sockets.web.listenStreams = \"80\";",
            "sockets.web.listenStreams is a string, but a list is expected",
        ),
        (
            "paths.\"a b\".pathConfig = { Unit = \"web.service\"; };",
            "\"a b.path\" is not the name of a unit",
        ),
        (
            r#"sockets.web.socketConfig.ListenStream = builtins.fromJSON "\"\\u001b\"";"#,
            "control character",
        ),
    ] {
        let run = confinix(["services", "--impure", "--expr", &set(more)]);
        run.fails(3, &[problem])?;
    }
    Ok(())
}
