//! Which store paths of a text are in its context.
//!
//! As in a build, a path counts if its hash is in the text and the path itself is in the context. The context names a source by
//! its path, but an output only by its derivation, which gives the output's name but not its hash. Nearly always the name
//! identifies the output's path in the text. If several paths match, the text is ambiguous until the outputs' paths are
//! learned. `nix/bundle/roots.nix` does the same.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{Context, SourceString};
use crate::store::{Mention, StoreDir, StorePath, base_names, mentions};

/// The store paths that a text names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The paths that are closure roots.
    pub roots: BTreeSet<StorePath>,
    /// The paths that are not in the context, with the longest names that the text allows.
    pub bare: BTreeSet<StorePath>,
}

/// How a mention in a text relates to the context.
enum Match<'t> {
    /// It is a path in the context.
    Path,
    /// It has the name of an output, and nothing after it could belong to a name.
    Output(&'t str),
    /// It begins with the name of an output.
    Perhaps(&'t str),
    /// The context has no path with this name.
    Unknown,
}

/// The store paths that `text` names; `None` if the names don't tell which of them are in the context.
pub(super) fn named(text: &SourceString, dir: &StoreDir) -> Result<Option<Named>> {
    let mut named = Named::default();
    let Some(context) = &text.context else {
        for mention in mentions(&text.text, dir) {
            named.roots.insert(path_of(&mention, mention.name, dir)?);
        }
        return Ok(Some(named));
    };
    let known = Known::of(context);
    // As in a build, a hash counts wherever it is.
    named.roots.extend(
        known
            .paths
            .iter()
            .filter(|(hash, _)| text.text.contains(**hash))
            .map(|(_, path)| (*path).clone()),
    );
    let matched: Vec<_> = base_names(&text.text)
        .map(|mention| (known.find(&mention), mention))
        .collect();
    // The hashes before the name of an output.
    let mut hashes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (found, mention) in &matched {
        if let Match::Output(name) = found {
            hashes.entry(name).or_default().insert(mention.hash);
        }
    }
    let too_many = |(name, hashes): (&&str, &BTreeSet<&str>)| {
        hashes.len() > known.outputs.get(*name).map_or(0, BTreeSet::len)
    };
    if hashes.iter().any(too_many) {
        return Ok(None);
    }
    for (found, mention) in &matched {
        match found {
            Match::Path | Match::Unknown => {}
            Match::Output(name) => {
                named.roots.insert(path_of(mention, name, dir)?);
            }
            Match::Perhaps(name)
                if hashes
                    .get(name)
                    .is_some_and(|hashes| hashes.contains(mention.hash)) =>
            {
                named.roots.insert(path_of(mention, name, dir)?);
            }
            Match::Perhaps(_) => return Ok(None),
        }
    }
    let hashes: BTreeSet<_> = named.roots.iter().map(StorePath::hash).collect();
    for mention in mentions(&text.text, dir).filter(|mention| !hashes.contains(mention.hash)) {
        // The name may end a sentence, and text that can't be a path is not one.
        let path = path_of(&mention, mention.name.trim_end_matches('.'), dir);
        named.bare.extend(path);
    }
    Ok(Some(named))
}

fn path_of(mention: &Mention, name: &str, dir: &StoreDir) -> Result<StorePath> {
    dir.join(&format!("{}-{name}", mention.hash))
}

/// The content of a context.
#[derive(Default)]
struct Known<'t> {
    /// Paths by their hash.
    paths: BTreeMap<&'t str, &'t StorePath>,
    /// The names of outputs, each with the derivations that have an output of that name.
    outputs: BTreeMap<String, BTreeSet<&'t StorePath>>,
}

impl<'t> Known<'t> {
    fn of(context: &'t BTreeMap<StorePath, Context>) -> Self {
        let mut known = Self::default();
        for (path, element) in context {
            let itself = element.path || element.all_outputs;
            let paths = itself.then_some(path).into_iter().chain(&element.paths);
            known.paths.extend(paths.map(|path| (path.hash(), path)));
            if element.paths.is_empty() {
                for name in output_names(path, element) {
                    known.outputs.entry(name).or_default().insert(path);
                }
            }
        }
        known
    }

    fn find(&self, mention: &Mention) -> Match<'_> {
        if self.paths.contains_key(mention.hash) {
            return Match::Path;
        }
        let names = self.outputs.keys().filter_map(|name| {
            let rest = mention.name.strip_prefix(name.as_str())?;
            Some((name.as_str(), rest))
        });
        match names.max_by_key(|(name, _)| name.len()) {
            None => Match::Unknown,
            // No output's name continues like this, and a name may end a sentence.
            Some((name, rest))
                if rest.starts_with(['?', '=']) || rest.bytes().all(|byte| byte == b'.') =>
            {
                Match::Output(name)
            }
            Some((name, _)) => Match::Perhaps(name),
        }
    }
}

/// The names of the outputs that an element of a context refers to: of `<hash>-hello.drv` they are `hello` and `hello-dev`
/// (`outputPathName` in Nix's `derivations.cc`).
pub(super) fn output_names(drv: &StorePath, element: &Context) -> Vec<String> {
    let Some(package) = drv.name().strip_suffix(".drv") else {
        return Vec::new();
    };
    let name = |output: &String| match output.as_str() {
        "out" => package.to_owned(),
        output => format!("{package}-{output}"),
    };
    element.outputs.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-tool-1.0";
    const B: &str = "/nix/store/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-tool-1.0";
    const DRV: &str = "/nix/store/00000000000000000000000000000000-tool-1.0.drv";
    const OTHER_DRV: &str = "/nix/store/11111111111111111111111111111111-tool-1.0.drv";

    fn text(text: impl Into<String>, outputs: &[(&str, &[&str])]) -> Result<SourceString> {
        let element = |outputs: &[&str]| Context {
            outputs: outputs.iter().map(ToString::to_string).collect(),
            ..Context::default()
        };
        let context = outputs
            .iter()
            .map(|(drv, outputs)| Ok((StorePath::parse(drv)?, element(outputs))))
            .collect::<Result<_>>()?;
        Ok(SourceString {
            text: text.into(),
            context: Some(context),
            line: None,
        })
    }

    fn roots(text: &SourceString) -> Result<Option<Vec<String>>> {
        let named = named(text, &StoreDir::parse("/nix/store")?)?;
        let list = |named: Named| named.roots.iter().map(ToString::to_string).collect();
        Ok(named.map(list))
    }

    #[test]
    fn what_is_not_in_the_context_is_no_root() -> Result<()> {
        let other = "/nix/store/cccccccccccccccccccccccccccccccc-other";
        let text = text(format!("{A}/bin/a {other}."), &[(DRV, &["out"])])?;
        let named = named(&text, &StoreDir::parse("/nix/store")?)?;
        assert_eq!(
            named,
            Some(Named {
                roots: [StorePath::parse(A)?].into(),
                bare: [StorePath::parse(other)?].into(),
            })
        );
        assert_eq!(
            roots(&SourceString::plain(other))?,
            Some(vec![other.to_owned()])
        );
        Ok(())
    }

    #[test]
    fn the_context_tells_where_a_name_ends() -> Result<()> {
        let drv: &[(&str, &[&str])] = &[(DRV, &["out", "dev"])];
        for (written, expected) in [
            (format!("{A}?mode=ro"), vec![A.to_owned()]),
            (format!("{A}=x"), vec![A.to_owned()]),
            (format!("see {A}."), vec![A.to_owned()]),
            (A.replacen("/nix/store/", "in:", 1), vec![A.to_owned()]),
            (format!("{A}-dev/include"), vec![format!("{A}-dev")]),
            (format!("{A}/bin {A}-x"), vec![A.to_owned()]),
        ] {
            assert_eq!(roots(&text(&written, drv)?)?, Some(expected), "{written}");
        }
        Ok(())
    }

    #[test]
    fn two_paths_of_one_name_are_doubtful_until_their_outputs_are_learned() -> Result<()> {
        let both = format!("{A}/bin/a {B}/bin/b");
        let sure = text(&both, &[(DRV, &["out"]), (OTHER_DRV, &["out"])])?;
        assert_eq!(roots(&sure)?, Some(vec![A.to_owned(), B.to_owned()]));
        let mut doubtful = text(&both, &[(DRV, &["out"])])?;
        assert_eq!(roots(&doubtful)?, None);
        for element in doubtful.context.iter_mut().flatten() {
            element.1.paths = [StorePath::parse(B)?].into();
        }
        assert_eq!(roots(&doubtful)?, Some(vec![B.to_owned()]));
        Ok(())
    }

    #[test]
    fn what_may_be_another_output_is_doubtful() -> Result<()> {
        for written in [format!("{A}-dev/include"), format!("{A}-extra")] {
            assert_eq!(roots(&text(&written, &[(DRV, &["out"])])?)?, None);
        }
        Ok(())
    }

    #[test]
    fn a_path_in_the_context_tells_of_itself_alone() -> Result<()> {
        let [a, b] = [("a", "db"), ("b", "db?mode=ro")]
            .map(|(hash, name)| format!("/nix/store/{}-{name}", hash.repeat(32)));
        let is_path = Context {
            path: true,
            ..Context::default()
        };
        let text = SourceString {
            text: format!("{a}?mode=ro {b}"),
            context: Some(BTreeMap::from([
                (StorePath::parse(&a)?, is_path.clone()),
                (StorePath::parse(&b)?, is_path),
            ])),
            line: None,
        };
        assert_eq!(roots(&text)?, Some(vec![a, b]));
        Ok(())
    }
}
