//! Which options have an effect, by source of services and by subcommand.

/// Every option of a source, with a value.
pub const OPTIONS: [&[&str]; 19] = [
    &["--user"],
    &["--all"],
    &["--select", "a"],
    &["--include", "path"],
    &["--preset", "dns"],
    &["--hide", "docs"],
    &["--preset-file", "p.toml"],
    &["--no-build"],
    &["--store", "/nowhere"],
    &["--eval-store", "/nowhere"],
    &["--impure"],
    &["--option", "cores", "1"],
    &["--override-input", "a", "b"],
    &["--strategy", "bind"],
    &["--target-kernel", "6.12"],
    &["--store-read-only", "yes"],
    &["--store-stacked", "no"],
    &["--restrict-file-system-access", "no"],
    &["--graph", "graph.json"],
];

/// Options that name a source.
pub const SOURCES: [&[&str]; 5] = [
    &["--file", "x.nix"],
    &["--expr", "{ }"],
    &["--services", "services.json"],
    &["--units", "units"],
    &["--attrs", "attrs.json"],
];

pub const OF_TARGET: [&str; 5] = [
    "--strategy",
    "--target-kernel",
    "--store-read-only",
    "--store-stacked",
    "--restrict-file-system-access",
];
pub const OF_EVALUATION: [&str; 13] = [
    "--user",
    "--all",
    "--select",
    "--include",
    "--preset",
    "--hide",
    "--preset-file",
    "--no-build",
    "--store",
    "--eval-store",
    "--impure",
    "--option",
    "--graph",
];

/// A source of services: its name, its arguments, and the options that have an effect besides those of the target.
pub struct Source {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    pub effective: Vec<&'static str>,
}

pub fn sources() -> Vec<Source> {
    let source = |name, arguments, effective: &[&'static str]| Source {
        name,
        arguments,
        effective: effective.to_vec(),
    };
    let flake = [&OF_EVALUATION[..], &["--override-input"]].concat();
    let mut file = OF_EVALUATION.to_vec();
    file.retain(|option| *option != "--impure");
    vec![
        source("flake", &[][..], &flake),
        source("file", &["--file", "x.nix"], &file),
        source("expression", &["--expr", "{ }"], &OF_EVALUATION),
        source(
            "recorded services",
            &["--services", "services.json"],
            &[
                "--select",
                "--hide",
                "--preset-file",
                "--no-build",
                "--store",
                "--option",
                "--graph",
            ],
        ),
        source(
            "recording",
            &["--services", "services.json", "--graph", "graph.json"],
            &["--select", "--hide", "--preset-file"],
        ),
        source(
            "units",
            &["--units", "units"],
            &[
                "--user",
                "--all",
                "--select",
                "--include",
                "--preset",
                "--hide",
                "--preset-file",
                "--no-build",
                "--store",
                "--option",
                "--graph",
            ],
        ),
        source(
            "units and graph",
            &["--units", "units", "--graph", "graph.json"],
            &[
                "--user",
                "--all",
                "--select",
                "--include",
                "--preset",
                "--hide",
                "--preset-file",
            ],
        ),
        source(
            "attributes",
            &["--attrs", "attrs.json"],
            &["--select", "--hide"],
        ),
    ]
}

pub fn is_effective(subcommand: &str, source: &Source, option: &str) -> bool {
    let is_of_target = OF_TARGET.contains(&option);
    match (subcommand, option) {
        // For `why` it has another meaning, and the service is already named.
        ("why", "--all") => true,
        ("why", "--select") | ("services", "--graph") => false,
        ("services", _) if is_of_target => false,
        ("services", "--store" | "--no-build" | "--option") if source.name == "units" => false,
        _ => is_of_target || source.effective.contains(&option),
    }
}
