//! The text of `bundle.json`, and the seal over it.

use std::collections::BTreeMap;
use std::io::{Sink, Write};

use anyhow::{Context, Result};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::text::{InText, Text};
use super::{Bundle, Digest};
use crate::service::UnitName;
use crate::store::StorePath;

/// The seal that a bundle ought to have: the digest of everything in it but the seal itself, in the text that Nix's
/// `builtins.toJSON` gives for it, so that a Nix expression can check it. The drop-ins take part with their digests.
pub fn seal(bundle: &Bundle) -> Result<Digest> {
    text(bundle, None::<Sink>).context("could not seal the bundle")
}

/// Writes `bundle.json` to `out`, with the seal that it ought to have.
pub fn write_sealed(bundle: &Bundle, out: impl Write + Send) -> Result<()> {
    text(bundle, Some(out)).map(drop)
}

fn text(bundle: &Bundle, out: Option<impl Write + Send>) -> Result<Digest> {
    // Each by its name, so that none can be forgotten.
    let Bundle {
        closures,
        paths,
        seal: _,
        services,
        source,
        store_dir,
        version,
    } = bundle;
    let mut sealed = Sealed {
        hash: Sha256::new(),
        out,
    };
    sealed.add(true, "closures", closures, String::as_str)?;
    sealed.add(false, "paths", paths, StorePath::as_str)?;
    // What stands behind the seal in the file is part of it.
    let Sealed { hash, out } = sealed;
    let mut behind = Sealed {
        hash,
        out: out.is_some().then(Vec::new),
    };
    behind.add(false, "services", services, UnitName::as_str)?;
    let mut end = Text::new(out.is_some());
    if !source.is_nix() {
        end.member(1, false, "source", source)?;
    }
    end.member(1, false, "storeDir", store_dir)?;
    end.member(1, false, "version", version)?;
    end.line(0);
    end.both("}");
    behind.take(&end)?;
    let seal = Digest::finish(behind.hash);
    if let (Some(mut out), Some(behind)) = (out, behind.out) {
        write!(out, ",\n  \"seal\": \"{seal}\"")?;
        out.write_all(&behind)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(seal)
}

/// The text as far as it was made: its digest, and the file where there is one.
struct Sealed<W> {
    hash: Sha256,
    out: Option<W>,
}

/// Into how many pieces the members of a large object are cut.
const PIECES: usize = 256;

/// How many of them are made at once and held: all would be tens of megabytes.
const HELD: usize = 16;

impl<W: Write + Send> Sealed<W> {
    /// Adds a member of the whole that is an object.
    fn add<K: Sync, V: InText + Sync>(
        &mut self,
        is_first: bool,
        name: &str,
        members: &BTreeMap<K, V>,
        key: fn(&K) -> &str,
    ) -> Result<()> {
        let is_indented = self.out.is_some();
        let mut start = Text::new(is_indented);
        start.both(if is_first { "{" } else { "" });
        start.name(1, is_first, name)?;
        start.both("{");
        let members: Vec<_> = members.iter().enumerate().collect();
        let size = members.len().div_ceil(PIECES).max(1);
        let piece = |members: &[(usize, (&K, &V))]| {
            let mut text = Text::new(is_indented);
            for (i, (name, value)) in members {
                text.name(2, *i == 0, key(name))?;
                value.add_to(&mut text, 2)?;
            }
            Ok(text)
        };
        let mut made = vec![start];
        for held in members.chunks(size * HELD) {
            // Those made before are taken while the next are made.
            let (taken, next) = rayon::join(
                || made.iter().try_for_each(|text| self.take(text)),
                || held.par_chunks(size).map(piece).collect::<Result<_>>(),
            );
            taken?;
            made = next?;
        }
        let mut end = Text::new(is_indented);
        if !members.is_empty() {
            end.line(1);
        }
        end.both("}");
        made.push(end);
        made.iter().try_for_each(|text| self.take(text))
    }

    fn take(&mut self, text: &Text) -> Result<()> {
        self.hash.update(&text.compact);
        if let (Some(out), Some(indented)) = (&mut self.out, &text.indented) {
            out.write_all(indented)?;
        }
        Ok(())
    }
}
