//! Advisories in the Common Security Advisory Framework 2.0 and 2.1 (<https://docs.oasis-open.org/csaf/csaf/v2.0/>).

use std::collections::HashMap;

use anyhow::Result;
use serde::Deserialize;

use super::file::{File, size_of_name, size_of_versions};
use super::products::{Known, ProductTree};
use super::{Advisory, Kind, Named, Product};

/// A document. Keys that don't matter here are left out.
#[derive(Deserialize)]
pub struct Csaf {
    document: About,
    #[serde(default)]
    product_tree: ProductTree,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct About {
    tracking: Tracking,
    title: Option<String>,
}

#[derive(Deserialize)]
struct Tracking {
    id: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    cve: Option<String>,
    #[serde(default)]
    ids: Vec<Id>,
    title: Option<String>,
    #[serde(default)]
    product_status: Status,
}

#[derive(Deserialize)]
struct Id {
    text: String,
}

/// The ids of products.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    first_affected: Vec<String>,
    first_fixed: Vec<String>,
    fixed: Vec<String>,
    known_affected: Vec<String>,
    known_not_affected: Vec<String>,
    last_affected: Vec<String>,
    recommended: Vec<String>,
    under_investigation: Vec<String>,
    unknown: Vec<String>,
}

/// Adds the vulnerabilities of a document.
pub fn add(csaf: Csaf, file: &mut File) -> Result<()> {
    let document = csaf.document.tracking.id;
    let tree = csaf.product_tree.read();
    for (index, vulnerability) in csaf.vulnerabilities.into_iter().enumerate() {
        let mut ids = vulnerability.ids.into_iter().map(|id| id.text);
        let id = vulnerability.cve.or_else(|| ids.next());
        let place = format!("vulnerabilities[{index}]");
        let id = id.unwrap_or_else(|| format!("{document}: {place}"));
        let mut products = Found::default();
        let mut take = |names: Vec<String>, add: fn(&mut Product, &Known)| -> Result<bool> {
            let mut are_known = true;
            for name in names {
                let why = match tree.get(&name) {
                    Some(Ok(known)) => {
                        let versions = known.versions.iter().map(size_of_versions);
                        file.spend(size_of_name(&known.named) + versions.sum::<usize>())?;
                        add(products.of(&known.named), known);
                        continue;
                    }
                    Some(Err(why)) => *why,
                    None => "the product tree has no such product",
                };
                are_known = false;
                file.leave_out(&format!("{place}: {name}"), why)?;
            }
            Ok(are_known)
        };
        let mut is_vague = false;
        let status = vulnerability.product_status;
        for names in [
            status.known_affected,
            status.first_affected,
            status.last_affected,
        ] {
            is_vague |= !take(names, |product, known| {
                product.affected.extend(known.versions.clone());
            })?;
        }
        for names in [
            status.fixed,
            status.first_fixed,
            status.known_not_affected,
            status.recommended,
        ] {
            take(names, |product, known| {
                product.unaffected.extend(known.versions.clone());
            })?;
        }
        for names in [status.under_investigation, status.unknown] {
            is_vague |= !take(names, |product, _| {
                product.incomparable = Some("the advisory says that it is not known yet");
            })?;
        }
        let title = vulnerability.title.or_else(|| csaf.document.title.clone());
        let advisory = Advisory {
            kind: Some(Kind::Csaf),
            aliases: ids
                .chain([document.clone()])
                .filter(|alias| *alias != id)
                .collect(),
            summary: title,
            products: products.all,
            is_vague,
        };
        file.add(id, advisory)?;
    }
    Ok(())
}

/// Products, in the order in which they were found.
#[derive(Default)]
struct Found<'t> {
    all: Vec<Product>,
    indices: HashMap<&'t Named, usize>,
}

impl<'t> Found<'t> {
    /// The product of this name, which is added if it is new.
    fn of(&mut self, named: &'t Named) -> &mut Product {
        let index = *self.indices.entry(named).or_insert_with(|| {
            self.all.push(Product::new(named.clone()));
            self.all.len() - 1
        });
        &mut self.all[index]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Advisories, Verdict, parse};
    use super::*;

    #[test]
    fn products_have_names_and_versions() -> Result<()> {
        let branch = |category: &str, name: &str, rest: serde_json::Value| {
            let mut branch = json!({ "category": category, "name": name });
            for (key, value) in rest.as_object().into_iter().flatten() {
                branch[key] = value.clone();
            }
            branch
        };
        let product = |id: &str| json!({ "product": { "product_id": id, "name": "X" } });
        let document = json!({
            "document": { "title": "Overflow", "tracking": { "id": "A-1" } },
            "product_tree": { "branches": [branch("vendor", "X project", json!({ "branches": [
                branch("product_name", "x", json!({ "branches": [
                    branch("product_version", "1.0", product("old")),
                    branch("product_version_range", "vers:generic/>=1.1|<1.5", product("range")),
                    branch("product_version", "1.5", product("new")),
                    branch("product_version_range", "some before 1", product("vague")),
                ] })),
            ] }))] },
            "vulnerabilities": [{ "cve": "CVE-2026-1", "product_status": {
                "known_affected": ["old", "range", "vague", "none"], "fixed": ["new"],
            } }]
        });
        let mut read = Advisories::default();
        parse("a.json", document.to_string().as_bytes(), &mut read)?;
        let advisory = &read.by_id["CVE-2026-1"];
        assert_eq!(advisory.summary.as_deref(), Some("Overflow"));
        assert!(advisory.aliases.contains("A-1"));
        let [product] = &advisory.products[..] else {
            anyhow::bail!("{:?}", advisory.products)
        };
        assert!(matches!(&product.named, Named::Package(_, name) if name == "x"));
        for (version, verdict) in [
            ("1.0", Verdict::Affected),
            ("1.4", Verdict::Affected),
            ("1.5", Verdict::Unaffected),
        ] {
            assert_eq!(product.verdict(version), verdict, "{version}");
        }
        assert!(matches!(product.verdict("1.6"), Verdict::Unknown(_)));
        assert_eq!(read.left_out.len(), 2, "{:?}", read.left_out);
        Ok(())
    }
}
