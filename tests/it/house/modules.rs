//! Which modules of `src/` use which.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::sources;
use crate::support::fixture;

/// What any module but the last may use: files of `src/` itself, which use only the last module.
const EVERYWHERE: [&str; 3] = ["interrupt", "progress", "search_path"];

#[test]
fn a_module_uses_only_modules_below_it() -> Result<()> {
    let mut rows = rows()?;
    let last = rows.pop().context("ARCHITECTURE.md lists no module")?;
    rows.extend([EVERYWHERE.map(str::to_owned).to_vec(), last]);
    let floor = |module: &str| {
        let found = rows
            .iter()
            .position(|row| row.iter().any(|known| known == module));
        found.with_context(|| format!("ARCHITECTURE.md does not list the module {module}"))
    };
    let mut reaching_up = Vec::new();
    for file in sources("src", "rs")? {
        let module = module_of(&file)?;
        let Some(own) = module.first() else {
            continue;
        };
        for used in used_modules(&fs::read_to_string(&file)?, module.len()) {
            if used != *own && floor(&used)? <= floor(own)? {
                reaching_up.push(format!("{}: {used}", file.display()));
            }
        }
    }
    assert!(reaching_up.is_empty(), "{}", reaching_up.join("\n"));
    Ok(())
}

#[test]
fn a_use_is_seen_however_it_is_written() {
    let text = "\
        #[cfg(test)]\nmod tests;\n\
        #[cfg(test)]\nfn only() {\n    crate::cli::main();\n}\n\
        // crate::output\n\
        use crate::{audit::Policy, root};\n\
        use super::super::store::{Graph, config};\n\
        use super::change::Change;\n\
        fn f() -> crate::view::Image {\n    crate::local()\n}\n";
    let seen = used_modules(text, 2).into_iter().collect::<Vec<_>>();
    assert_eq!(seen, ["audit", "root", "store", "view"]);
    let seen = used_modules("use super::{bundle, nix::{self, host}};\n", 1);
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["bundle", "nix"]);
}

/// The modules that ARCHITECTURE.md lists, from the top down. Modules of one row do not use each other.
fn rows() -> Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(fixture("ARCHITECTURE.md"))?;
    let table = text
        .split_once("| module | what it does |\n| --- | --- |\n")
        .and_then(|(_, rest)| rest.split_once("\n\n"))
        .context("ARCHITECTURE.md has no table of modules")?
        .0;
    let cells = table.lines().filter_map(|row| row.split('|').nth(1));
    let names = |cell: &str| {
        let names = cell.split('`').skip(1).step_by(2);
        names
            .map(|name| name.trim_end_matches('/').to_owned())
            .collect()
    };
    Ok(cells.map(names).collect())
}

/// The path of the module that a file is; empty for the root of the crate and of the command.
fn module_of(file: &Path) -> Result<Vec<String>> {
    let inside = file.strip_prefix(fixture("src"))?.with_extension("");
    let names = inside
        .iter()
        .map(|name| name.to_string_lossy().into_owned());
    let is_name = |name: &String| !["lib", "main", "mod"].contains(&name.as_str());
    Ok(names.filter(is_name).collect())
}

/// The modules of the crate that a module uses, but in tests beside the code. `depth`: how many names its path has.
fn used_modules(text: &str, depth: usize) -> BTreeSet<String> {
    let code = without_tests(text);
    let root = format!("{}::", vec!["super"; depth].join("::"));
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let mut modules = BTreeSet::new();
    for start in ["crate::", &root] {
        for (at, _) in code.match_indices(start) {
            // With another `super::` before it, or in the name of a macro, it is a longer path.
            if code[..at].ends_with(is_path) {
                continue;
            }
            modules.extend(first_names(&code[at + start.len()..]));
        }
    }
    let source = fixture("src");
    modules.retain(|name| {
        let is_file = source.join(name).with_extension("rs").is_file();
        is_file || source.join(name).is_dir()
    });
    modules
}

/// The first name of a path, or those of a group in braces.
fn first_names(path: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = |text: &str| {
        text.trim_start()
            .chars()
            .take_while(|c| is_name(*c))
            .collect()
    };
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let (mut names, mut depth) = (vec![name(group)], 1);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(name(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// The text without comments and without items that only tests have. Formatted code closes an item at its own indentation.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let code = line.trim_start();
        if code == "#[cfg(test)]" {
            let indentation = &line[..line.len() - code.len()];
            let _ = lines.by_ref().find(|line| {
                let inside = line.strip_prefix(indentation).unwrap_or_default();
                let is_own = !inside.starts_with([' ', '#']);
                is_own && inside.ends_with([';', '}'])
            });
        } else if !code.starts_with("//") {
            kept.extend([line, "\n"]);
        }
    }
    kept
}
