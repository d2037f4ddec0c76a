use super::super::tests::{effects, file, reading};
use super::super::{Name, Purpose};
use super::*;

fn becomes(name: Name) -> Effect {
    Effect::LooksUp {
        name,
        purpose: Purpose::Become,
        is_certain: true,
    }
}

fn user(name: &str) -> Effect {
    becomes(Name::User(name.to_owned()))
}

#[test]
fn users_are_named_by_options() {
    for line in ["-u web", "-uweb", "-l 127.0.0.1 -u web"] {
        assert_eq!(
            effects("beanstalkd", line),
            [user("web").told_by("-u")],
            "{line}"
        );
    }
    let group = becomes(Name::Group("www".into()));
    assert_eq!(
        effects("setpriv", "--reuid=web --regid www a --reuid=other")[1..],
        [
            user("web").told_by("--reuid"),
            group.clone().told_by("--regid")
        ]
    );
    assert_eq!(
        effects("start-stop-daemon", "-S -c web:www"),
        [user("web").told_by("-c"), group.told_by("-c")]
    );
    assert_eq!(effects("gosu", "web cat -u x")[1..], [user("web")]);
    assert_eq!(effects("beanstalkd", "-u 0"), []);
    assert_eq!(effects("beanstalkd", "-u None"), []);
    assert_eq!(effects("beanstalkd", "-u ?"), []);
    assert_eq!(effects("thttpd", "-D"), [user("nobody")]);
    assert_eq!(effects("thttpd", "-D -u web"), [user("web").told_by("-u")]);
    let looked_up = Effect::looks_up(Name::User("avahi".into()));
    assert_eq!(effects("avahi-daemon", "--no-drop-root"), [looked_up]);
}

#[test]
fn configurations_are_named_by_options_or_operands() {
    let configured = [file("/c", Use::Reads), Effect::Configures("/c".into())];
    assert_eq!(effects("tinyproxy", "-d -c /c"), configured);
    let line = "--config.file=/c --storage.tsdb.path=/d";
    assert_eq!(effects("prometheus", line), configured);
    assert_eq!(effects("stunnel", "/c"), configured);
    assert_eq!(effects("redis-server", "/c --port 1"), configured);
    assert_eq!(effects("redis-server", "--port /c --save ?"), []);
    assert_eq!(effects("stunnel", "-x 5 /c"), []);
    assert_eq!(effects("privoxy", "--pidfile /p /c"), configured);
    let nobody = [user("nobody"), file("/var/run/dnsmasq.pid", Use::Makes)];
    assert_eq!(effects("dnsmasq", "--conf-file=/dev/null"), nobody);
}

#[test]
fn some_set_groups_for_any_user_that_is_named() {
    let sets_groups = |arguments| effects("dnsmasq", arguments).contains(&Effect::SetsGroups);
    assert!(sets_groups("-k --user=root") && sets_groups("-u root"));
    assert!(!sets_groups("-k") && !sets_groups("-k --user="));
}

#[test]
fn users_are_named_by_keys() -> Result<(), String> {
    let read = |name: &str, text: &str| Ok::<_, String>(reading(name, "-c /c", text)?.effects);
    let starts = reading("supervisord", "-c /c", "[program:a]\nuser = web\n")?;
    let tries = Effect::LooksUp {
        name: Name::User("web".into()),
        purpose: Purpose::TryToBecome,
        is_certain: true,
    };
    assert!(starts.effects.contains(&tries.told_by("/c:2: user")));
    let web = user("web").told_by("/c:2: user");
    assert_eq!(read("mosquitto", "listener 1\nuser web\n")?, [web]);
    assert_eq!(read("mosquitto", "listener 1\n")?, [user("mosquitto")]);
    assert_eq!(
        read("mosquitto", "include_dir /d\n")?,
        [user("mosquitto").perhaps()]
    );
    assert_eq!(
        read("mosquitto", "user root\n")?,
        [becomes(Name::User("root".into())).told_by("/c:1: user")]
    );
    let text = "global\n  user web\nuserlist x\n  user other password y\n";
    let of_global = user("web").told_by("/c:2: user");
    assert_eq!(reading("haproxy", "-f /c", text)?.effects, [of_global]);
    assert_eq!(read("unbound", "server:\n  username: \"\"\n")?, []);
    Ok(())
}

#[test]
fn a_home_is_needed_unless_another_directory_is_named() {
    assert_eq!(effects("gpg", "--list-keys"), [Effect::NeedsHome]);
    for line in ["--homedir /a --list-keys", "--homedir=/a -k", "--dearmor"] {
        assert_eq!(effects("gpg", line), [], "{line}");
    }
}

#[test]
fn files_and_privileges_are_needed_by_default() {
    let dump = file("/dump.rdb", Use::Makes).perhaps();
    assert_eq!(effects("redis-server", ""), [dump]);
    assert_eq!(effects("redis-server", "--dir /d"), []);
    assert_eq!(effects("redis-server", "--conf=/d"), []);
    assert_eq!(
        effects("etcd", ""),
        [file("/default.etcd", Use::MakesDirectory(true))]
    );
    let varies = Effect::BecomesAnother.perhaps();
    assert!(effects("chronyd", "-x").contains(&varies));
    assert!(!effects("chronyd", "-x -u web").contains(&varies));
    let pid = file("/run/d.pid", Use::Names);
    assert_eq!(effects("dropbear", "-r /k -P /run/d.pid"), [pid]);
    let capability = Effect::Needs("CAP_NET_RAW".into());
    assert_eq!(effects("arping", "-c 1 host"), [capability]);
    assert_eq!(effects("nft", "-c -f /a"), []);
    assert_eq!(
        effects("setpriv", "--init-groups a")[1..],
        [Effect::SetsGroups]
    );
}

#[test]
fn who_survives_needs_a_capability_perhaps() {
    let needed = Effect::Needs("CAP_NET_ADMIN".into());
    assert_eq!(effects("keepalived", "-n"), [needed.clone().perhaps()]);
    assert_eq!(effects("conntrackd", ""), [needed]);
}

#[test]
fn daemons_and_clients_look_for_files_of_their_own() {
    let reads = |path| file(path, Use::Reads);
    let uuidd = ["/run/uuidd/request", "/run/uuidd/uuidd.pid"].map(|path| file(path, Use::Makes));
    assert_eq!(effects("uuidd", "-F"), uuidd);
    assert_eq!(effects("uuidd", "-S"), []);
    let lists = ["/etc/netconfig", "/etc/services"].map(reads);
    assert!(effects("rpcbind", "-f").ends_with(&lists));
    assert_eq!(effects("acpid", "-f"), [reads("/etc/acpi/events")]);
    assert_eq!(effects("icecc-scheduler", "-v"), [Effect::SetsGroups]);
    let conf = [reads("/c"), Effect::Configures("/c".into())];
    assert_eq!(effects("xinetd", "-dontfork -f /c"), conf);
    assert_eq!(effects("docker", "ps"), [reads("/var/run/docker.sock")]);
    assert_eq!(effects("docker", "-H tcp://h ps"), []);
    assert_eq!(effects("docker", "--version"), []);
    let socket = reads("/run/mysqld/mysqld.sock");
    assert_eq!(effects("mariadb-dump", "-u web db"), [socket]);
    assert_eq!(effects("mysqldump", "--socket=/s db"), []);
    let status = file("/var/lib/logrotate/status", Use::Makes).perhaps();
    assert_eq!(effects("logrotate", "/c")[2..], [status]);
}

#[test]
fn a_key_may_have_a_program_read_a_file() -> Result<(), String> {
    let resolvers = |key: &str| {
        let text = format!("global\n  maxconn 9\nresolvers a\n  {key}\n");
        reading("haproxy", "-f /c", &text)
    };
    let read = file("/etc/resolv.conf", Use::Reads);
    assert_eq!(resolvers("parse-resolv-conf")?.effects, [read]);
    assert_eq!(resolvers("nameserver n 127.0.0.1:53")?.effects, []);
    Ok(())
}

#[test]
fn owners_may_be_behind_a_mode() -> Result<(), String> {
    for key in ["create 0640 web www", "create 640 web www", "su web www"] {
        let read = reading("logrotate", "/c", &format!("{key}\n"))?.effects;
        let place = format!("/c:1: {}", key.split(' ').next().unwrap_or_default());
        for name in [Name::User("web".into()), Name::Group("www".into())] {
            let given = Effect::gives(name).perhaps().told_by(&place);
            assert!(read.contains(&given), "{key}: {read:?}");
        }
    }
    Ok(())
}

#[test]
fn some_look_up_their_user_for_some_of_what_they_do() {
    let own = Effect::looks_up(Name::Own);
    assert!(effects("borg", "create ::a /b").contains(&own));
    assert!(!effects("borg", "prune").contains(&own));
}
