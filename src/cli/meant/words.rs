//! Words of other tools, and what to type here.

/// Words that are no subcommands, and what does that.
pub const MEANT: &[(&[&str], &str)] = &[
    (
        &["list", "ls", "info", "path-info", "tree", "size", "du"],
        "`confinix show TARGET` lists services with the size of their closures, `confinix show TARGET SERVICE` the paths of one, `confinix browse TARGET` lets you walk through them",
    ),
    (
        &["search", "find", "why-depends", "graph", "dot", "path"],
        "`confinix why TARGET SERVICE PATTERN` shows through which option and which references a service sees a store path",
    ),
    (
        &["build", "make", "generate", "render", "eval"],
        "`confinix bundle` makes a bundle; `confinix services` only evaluates the services",
    ),
    (
        &["lint", "scan", "security", "deny", "policy", "analyze"],
        "`confinix audit TARGET` applies the policy, `confinix check TARGET` reports what will not work",
    ),
    (
        &["test", "run", "try", "start", "vm", "dry-run"],
        "`confinix rehearse TARGET` starts the services in a throwaway systemd, `confinix enter TARGET SERVICE` runs a command in the root of one",
    ),
    (
        &["shell", "exec", "develop", "chroot", "attach"],
        "`confinix enter TARGET SERVICE` runs a shell in the root of a service",
    ),
    (
        &["compare", "diff-closures", "changes"],
        "`confinix diff OLD NEW` compares two bundles",
    ),
    (
        &["tui", "ui", "top", "interactive", "explore", "view"],
        "`confinix browse TARGET` shows services on a terminal, `confinix report TARGET` as an HTML page",
    ),
    (
        &["html", "page", "plot", "serve", "export", "dump"],
        "`confinix report TARGET` writes an HTML page, and most commands take `--format json`",
    ),
    (
        &["trace", "record", "watch", "monitor", "learn"],
        "`confinix observe TARGET SERVICE` records what a running service opens, `confinix rehearse TARGET` what services need to start",
    ),
    (
        &["fleet", "hosts", "hive", "eval-jobs"],
        "bundle, audit, check, show, why, browse, report, sbom and diff take a set of hosts as TARGET, such as `confinix audit .#nixosConfigurations`",
    ),
    (
        &["config", "settings", "cat", "cat-config"],
        "`confinix show TARGET SERVICE` prints the settings of a service, `confinix init` writes an initial policy",
    ),
    (
        &[
            "os",
            "home",
            "darwin",
            "switch",
            "boot",
            "deploy",
            "apply",
            "activate",
            "rollback",
            "uninstall",
            "update",
            "upgrade",
            "clean",
            "gc",
        ],
        "on NixOS, `nixos-rebuild` deploys what the module confines; elsewhere, `confinix install TARGET` installs services with their confinement, with --dry-run, --list, --rollback and --uninstall",
    ),
    (
        &[
            "licenses",
            "bans",
            "advisories",
            "sources",
            "fetch",
            "bom",
            "vex",
            "cve",
        ],
        "`confinix sbom TARGET` writes a bill of materials and tells which services advisories are about, `confinix audit TARGET` denies packages",
    ),
    (
        &["fix", "repair", "suggest"],
        "`confinix check TARGET` prints a fix with each finding, `confinix rehearse TARGET` finds the changes that services need",
    ),
    (
        &[
            "stop",
            "restart",
            "reload",
            "enable",
            "disable",
            "edit",
            "is-active",
            "list-units",
            "daemon-reload",
            "log",
            "logs",
            "journal",
        ],
        "`systemctl` and `journalctl` manage services, `confinix status` compares the running ones with a bundle",
    ),
    (
        &[
            "architectures",
            "blame",
            "calendar",
            "capability",
            "condition",
            "critical-chain",
            "exit-status",
            "fdstore",
            "filesystems",
            "inspect-elf",
            "syscall-filter",
            "time",
            "timespan",
            "timestamp",
            "unit-files",
            "unit-paths",
        ],
        "`systemd-analyze` has it; confinix is about what services see of the store, as `confinix show TARGET SERVICE` prints it",
    ),
    (
        &["doctor", "health", "diagnose"],
        "`confinix check TARGET` reports what will not work, `confinix status` compares the running system with a bundle",
    ),
    (&["version"], "the option --version prints it"),
    (
        &["codes", "rules", "lints", "findings"],
        "`confinix explain` lists the codes of findings",
    ),
];

/// Options of other tools, and what does that.
pub const MEANT_OPTIONS: &[(&[&str], &str)] = &[
    (
        &[
            "--export-json",
            "--output-format",
            "--export-markdown",
            "--export-csv",
            "--message-format",
            "--report",
        ],
        "`--format json` prints JSON, and `--format json=FILE` also writes it to a file; --help lists the formats of each subcommand",
    ),
    (
        &["--threshold", "--max-exposure"],
        "`confinix audit --exposure LEVEL` reports services above that exposure level",
    ),
    (
        &["--hostname", "--host", "-H"],
        "name the host in the target, as in `.#nixosConfigurations.HOST` or `.#HOST`; `--hosts GLOB` selects among several",
    ),
    (
        &["--service", "--unit", "--only", "--filter", "--package"],
        "`-s NAME` selects services",
    ),
    (
        &["--config", "--manifest-path"],
        "`--policy FILE` names another confinix.toml, as in `confinix check TARGET --policy FILE`",
    ),
    (
        &["--log-level", "--debug"],
        "`--verbose` prints every step, `--quiet` only results and errors",
    ),
    (
        &["--no-color", "--no-colour", "--colour"],
        "`--color never` prints without colours",
    ),
    (
        &[
            "--runs",
            "--warmup",
            "--prepare",
            "--min-runs",
            "--max-runs",
            "--setup",
            "--cleanup",
            "--parameter-scan",
            "--parameter-list",
            "--ignore-failure",
            "--show-output",
        ],
        "confinix measures no commands; `hyperfine 'confinix check TARGET'` measures how long one takes",
    ),
    (
        &[
            "--store",
            "--eval-store",
            "--impure",
            "--option",
            "--override-input",
        ],
        "subcommands that evaluate a TARGET have it, as `confinix check --help` lists them",
    ),
    (
        &["--update", "--update-input", "--recreate-lock-file"],
        "`nix flake update` updates the inputs of a flake, and --override-input replaces one for a call",
    ),
    (
        &["--root"],
        "`confinix rehearse TARGET --root DIR` boots the system in DIR",
    ),
    (
        &["--show-stats"],
        "`confinix check TARGET` and `confinix audit TARGET` end with the numbers of findings",
    ),
    (
        &["--force", "--overwrite"],
        "confinix overwrites no file that it did not write: remove it first, or name another one",
    ),
    (&["--no-pager"], "leave it out, confinix starts no pager"),
    (
        &["--dot"],
        "`confinix browse TARGET` shows closures as trees, `confinix report TARGET` on an HTML page",
    ),
    (
        &["--file", "-f", "--expr", "-E"],
        "subcommands that take a TARGET have it, as in `confinix check --file services.nix`",
    ),
    (
        &["--arg", "--argstr"],
        "put the arguments into an expression, as in `confinix check --expr 'import ./services.nix { … }'`",
    ),
    (
        &["--derivation", "--store-path"],
        "confinix looks at services: the target is a bundle, or a flake or file with services",
    ),
    (
        &["--dry", "--dry-run", "--ask"],
        "no subcommand but `confinix install` changes the system, and that has --dry-run; `confinix diff OLD NEW` shows what changes",
    ),
];

/// Words that other tools take where confinix takes a target, with the subcommands that they belong to.
pub const MEANT_TARGETS: &[(&[&str], &str)] = &[
    (
        &["advisories", "licenses"],
        "`confinix sbom TARGET` writes a bill of materials and tells which services advisories are about",
    ),
    (
        &["bans", "sources"],
        "`confinix audit TARGET` applies the whole policy",
    ),
];
