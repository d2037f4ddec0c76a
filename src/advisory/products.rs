//! The product tree of CSAF: what its product ids mean.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use serde::Deserialize;

use super::versions::{Versions, numbered, parse_range};
use super::{Ecosystem, Named, Product};

/// What a product id means.
#[derive(Clone, Debug)]
pub struct Known {
    /// The package.
    pub named: Named,
    /// The versions that are meant.
    pub versions: Vec<Versions>,
}

/// What each product id means, or why that can't be told.
pub type Products = BTreeMap<String, Result<Rc<Known>, &'static str>>;

/// A product tree.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ProductTree {
    branches: Vec<Branch>,
    full_product_names: Vec<FullName>,
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
struct Branch {
    category: String,
    name: String,
    #[serde(default)]
    branches: Vec<Branch>,
    product: Option<FullName>,
}

#[derive(Deserialize)]
struct FullName {
    product_id: String,
    product_identification_helper: Option<Helper>,
}

#[derive(Deserialize)]
struct Helper {
    cpe: Option<String>,
    purl: Option<String>,
    /// CSAF 2.1.
    #[serde(default)]
    purls: Vec<String>,
}

/// A product as a part of another one.
#[derive(Deserialize)]
struct Relationship {
    full_product_name: FullName,
    product_reference: String,
}

/// What the branches above a product say of it.
#[derive(Clone, Copy, Default)]
struct Above<'t> {
    name: Option<&'t str>,
    version: Option<&'t str>,
    range: Option<&'t str>,
}

const NAMELESS: &str =
    "it has neither a package URL nor a CPE, and no product name in a branch, that tell its name";
const VAGUE: &str = "its range of versions is neither a version range specifier nor a list of comparisons, with versions that begin with a number";

impl ProductTree {
    /// Reads the tree.
    pub fn read(&self) -> Products {
        let mut products = Products::new();
        // Trees are as deep as the reader of JSON lets them be.
        let mut left: Vec<_> = self
            .branches
            .iter()
            .map(|branch| (branch, Above::default()))
            .collect();
        while let Some((branch, mut above)) = left.pop() {
            match branch.category.as_str() {
                "product_name" => above.name = Some(&branch.name),
                "product_version" => above.version = Some(&branch.name),
                "product_version_range" => above.range = Some(&branch.name),
                _ => {}
            }
            if let Some(product) = &branch.product {
                products.insert(product.product_id.clone(), known(product, above));
            }
            left.extend(branch.branches.iter().map(|branch| (branch, above)));
        }
        for product in &self.full_product_names {
            let known = known(product, Above::default());
            products.insert(product.product_id.clone(), known);
        }
        // A part may itself be made of parts.
        let mut wholes: HashMap<&str, Vec<&FullName>> = HashMap::new();
        for related in &self.relationships {
            let of_part = wholes.entry(&related.product_reference).or_default();
            of_part.push(&related.full_product_name);
        }
        let mut left: Vec<_> = products.keys().cloned().collect();
        while let Some(id) = left.pop() {
            for whole in wholes.remove(id.as_str()).into_iter().flatten() {
                let own = known(whole, Above::default());
                let meant = own.or_else(|_| products[&id].clone());
                products.insert(whole.product_id.clone(), meant);
                left.push(whole.product_id.clone());
            }
        }
        products
    }
}

fn known(product: &FullName, above: Above) -> Result<Rc<Known>, &'static str> {
    let helper = product.product_identification_helper.as_ref();
    let urls = helper
        .into_iter()
        .flat_map(|helper| helper.purl.iter().chain(&helper.purls));
    let mut by_url = urls.filter_map(|url| Product::of_url(url));
    let by_cpe = || of_cpe(helper?.cpe.as_deref()?);
    let upstream = |name: &str| Named::Package(Ecosystem::upstream(), name.to_owned());
    let by_branch = || Some((upstream(above.name?), None));
    let (named, version) = by_url
        .next()
        .or_else(by_cpe)
        .or_else(by_branch)
        .ok_or(NAMELESS)?;
    let versions = match (above.range, version.as_deref().or(above.version)) {
        (Some(range), _) => parse_range(range).ok_or(VAGUE)?,
        (None, Some(version)) => {
            let exact = numbered(version).unwrap_or(version);
            vec![Versions::Exactly(exact.to_owned())]
        }
        (None, None) => vec![Versions::All],
    };
    Ok(Rc::new(Known { named, versions }))
}

/// Product and version of a CPE, in either notation (`cpe:2.3:a:VENDOR:PRODUCT:VERSION:…`, `cpe:/a:VENDOR:PRODUCT:VERSION`).
fn of_cpe(cpe: &str) -> Option<(Named, Option<String>)> {
    let rest = cpe
        .strip_prefix("cpe:2.3:")
        .or_else(|| cpe.strip_prefix("cpe:/"))?;
    let mut parts = rest.split(':');
    // Operating systems and hardware are no packages.
    (parts.next()? == "a").then_some(())?;
    let _vendor = parts.next()?;
    let plain = |part: &str| part.replace('\\', "");
    let is_told = |part: &String| !matches!(part.as_str(), "" | "*" | "-");
    let name = parts.next().map(plain).filter(is_told)?;
    let version = parts.next().map(plain).filter(is_told);
    Some((Named::Package(Ecosystem::upstream(), name), version))
}

#[cfg(test)]
mod tests {
    use anyhow::Result;
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_mean_what_identifies_the_product_best() -> Result<()> {
        let product = |id: &str, helper: serde_json::Value| json!({ "product_id": id, "name": "a name for people", "product_identification_helper": helper });
        let tree: ProductTree = serde_json::from_value(json!({
            "full_product_names": [
                product("url", json!({ "purl": "pkg:rpm/redhat/openssl@3.0.7-24.el9" })),
                product("urls", json!({ "purls": ["pkg:generic/openssl@3.0.7"] })),
                product("cpe", json!({ "cpe": "cpe:2.3:a:openssl:openssl:3.0.7:*:*:*:*:*:*:*" })),
                product("old-cpe", json!({ "cpe": "cpe:/a:openssl:openssl" })),
                product("system", json!({ "cpe": "cpe:/o:redhat:enterprise_linux:9" })),
                { "product_id": "nameless", "name": "OpenSSL 3" },
            ],
            "relationships": [
                { "category": "default_component_of", "product_reference": "part", "relates_to_product_reference": "system", "full_product_name": { "product_id": "whole", "name": "" } },
                { "category": "default_component_of", "product_reference": "cpe", "relates_to_product_reference": "system", "full_product_name": { "product_id": "part", "name": "" } },
            ]
        }))?;
        let products = tree.read();
        let told = |id: &str| match &products[id] {
            Ok(known) => match &known.named {
                Named::Package(ecosystem, name) => {
                    format!("{} {name} {:?}", ecosystem.name, known.versions)
                }
                Named::Path(_) => String::new(),
            },
            Err(why) => (*why).to_owned(),
        };
        assert_eq!(told("url"), r#"rpm openssl [Exactly("3.0.7-24.el9")]"#);
        assert_eq!(told("cpe"), r#"generic openssl [Exactly("3.0.7")]"#);
        assert_eq!(told("urls"), told("cpe"));
        assert_eq!(told("old-cpe"), "generic openssl [All]");
        assert_eq!(told("whole"), told("cpe"));
        assert_eq!(told("system"), NAMELESS);
        assert_eq!(told("nameless"), NAMELESS);
        Ok(())
    }
}
