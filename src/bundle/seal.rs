//! The text of `bundle.json`, and the seal over it.

use std::collections::BTreeMap;
use std::io::{Sink, Write};

use anyhow::{Context, Result};
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::indent::indent;
use super::{Bundle, Digest};

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
        store_dir,
        version,
    } = bundle;
    let mut text = Text {
        hash: Sha256::new_with_prefix("{"),
        out,
    };
    text.write(b"{\n")?;
    text.object("closures", closures)?;
    text.next()?;
    text.object("paths", paths)?;
    text.next()?;
    // What stands behind the seal in the file is part of it.
    let Text { hash, out } = text;
    let mut behind = Text {
        hash,
        out: out.is_some().then(Vec::new),
    };
    behind.object("services", services)?;
    behind.next()?;
    behind.member("storeDir", store_dir)?;
    behind.next()?;
    behind.member("version", version)?;
    behind.hash.update("}");
    behind.write(b"\n}\n")?;
    let seal = Digest::finish(behind.hash);
    if let (Some(mut out), Some(behind)) = (out, behind.out) {
        writeln!(out, "  \"seal\": \"{seal}\",")?;
        out.write_all(&behind)?;
        out.flush()?;
    }
    Ok(seal)
}

/// JSON that is made twice: compact, for the seal, and indented, for the file where there is one.
struct Text<W> {
    hash: Sha256,
    out: Option<W>,
}

/// Some members of an object, in both forms.
struct Piece {
    compact: Vec<u8>,
    indented: Vec<u8>,
}

/// Into how many pieces the members of a large object are cut.
const PIECES: usize = 256;

/// How many of them are made at once and held: all would be tens of megabytes.
const HELD: usize = 16;

impl<W: Write + Send> Text<W> {
    /// Adds a member of the whole.
    fn member(&mut self, name: &str, value: &(impl Serialize + Sync)) -> Result<()> {
        let piece = piece(&[(name, value)], 1, self.out.is_some())?;
        self.hash.update(&piece.compact);
        self.write(&piece.indented)
    }

    /// Adds a member of the whole that is an object.
    fn object<K: Serialize + Sync, V: Serialize + Sync>(
        &mut self,
        name: &str,
        members: &BTreeMap<K, V>,
    ) -> Result<()> {
        if members.is_empty() {
            return self.member(name, members);
        }
        self.hash.update(format!("\"{name}\":{{"));
        self.write(format!("  \"{name}\": {{\n").as_bytes())?;
        let members: Vec<_> = members.iter().collect();
        let is_written = self.out.is_some();
        let size = members.len().div_ceil(PIECES);
        let pieces = |members: &[(&K, &V)]| {
            let pieces = members.par_chunks(size);
            pieces
                .map(|members| piece(members, 2, is_written))
                .collect::<Result<Vec<_>>>()
        };
        let mut made = Vec::new();
        let mut is_first = true;
        for held in members.chunks(size * HELD) {
            // Those made before are taken while the next are made.
            let (taken, next) = rayon::join(|| self.take(&made, &mut is_first), || pieces(held));
            taken?;
            made = next?;
        }
        self.take(&made, &mut is_first)?;
        self.hash.update("}");
        self.write(b"\n  }")
    }

    fn take(&mut self, pieces: &[Piece], is_first: &mut bool) -> Result<()> {
        for piece in pieces {
            if !std::mem::take(is_first) {
                self.next()?;
            }
            self.hash.update(&piece.compact);
            self.write(&piece.indented)?;
        }
        Ok(())
    }

    /// Goes on to the next member.
    fn next(&mut self) -> Result<()> {
        self.hash.update(",");
        self.write(b",\n")
    }

    fn write(&mut self, indented: &[u8]) -> Result<()> {
        if let Some(out) = &mut self.out {
            out.write_all(indented)?;
        }
        Ok(())
    }
}

fn piece(
    members: &[(impl Serialize, impl Serialize)],
    depth: usize,
    is_written: bool,
) -> Result<Piece> {
    let mut compact = Vec::new();
    for (i, (name, value)) in members.iter().enumerate() {
        if i > 0 {
            compact.push(b',');
        }
        serde_json::to_writer(&mut compact, name)?;
        compact.push(b':');
        serde_json::to_writer(&mut compact, value)?;
    }
    let indented = if is_written {
        indent(&compact, depth)
    } else {
        Vec::new()
    };
    Ok(Piece { compact, indented })
}
