//! Resolves the outputs of derivations, which the context of a string refers to, to store paths.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::command::{chunks, read_output};
use super::{Nix, Options, local_files};
use crate::document::Kind;
use crate::service::{Outputs, Services};
use crate::store::{StoreDir, StoreFiles, StorePath};

/// Resolves the outputs in the contexts of `services` to store paths, built or not: from the files of the derivations or, if those
/// are not on this machine, by asking the store used for evaluation. The derivations of a recording may be gone, so for a recording
/// that store is asked only about derivations whose names alone don't identify the outputs.
pub fn learn_outputs(nix: &Nix, services: &mut Services, is_recorded: bool) -> Result<()> {
    let dir = services.store_dir.clone();
    let options = nix.options().clone();
    let evaluated = Nix::new(
        Options {
            store: options.eval_store.clone().or(options.store.clone()),
            ..options
        },
        nix.progress(),
    );
    let wanted = services.derivations();
    let files = local_files(evaluated.options(), &dir);
    let mut known = Outputs::new();
    for derivation in &wanted {
        if let Some(outputs) = read(derivation, files.as_ref(), &dir) {
            known.insert(derivation.clone(), outputs);
        }
    }
    services.learn_outputs(&known)?;
    let mut unknown = if is_recorded {
        services.doubtful_derivations()?
    } else {
        wanted
    };
    unknown.retain(|derivation| !known.contains_key(derivation));
    services.learn_outputs(&ask(&evaluated, unknown)?)
}

/// How many bytes of a derivation to read. Its outputs come first.
const HEAD: usize = 1 << 16;

/// Reads the outputs of a derivation from its file; `None` if the file is missing or has an unknown format.
fn read(
    derivation: &StorePath,
    files: &dyn StoreFiles,
    dir: &StoreDir,
) -> Option<BTreeSet<StorePath>> {
    let document = files
        .open(derivation.as_str(), Kind::Configuration)
        .ok()??;
    let head = document.head(HEAD).ok()?;
    parse(&String::from_utf8_lossy(&head), dir)
}

/// Parses the outputs at the beginning of a derivation:
/// `Derive([("dev","/nix/store/…-hello-dev","",""),("out","/nix/store/…-hello","","")],…` (`Derivation::unparse` in Nix's
/// `derivations.cc`). The path of a content-addressed output is empty.
fn parse(text: &str, dir: &StoreDir) -> Option<BTreeSet<StorePath>> {
    let mut rest = text.strip_prefix("Derive([")?;
    let mut outputs = BTreeSet::new();
    loop {
        // None of these fields can contain a quotation mark.
        let (fields, after) = rest.strip_prefix("(\"")?.split_once("\")")?;
        let path = fields.split("\",\"").nth(1)?;
        if !path.is_empty() {
            outputs.insert(dir.owner(path).filter(|owner| owner.as_str() == path)?);
        }
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return after.starts_with(']').then_some(outputs),
        }
    }
}

/// Asks the store for the outputs of derivations.
fn ask(nix: &Nix, mut derivations: BTreeSet<StorePath>) -> Result<Outputs> {
    let mut known = Outputs::new();
    while !derivations.is_empty() {
        // For several derivations nix prints one list of paths. Query only those together whose outputs can be told apart by name.
        let mut together: Vec<StorePath> = Vec::new();
        for derivation in &derivations {
            let is_like = |other: &StorePath| {
                may_be_of(derivation, package(other)) || may_be_of(other, package(derivation))
            };
            if !together.iter().any(is_like) {
                together.push(derivation.clone());
            }
        }
        for chunk in chunks(together.iter().map(StorePath::as_str)) {
            let arguments = ["--query", "--outputs"].map(Into::into);
            let answer = nix
                .nix_store(arguments.into_iter().chain(chunk), read_output)
                .with_context(|| {
                    let first = &together[0];
                    format!(
                        "cannot query the outputs of {first} (record the services where they were evaluated, with `confinix services`)"
                    )
                })?;
            for line in String::from_utf8(answer)?.lines() {
                let path = StorePath::parse(line)?;
                let of = together
                    .iter()
                    .find(|derivation| may_be_of(derivation, path.name()));
                if let Some(derivation) = of {
                    known.entry(derivation.clone()).or_default().insert(path);
                }
            }
        }
        derivations.retain(|derivation| !together.contains(derivation));
    }
    Ok(known)
}

/// Returns the name of the package that a derivation builds.
fn package(derivation: &StorePath) -> &str {
    derivation.name().trim_end_matches(".drv")
}

/// Whether an output of `derivation` may have this name.
fn may_be_of(derivation: &StorePath, name: &str) -> bool {
    let rest = name.strip_prefix(package(derivation));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derivation_begins_with_its_outputs() -> Result<()> {
        let dir = StoreDir::parse("/nix/store")?;
        let [a, b] = ["a", "b"].map(|hash| format!("/nix/store/{}-x", hash.repeat(32)));
        let both = parse(
            &format!(
                r#"Derive([("dev","{b}","",""),("out","{a}","r:sha256","00")],[("/nix/store/y.drv",["out"])],["#
            ),
            &dir,
        );
        let paths = [StorePath::parse(&a)?, StorePath::parse(&b)?];
        assert_eq!(both, Some(paths.into()));
        let unknown = parse(r#"Derive([("out","","r:sha256","")],["#, &dir);
        assert_eq!(unknown, Some(BTreeSet::new()));
        for odd in [
            "",
            "Derive([",
            r#"Derive([("out","/elsewhere/x","","")],["#,
            &format!(r#"Derive([("out","{a}"#),
            &format!(r#"Derive([("out","{a}","","")"#),
        ] {
            assert_eq!(parse(odd, &dir), None, "{odd}");
        }
        Ok(())
    }

    #[test]
    fn names_part_what_is_printed_of_several() -> Result<()> {
        let drv = StorePath::parse("/nix/store/00000000000000000000000000000000-hello.drv")?;
        for (name, expected) in [
            ("hello", true),
            ("hello-dev", true),
            ("hello2", false),
            ("hell", false),
        ] {
            assert_eq!(may_be_of(&drv, name), expected, "{name}");
        }
        Ok(())
    }
}
