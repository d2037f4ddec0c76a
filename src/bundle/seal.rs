//! The text of `bundle.json`, and the seal over it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Sink, Write};

use anyhow::{Context, Result};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::compact::{Compact, add_name, member};
use super::indent::indent;
use super::numbered::numbered;
use super::{Bundle, BundlePath, Closure, Digest};
use crate::service::UnitName;
use crate::store::StorePath;

/// The correct seal of a bundle: the digest of everything in it except the seal itself, in the text of Nix's `builtins.toJSON`,
/// so that a Nix expression can check it. It covers the digests of the drop-ins.
pub fn seal(bundle: &Bundle) -> Result<Digest> {
    text(bundle, None, None::<Sink>).context("cannot seal the bundle")
}

/// Writes `bundle.json` to `out`, indented, with the correct seal. `beginning` is its beginning, if that is already made.
pub fn write_sealed(
    bundle: &Bundle,
    beginning: Option<&Beginning>,
    out: impl Write + Send,
) -> Result<()> {
    text(bundle, beginning, Some(out)).map(drop)
}

/// The closures and paths of a `bundle.json`: its beginning, and nearly all of it.
pub struct Beginning(Sealed<Vec<u8>>);

impl fmt::Debug for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beginning").finish_non_exhaustive()
    }
}

/// Makes the beginning of a `bundle.json` before the rest is known.
pub fn beginning(
    closures: &BTreeMap<String, Closure>,
    paths: &BTreeMap<StorePath, BundlePath>,
) -> Result<Beginning> {
    let mut sealed = Sealed {
        hash: Sha256::new(),
        out: Some(Vec::new()),
    };
    sealed.begin(closures, paths)?;
    Ok(Beginning(sealed))
}

fn text(
    bundle: &Bundle,
    beginning: Option<&Beginning>,
    out: Option<impl Write + Send>,
) -> Result<Digest> {
    // Destructured by name, so that none can be forgotten.
    let Bundle {
        closures,
        paths,
        seal: _,
        services,
        source,
        store_dir,
        unconfined,
        manager,
        version,
        view,
    } = bundle;
    let mut sealed = Sealed {
        hash: Sha256::new(),
        out,
    };
    match beginning {
        Some(Beginning(begun)) => sealed.go_on_from(begun)?,
        None => sealed.begin(closures, paths)?,
    }
    // Members after the seal in the file are part of it.
    let Sealed { hash, out } = sealed;
    let mut behind = Sealed {
        hash,
        out: out.is_some().then(Vec::new),
    };
    behind.add(false, "services", services, UnitName::as_str)?;
    let mut end = vec![b','];
    if !source.is_default() {
        member(&mut end, "source", source)?;
    }
    member(&mut end, "storeDir", store_dir)?;
    if !unconfined.is_empty() {
        member(&mut end, "unconfined", unconfined)?;
    }
    if !manager.is_system() {
        member(&mut end, "user", manager)?;
    }
    member(&mut end, "version", version)?;
    if let Some(view) = view {
        member(&mut end, "view", view)?;
    }
    end.push(b'}');
    behind.take(&behind.piece(end, 1)?)?;
    let seal = Digest::finish(behind.hash);
    if let (Some(mut out), Some(behind)) = (out, behind.out) {
        write!(out, ",\n  \"seal\": \"{seal}\"")?;
        out.write_all(&behind)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(seal)
}

/// The text so far: its digest, and the file, if there is one.
struct Sealed<W> {
    hash: Sha256,
    out: Option<W>,
}

/// A part of the text: in its sealed form and, if it is written, in its written form.
struct Piece {
    compact: Vec<u8>,
    indented: Vec<u8>,
}

/// The number of pieces of a large object.
const PIECES: usize = 256;

/// How many of them are made and held at once: all would be tens of megabytes.
const HELD: usize = 16;

impl<W: Write + Send> Sealed<W> {
    /// Appends the closures and the paths.
    fn begin(
        &mut self,
        closures: &BTreeMap<String, Closure>,
        paths: &BTreeMap<StorePath, BundlePath>,
    ) -> Result<()> {
        let closures = numbered(closures, paths)?;
        self.add(true, "closures", &closures, String::as_str)?;
        self.add(false, "paths", paths, StorePath::as_str)
    }

    /// Goes on after a text that is already made.
    fn go_on_from(&mut self, begun: &Sealed<Vec<u8>>) -> Result<()> {
        self.hash = begun.hash.clone();
        if let (Some(out), Some(text)) = (&mut self.out, &begun.out) {
            out.write_all(text)?;
        }
        Ok(())
    }

    /// Appends a top-level member that is an object.
    fn add<K: Sync, V: Compact + Sync>(
        &mut self,
        is_first: bool,
        name: &str,
        members: &BTreeMap<K, V>,
        key: fn(&K) -> &str,
    ) -> Result<()> {
        let (before, depth) = if is_first { ("{", 0) } else { (",", 1) };
        if members.is_empty() {
            let empty = format!("{before}\"{name}\":{{}}");
            return self.take(&self.piece(empty.into(), depth)?);
        }
        let is_indented = self.out.is_some();
        let members: Vec<_> = members.iter().enumerate().collect();
        let size = members.len().div_ceil(PIECES);
        let piece = |members: &[(usize, (&K, &V))]| {
            let mut compact = Vec::new();
            for (i, (name, value)) in members {
                if *i > 0 {
                    compact.push(b',');
                }
                add_name(&mut compact, key(name))?;
                value.add_to(&mut compact)?;
            }
            Piece::new(compact, 2, is_indented)
        };
        let start = format!("{before}\"{name}\":{{");
        let mut made = vec![self.piece(start.into(), depth)?];
        for held in members.chunks(size * HELD) {
            // Finished pieces are consumed while the next ones are made.
            let (taken, next) = rayon::join(
                || made.iter().try_for_each(|piece| self.take(piece)),
                || held.par_chunks(size).map(piece).collect::<Result<_>>(),
            );
            taken?;
            made = next?;
        }
        made.push(self.piece(b"}".into(), 2)?);
        made.iter().try_for_each(|piece| self.take(piece))
    }

    fn piece(&self, compact: Vec<u8>, depth: usize) -> Result<Piece> {
        Piece::new(compact, depth, self.out.is_some())
    }

    fn take(&mut self, piece: &Piece) -> Result<()> {
        self.hash.update(&piece.compact);
        if let Some(out) = &mut self.out {
            out.write_all(&piece.indented)?;
        }
        Ok(())
    }
}

impl Piece {
    /// A piece that starts at `depth` levels.
    fn new(compact: Vec<u8>, depth: usize, is_indented: bool) -> Result<Self> {
        let mut indented = Vec::new();
        if is_indented {
            indent(str::from_utf8(&compact)?, depth, &mut indented);
        }
        Ok(Self { compact, indented })
    }
}
