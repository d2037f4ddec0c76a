//! The services of NixOS that manage the host, by their names: the table that `security.confinix.default` has too.

use crate::service::{ServiceGlob, UnitName};

const TABLE: &str = include_str!("../../nix/module/own-services.nix");

/// Why a service of this name stays out; `None` if the table does not have it.
pub fn reason(name: &UnitName) -> Option<&'static str> {
    let mut names = vec![name.clone()];
    names.extend(name.template());
    names.iter().find_map(of_name)
}

fn of_name(name: &UnitName) -> Option<&'static str> {
    let matches = |pattern: &str| {
        let glob = ServiceGlob::parse(pattern);
        glob.is_ok_and(|glob| glob.matches(name))
    };
    let is_other = || {
        let mut others = entries().filter_map(|(_, pattern)| pattern.strip_prefix('!'));
        others.any(matches)
    };
    let mut found = entries().filter(|(_, pattern)| matches(pattern));
    let (reason, pattern) = found.next()?;
    let is_named = |(_, pattern): (_, &str)| !pattern.contains('*');
    (is_named((reason, pattern)) || found.any(is_named) || !is_other()).then_some(reason)
}

/// Each pattern of the table with its reason. Its lines are `reason = "…";` and `"PATTERN"`; a `!` before a pattern takes
/// what it matches out of the patterns with a `*`.
fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut reason = "";
    TABLE.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("reason = \"") {
            reason = text.strip_suffix("\";").unwrap_or_default();
        }
        let pattern = line.strip_prefix('"')?.strip_suffix('"')?;
        Some((reason, pattern))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_module_is_read() -> anyhow::Result<()> {
        let of = |name: &str| Ok::<_, anyhow::Error>(reason(&UnitName::parse(name)?));
        let told = of("nix-daemon.service")?.unwrap_or_default();
        assert!(told.starts_with("builds with Nix"), "{told}");
        assert!(of("systemd-logind.service")?.is_some());
        assert_eq!(of("user@1000.service")?, of("user@.service")?);
        assert_eq!(of("nginx.service")?, None);
        assert!(of("docker.service")?.is_some() && of("docker-web.service")?.is_some());
        assert_eq!(of("docker-registry.service")?, None);
        assert_eq!(of("docker-registry-garbage-collect.service")?, None);
        let quoted = TABLE
            .lines()
            .filter(|line| line.trim().starts_with('"'))
            .count();
        assert_eq!(entries().count(), quoted);
        assert!(quoted > 100 && entries().all(|(reason, _)| !reason.is_empty()));
        Ok(())
    }
}
