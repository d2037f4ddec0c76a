//! Advisories in OSV's schema (<https://ossf.github.io/osv-schema/>).

use anyhow::Result;
use serde::Deserialize;

use super::file::File;
use super::versions::{Interval, Versions, compare, numbered};
use super::{Advisory, Ecosystem, Kind, Named, Product};

/// An advisory. Keys that don't matter here are left out.
#[derive(Deserialize)]
pub struct Entry {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    affected: Vec<Affected>,
    summary: Option<String>,
    withdrawn: Option<String>,
}

#[derive(Deserialize)]
struct Affected {
    package: Option<Package>,
    #[serde(default)]
    ranges: Vec<Range>,
    #[serde(default)]
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
    purl: Option<String>,
}

#[derive(Deserialize)]
struct Range {
    #[serde(rename = "type")]
    kind: String,
    repo: Option<String>,
    #[serde(default)]
    events: Vec<Event>,
}

/// One of its keys is set.
#[derive(Deserialize)]
struct Event {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

/// Adds these advisories.
pub fn add(entries: Vec<Entry>, file: &mut File) -> Result<()> {
    for entry in entries {
        if let Some(date) = &entry.withdrawn {
            file.leave_out(&entry.id, &format!("it was withdrawn at {date}"))?;
            continue;
        }
        let mut products = Vec::new();
        let mut is_vague = false;
        for (index, affected) in entry.affected.into_iter().enumerate() {
            let place = format!("{}: affected[{index}]", entry.id);
            let Some((named, name)) = named(&affected) else {
                is_vague = true;
                file.leave_out(&place, "it names neither a package nor a repository")?;
                continue;
            };
            let product = product(named, &name, &affected.ranges, &affected.versions);
            products.push(product);
        }
        let advisory = Advisory {
            kind: Some(Kind::Osv),
            aliases: entry.aliases.into_iter().collect(),
            summary: entry.summary,
            products,
            is_vague,
        };
        file.add(entry.id, advisory)?;
    }
    Ok(())
}

/// The package that is affected, with the name that tags of its repository may begin with. CVE's records have only a repository.
fn named(affected: &Affected) -> Option<(Named, String)> {
    if let Some(package) = &affected.package {
        let by_url = package.purl.as_deref().and_then(Product::of_url);
        let by_name =
            || Named::Package(Ecosystem::of_osv(&package.ecosystem), package.name.clone());
        let named = by_url.map_or_else(by_name, |(named, _)| named);
        return Some((named, package.name.clone()));
    }
    let repositories = affected
        .ranges
        .iter()
        .filter_map(|range| range.repo.as_deref());
    let mut names = repositories.filter_map(|url| {
        let (_, name) = url.trim_end_matches('/').rsplit_once('/')?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        (!name.is_empty()).then(|| name.to_owned())
    });
    let name = names.next()?;
    Some((Named::Package(Ecosystem::upstream(), name.clone()), name))
}

fn product(named: Named, name: &str, ranges: &[Range], versions: &[String]) -> Product {
    let listed = versions
        .iter()
        .map(|version| Versions::Exactly(without_tag(name, version).to_owned()));
    let ordered = ranges.iter().filter(|range| range.kind != "GIT");
    let intervals: Option<Vec<_>> = ordered
        .map(|range| intervals(name, &range.events))
        .collect();
    let is_ordered = intervals.is_some();
    let affected: Vec<_> = listed
        .chain(intervals.into_iter().flatten().flatten())
        .collect();
    let product = Product::new(named);
    Product {
        is_complete: !affected.is_empty(),
        incomparable: product.incomparable.or(if !is_ordered {
            Some("the advisory has a range with a version that does not begin with a number")
        } else if affected.is_empty() && !ranges.is_empty() {
            Some("the advisory tells affected versions as commits alone")
        } else {
            None
        }),
        affected,
        ..product
    }
}

/// The versions between `introduced` and what follows it, in the order of versions; `None` if they have no order.
fn intervals(name: &str, events: &[Event]) -> Option<Vec<Versions>> {
    let edges = events.iter().filter_map(|event| {
        let limit = event.fixed.as_ref().or(event.limit.as_ref());
        let introduced = event.introduced.as_ref();
        introduced
            .map(|version| (version, Edge::Introduced))
            .or_else(|| limit.map(|version| (version, Edge::Before)))
            .or_else(|| Some((event.last_affected.as_ref()?, Edge::Until)))
    });
    let edges = edges.map(|(version, edge)| {
        let version = without_tag(name, version);
        numbered(version).map(|version| (version, edge))
    });
    let mut edges: Vec<_> = edges.collect::<Option<_>>()?;
    edges.sort_by(|a, b| compare(a.0, b.0).then(a.1.cmp(&b.1)));
    let mut found = Vec::new();
    let mut open: Option<Option<(String, bool)>> = None;
    for (version, edge) in edges {
        if edge == Edge::Introduced {
            // 0 is before every version.
            let from = (version != "0").then(|| (version.to_owned(), true));
            open.get_or_insert(from);
        } else if let Some(from) = open.take() {
            found.push(Versions::Between(Interval {
                from,
                to: Some((version.to_owned(), edge == Edge::Until)),
            }));
        }
    }
    found.extend(open.map(|from| match from {
        Some(_) => Versions::Between(Interval { from, to: None }),
        None => Versions::All,
    }));
    Some(found)
}

/// What happens at a version, in the order in which events of one version count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    Before,
    Introduced,
    Until,
}

/// The version in the tag of a repository: `v1.2`, `openssl-3.0.1`.
fn without_tag<'v>(package: &str, version: &'v str) -> &'v str {
    let rest = version
        .get(..package.len())
        .filter(|start| start.eq_ignore_ascii_case(package))
        .and_then(|_| version[package.len()..].strip_prefix(['-', '_']))
        .unwrap_or(version);
    numbered(rest).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Advisories, Verdict, parse};
    use super::*;

    fn verdict(affected: &Value, version: &str) -> Result<Verdict> {
        let document = json!({ "id": "X-1", "modified": "", "affected": [affected] });
        let mut read = Advisories::default();
        parse("x.json", document.to_string().as_bytes(), &mut read)?;
        Ok(read.by_id["X-1"].products[0].verdict(version))
    }

    #[test]
    fn ranges_have_events() -> Result<()> {
        let affected = json!({
            "package": { "ecosystem": "OSS-Fuzz", "name": "x" },
            "ranges": [
                { "type": "GIT", "repo": "r", "events": [{ "introduced": "0" }] },
                { "type": "ECOSYSTEM", "events": [
                    { "introduced": "0" }, { "fixed": "1.5" },
                    { "introduced": "2.0" }, { "last_affected": "2.3" },
                    { "introduced": "3" }
                ] }
            ],
            "versions": ["v1.9", "x-1.9.1"]
        });
        for version in ["0.1", "1.4", "2.0", "2.3", "3", "99", "1.9", "1.9.1"] {
            assert_eq!(verdict(&affected, version)?, Verdict::Affected, "{version}");
        }
        for version in ["1.5", "1.8", "2.4", "2.9"] {
            assert_eq!(
                verdict(&affected, version)?,
                Verdict::Unaffected,
                "{version}"
            );
        }
        Ok(())
    }

    #[test]
    fn a_repository_names_its_package() -> Result<()> {
        let repository = json!({
            "ranges": [{ "type": "GIT", "repo": "https://example.org/xz/xz.git", "events": [{ "introduced": "0" }] }],
            "versions": ["v5.6.0", "xz-5.6.1"]
        });
        for (version, expected) in [("5.6.1", Verdict::Affected), ("5.4.6", Verdict::Unaffected)] {
            assert_eq!(verdict(&repository, version)?, expected, "{version}");
        }
        Ok(())
    }

    #[test]
    fn limits_may_be_tags() -> Result<()> {
        let up_to = |fixed: &str| {
            json!({
                "package": { "ecosystem": "OSS-Fuzz", "name": "x" },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": fixed }] }]
            })
        };
        for fixed in ["v1.2", "x-1.2"] {
            assert_eq!(verdict(&up_to(fixed), "1.1")?, Verdict::Affected);
            assert_eq!(verdict(&up_to(fixed), "1.2")?, Verdict::Unaffected);
        }
        let verdict = verdict(&up_to("release-2"), "1.1")?;
        assert!(matches!(verdict, Verdict::Unknown(_)), "{verdict:?}");
        Ok(())
    }

    #[test]
    fn what_cannot_be_compared_is_unknown() -> Result<()> {
        let range = json!([{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "3.0.11-1~deb12u2" }] }]);
        let debian =
            json!({ "package": { "ecosystem": "Debian:12", "name": "x" }, "ranges": range });
        let commits = json!({
            "package": { "ecosystem": "OSS-Fuzz", "name": "x" },
            "ranges": [{ "type": "GIT", "repo": "r", "events": [{ "introduced": "0" }] }]
        });
        let nothing = json!({ "package": { "ecosystem": "OSS-Fuzz", "name": "x" } });
        for affected in [debian, commits, nothing] {
            assert!(
                matches!(verdict(&affected, "3.0.13")?, Verdict::Unknown(_)),
                "{affected}"
            );
        }
        Ok(())
    }
}
