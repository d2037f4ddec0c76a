//! The users of a NixOS system, which its activation creates.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

/// At most as much is read of a file, in bytes.
const MOST: u64 = 16 << 20;
/// What the name of the file with users ends with (`nixos/modules/config/users-groups.nix`).
const SPECIFICATION: &str = "-users-groups.json";
/// Ids that NixOS has not chosen are counted down from here, as its `update-users-groups.pl` does for system users.
const HIGHEST: u32 = 999;

#[derive(Default, Deserialize)]
struct Specification {
    users: Vec<User>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct User {
    name: String,
    uid: Option<u32>,
    #[serde(default)]
    group: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    home: String,
    shell: Option<String>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    gid: Option<u32>,
    #[serde(default)]
    members: Vec<String>,
}

/// Writes `passwd` and `group` with the users of a system. If it does not tell them, they have only root and nobody.
pub(super) fn install(etc: &Path, system: &Path) -> Result<()> {
    let specification = match specification_of(system) {
        Some(file) => read(&file).with_context(|| {
            format!("cannot read the users of the system in {}", file.display())
        })?,
        None => Specification::default(),
    };
    let (passwd, group) = specification.written();
    for (name, text) in [("passwd", passwd), ("group", group)] {
        // A system may have them in /etc itself.
        if fs::symlink_metadata(etc.join(name)).is_err() {
            fs::write(etc.join(name), text)?;
        }
    }
    Ok(())
}

/// The file with the users, which the activation script names.
fn specification_of(system: &Path) -> Option<PathBuf> {
    let script = text(&system.join("activate")).ok()?;
    let mut words = script.split(|c: char| c.is_whitespace() || "\"'();".contains(c));
    let file = words.find(|word| word.starts_with('/') && word.ends_with(SPECIFICATION))?;
    Some(PathBuf::from(file))
}

fn read(file: &Path) -> Result<Specification> {
    Ok(serde_json::from_str(&text(file)?)?)
}

fn text(file: &Path) -> Result<String> {
    let mut text = String::new();
    File::open(file)?.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

impl Specification {
    /// The content of `passwd` and of `group`. What a line can't hold is left out.
    fn written(&self) -> (String, String) {
        let gids = numbered(
            self.groups.iter().map(|group| (&*group.name, group.gid)),
            &[("root", 0), ("nogroup", 65534)],
        );
        let uids = numbered(
            self.users.iter().map(|user| (&*user.name, user.uid)),
            &[("root", 0), ("nobody", 65534)],
        );
        let is_plain = |text: &str| !text.contains(|c: char| c == ':' || c.is_control());
        let (mut passwd, mut group) = (String::new(), String::new());
        for (name, uid) in uids.iter().filter(|(name, _)| is_plain(name)) {
            let user = self.users.iter().find(|user| user.name == **name);
            let text = |of: fn(&User) -> &str, default: &'static str| {
                let text = user
                    .map(of)
                    .filter(|text| !text.is_empty() && is_plain(text));
                text.unwrap_or(default).to_owned()
            };
            let gid = user.and_then(|user| gids.get(&*user.group));
            let gid = gid.copied().unwrap_or(if *uid == 0 { 0 } else { 65534 });
            let home = text(
                |user| &user.home,
                if *uid == 0 { "/root" } else { "/var/empty" },
            );
            let shell = text(|user| user.shell.as_deref().unwrap_or_default(), "/bin/sh");
            let about = text(|user| &user.description, "");
            let _ = writeln!(passwd, "{name}:x:{uid}:{gid}:{about}:{home}:{shell}");
        }
        for (name, gid) in gids.iter().filter(|(name, _)| is_plain(name)) {
            let members = self.groups.iter().find(|group| group.name == **name);
            let members = members.into_iter().flat_map(|group| &group.members);
            let members: Vec<&str> = members
                .map(String::as_str)
                .filter(|member| is_plain(member) && !member.contains(','))
                .collect();
            let _ = writeln!(group, "{name}:x:{gid}:{}", members.join(","));
        }
        (passwd, group)
    }
}

/// Ids by name: those that are given, and free ones for the others.
fn numbered<'n>(
    given: impl Iterator<Item = (&'n str, Option<u32>)>,
    always: &[(&'n str, u32)],
) -> BTreeMap<&'n str, u32> {
    let mut ids: BTreeMap<&str, u32> = always.iter().copied().collect();
    let mut others = Vec::new();
    for (name, id) in given {
        match id {
            Some(id) => {
                ids.insert(name, id);
            }
            None => others.push(name),
        }
    }
    let mut next = HIGHEST;
    for name in others {
        while next > 1 && ids.values().any(|id| *id == next) {
            next -= 1;
        }
        ids.entry(name).or_insert(next);
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_of_a_system_are_those_of_its_activation() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let system = dir.path();
        let specification = system.join("0-users-groups.json");
        let written = r#"{"mutableUsers":true,"users":[
            {"name":"root","uid":0,"group":"root","home":"/root","description":"","shell":"/run/current-system/sw/bin/bash","isSystemUser":false},
            {"name":"web","uid":null,"group":"web","home":"/var/lib/web","description":"a:b","shell":null},
            {"name":"db","uid":999,"group":"db","home":"/var/empty","description":"Data"},
            {"name":"x:0","uid":1,"group":"db","home":"/"}],
          "groups":[{"name":"web","gid":null,"members":["db"]},{"name":"db","gid":71,"members":[]}]}"#;
        fs::write(&specification, written)?;
        let script = format!("perl -w /x.pl {}\n", specification.display());
        fs::write(system.join("activate"), script)?;
        install(system, system)?;
        assert_eq!(
            fs::read_to_string(system.join("passwd"))?,
            "db:x:999:71:Data:/var/empty:/bin/sh\n\
             nobody:x:65534:65534::/var/empty:/bin/sh\n\
             root:x:0:0::/root:/run/current-system/sw/bin/bash\n\
             web:x:998:999::/var/lib/web:/bin/sh\n"
        );
        assert_eq!(
            fs::read_to_string(system.join("group"))?,
            "db:x:71:\nnogroup:x:65534:\nroot:x:0:\nweb:x:999:db\n"
        );
        fs::write(&specification, "{")?;
        let error = install(system, system).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("0-users-groups.json"), "{error}");
        Ok(())
    }

    #[test]
    fn a_system_that_tells_no_users_has_root() -> Result<()> {
        let dir = tempfile::tempdir()?;
        install(dir.path(), dir.path())?;
        let passwd = fs::read_to_string(dir.path().join("passwd"))?;
        assert!(passwd.contains("root:x:0:0::/root:/bin/sh\n"));
        Ok(())
    }
}
