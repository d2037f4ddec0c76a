//! The advisories of one file, as they are added to those of others.

use anyhow::{Result, bail};

use super::{Advisories, Advisory, Named, Product, Versions};

/// How many bytes of text may come from one file: four times as many as the largest file has.
const MOST: usize = 256 << 20;

/// A file whose advisories are added.
pub struct File<'a> {
    name: &'a str,
    into: &'a mut Advisories,
    left: usize,
}

impl<'a> File<'a> {
    /// A file of this name, whose advisories are added to others.
    pub fn new(name: &'a str, into: &'a mut Advisories) -> Self {
        let left = MOST;
        Self { name, into, left }
    }

    /// Adds what the file says of an id.
    pub fn add(&mut self, id: String, advisory: Advisory) -> Result<()> {
        let aliases = advisory.aliases.iter().map(String::len);
        let products = advisory.products.iter().map(size_of_product);
        let summary = advisory.summary.as_ref().map_or(0, String::len);
        self.spend(id.len() + summary + aliases.chain(products).sum::<usize>())?;
        self.into.add(id, advisory);
        Ok(())
    }

    /// Notes something that was left out.
    pub fn leave_out(&mut self, place: &str, why: &str) -> Result<()> {
        let left_out = format!("{}: {place}: {why}", self.name);
        self.spend(left_out.len())?;
        self.into.left_out.push(left_out);
        Ok(())
    }

    /// Fails if the file becomes too large with so many bytes more. A text can be repeated with a few bytes, by its id or its place.
    pub fn spend(&mut self, bytes: usize) -> Result<()> {
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => bail!(
                "it repeats its texts too often: with every repetition, they have more than {} MiB (split it into several files)",
                MOST >> 20
            ),
        }
        Ok(())
    }
}

fn size_of_product(product: &Product) -> usize {
    let versions = product.affected.iter().chain(&product.unaffected);
    size_of_name(&product.named) + versions.map(size_of_versions).sum::<usize>()
}

/// The bytes of a name.
pub fn size_of_name(named: &Named) -> usize {
    match named {
        Named::Path(base) => base.len(),
        Named::Package(ecosystem, name) => ecosystem.name.len() + name.len(),
    }
}

/// The bytes of some versions.
pub fn size_of_versions(versions: &Versions) -> usize {
    let limits = match versions {
        Versions::All => [0, 0],
        Versions::Exactly(version) => [version.len(), 0],
        Versions::Between(interval) => [&interval.from, &interval.to]
            .map(|limit| limit.as_ref().map_or(0, |(version, _)| version.len())),
    };
    size_of::<Versions>() + limits.iter().sum::<usize>()
}
