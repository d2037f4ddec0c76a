//! What shells complete, because of the rest of the line.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::support::{Run, bundle, confinix, fixture, not_run, program, scratch, shop};

/// What a shell gets that asks as its completions do, with the last word being completed.
fn offered(shell: &str, words: &[&str], place: &Path) -> Result<Vec<String>> {
    let run = confinix(["--", "confinix"]).args(words);
    let run = run
        .env("CONFINIX_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_IFS", "\n")
        .within(place);
    let printed = run.succeeds()?.stdout;
    // Fish and zsh get the help behind the word.
    let end = match shell {
        "fish" => '\t',
        "zsh" => ':',
        _ => '\n',
    };
    let words = printed.lines().filter_map(|line| line.split(end).next());
    Ok(words.map(str::to_owned).collect())
}

fn has(offered: &[String], words: &[&str]) -> bool {
    words
        .iter()
        .all(|word| offered.iter().any(|known| known == word))
}

#[test]
fn services_packages_and_presets_are_those_of_the_bundle_on_the_line() -> Result<()> {
    let shop = shop()?.to_str().context("an odd name")?;
    let scratch = scratch()?;
    let place = scratch.path();
    for shell in ["bash", "zsh", "fish"] {
        let services = offered(shell, &["audit", shop, "-s", "c"], place)?;
        ensure!(has(&services, &["cart"]), "{shell}: {services:?}");
        ensure!(
            services.iter().all(|name| name.starts_with('c')),
            "{services:?}"
        );
        let services = offered(shell, &["show", shop, ""], place)?;
        ensure!(has(&services, &["cart"]), "{shell}: {services:?}");
        let packages = offered(shell, &["why", shop, "cart", "l"], place)?;
        ensure!(has(&packages, &["ledger"]), "{shell}: {packages:?}");
        let codes = offered(shell, &["explain", "shell"], place)?;
        ensure!(has(&codes, &["shell-present"]), "{shell}: {codes:?}");
        let presets = offered(shell, &["bundle", "--preset", "d"], place)?;
        ensure!(has(&presets, &["dbus", "dns"]), "{shell}: {presets:?}");
        let strategies = offered(shell, &["bundle", "--strategy", ""], place)?;
        ensure!(
            has(&strategies, &["bind", "image"]),
            "{shell}: {strategies:?}"
        );
        let included = offered(shell, &["bundle", "--include", "path"], place)?;
        ensure!(
            has(&included, &["path-without-systemd"]),
            "{shell}: {included:?}"
        );
        let commands = offered(shell, &["bro"], place)?;
        ensure!(has(&commands, &["browse"]), "{shell}: {commands:?}");
    }
    // A value may follow the option's name in the same word.
    let services = offered("bash", &["show", shop, "--select=ca"], place)?;
    ensure!(has(&services, &["--select=cart"]), "{services:?}");
    Ok(())
}

#[test]
fn without_a_bundle_on_the_line_it_is_the_one_in_this_directory() -> Result<()> {
    let scratch = scratch()?;
    let place = scratch.path();
    ensure!(offered("bash", &["show", "-s", ""], place)?.is_empty());
    bundle(["--services"])
        .arg(fixture("fixtures/demo/services.json"))
        .arg("--graph")
        .arg(fixture("fixtures/demo/graph.json"))
        .within(place)
        .succeeds()?;
    let services = offered("bash", &["show", "-s", ""], place)?;
    ensure!(has(&services, &["backup", "web", "wiki"]), "{services:?}");
    // Directories, and the systems of a flake.
    let targets = offered("bash", &["show", "conf"], place)?;
    ensure!(has(&targets, &["confinix-bundle/"]), "{targets:?}");
    ensure!(offered("bash", &["show", ".#"], place)?.is_empty());
    std::fs::write(place.join("flake.nix"), "{ }")?;
    let targets = offered("bash", &["show", ".#"], place)?;
    ensure!(has(&targets, &[".#nixosConfigurations"]), "{targets:?}");
    // Services of hosts have the host.
    std::fs::create_dir(place.join("hosts"))?;
    std::fs::rename(place.join("confinix-bundle"), place.join("hosts/web1"))?;
    let services = offered("bash", &["why", "hosts", "web1:w"], place)?;
    ensure!(has(&services, &["web1:web", "web1:wiki"]), "{services:?}");
    std::fs::write(
        place.join("confinix.toml"),
        "[presets.mine]\nbind-read-only = [\"/srv/mine\"]\n",
    )?;
    let presets = offered("bash", &["bundle", "--preset", ""], place)?;
    ensure!(has(&presets, &["mine", "dns"]), "{presets:?}");
    Ok(())
}

#[test]
fn a_bundle_that_can_not_be_read_offers_nothing() -> Result<()> {
    let scratch = scratch()?;
    std::fs::create_dir(scratch.path().join("bad"))?;
    std::fs::write(scratch.path().join("bad/bundle.json"), "{\u{1b}[2J")?;
    ensure!(offered("bash", &["show", "bad", "-s", ""], scratch.path())?.is_empty());
    Ok(())
}

/// What bash itself offers, with the text that people source, when it has taken a line apart into these words.
fn offered_by_bash(words: &[&str], place: &Path) -> Result<Vec<String>> {
    let (last, before) = words.split_last().context("no word")?;
    // Behind a break, readline completes an empty word.
    let typed = if [":", "="].contains(last) { "" } else { last };
    let script = format!(
        "confinix() {{ {binary} \"$@\"; }}\n\
         source <(confinix completions bash)\n\
         complete -p confinix\n\
         COMP_WORDS=(confinix \"$@\") COMP_CWORD=$#\n\
         _confinix confinix {typed:?} x 2>&1\n\
         printf 'reply %s\\n' \"${{COMPREPLY[@]}}\"\n",
        binary = env!("CARGO_BIN_EXE_confinix"),
    );
    let bash: Run = program("bash", ["--norc", "-c", &script, "bash"]);
    let printed = bash.args(before).arg(last).within(place).succeeds()?.stdout;
    ensure!(printed.contains("-F _confinix confinix"), "{printed}");
    let replies = printed
        .lines()
        .filter_map(|line| line.strip_prefix("reply "));
    Ok(replies.map(str::to_owned).collect())
}

#[test]
fn bash_completes_with_what_it_sources() -> Result<()> {
    let shop = shop()?.to_str().context("an odd name")?;
    let scratch = scratch()?;
    let place = scratch.path();
    let services = offered_by_bash(&["show", shop, "-s", "car"], place)?;
    ensure!(services == ["cart"], "{services:?}");
    let services = offered_by_bash(&["show", shop, "--select", "=", "car"], place)?;
    ensure!(services == ["cart"], "{services:?}");
    Ok(())
}

#[test]
fn fish_completes_with_what_it_sources() -> Result<()> {
    let has_fish = program("fish", ["--version"]).run().is_ok();
    if !has_fish {
        return not_run("completion in fish", "fish is missing");
    }
    let shop = shop()?.to_str().context("an odd name")?;
    let scratch = scratch()?;
    let binary = Path::new(env!("CARGO_BIN_EXE_confinix"));
    let directory = binary.parent().context("no directory")?;
    let path = std::env::var("PATH").unwrap_or_default();
    for (line, expected) in [
        (format!("confinix show {shop} car"), "cart"),
        ("confinix explain shell-pr".to_owned(), "shell-present"),
        ("confinix bundle --preset db".to_owned(), "dbus"),
    ] {
        let script = "source (confinix completions fish | psub); complete -C $argv[1]";
        let offered = program("fish", ["--no-config", "-c", script, &line])
            .env("PATH", format!("{}:{path}", directory.display()))
            .env("HOME", scratch.path())
            .within(scratch.path())
            .succeeds()?
            .stdout;
        // The help is behind the word.
        let words: Vec<_> = offered
            .lines()
            .filter_map(|line| line.split('\t').next())
            .collect();
        ensure!(words == [expected], "{line}: {offered}");
    }
    Ok(())
}

#[test]
fn bash_takes_services_of_hosts_apart_and_gets_them_whole() -> Result<()> {
    let scratch = scratch()?;
    let place = scratch.path();
    std::fs::create_dir(place.join("hosts"))?;
    bundle(["--services"])
        .arg(fixture("fixtures/demo/services.json"))
        .arg("--graph")
        .arg(fixture("fixtures/demo/graph.json"))
        .args(["-o", "hosts/web1"])
        .within(place)
        .succeeds()?;
    let services = offered_by_bash(&["why", "hosts", "we"], place)?;
    ensure!(has(&services, &["web1:web", "web1:wiki"]), "{services:?}");
    for (words, expected) in [
        (
            &["why", "hosts", "web1", ":"][..],
            &["backup", "web", "wiki"][..],
        ),
        (&["why", "hosts", "web1", ":", "wi"], &["wiki"]),
    ] {
        let services = offered_by_bash(words, place)?;
        ensure!(services == expected, "{words:?}: {services:?}");
    }
    Ok(())
}

/// Bash inserts what it is offered as it is: the name of a directory would act when the line is run.
#[test]
fn no_name_becomes_a_command_in_bash() -> Result<()> {
    let scratch = scratch()?;
    let place = scratch.path();
    for name in ["a$(touch acted)", "a b", "a;b", "a`b`", "a*", "safe"] {
        let bundle = place.join("hosts").join(name);
        std::fs::create_dir_all(&bundle)?;
        std::fs::write(bundle.join("file$(touch acted)"), "")?;
    }
    for words in [
        &["show", "hosts/"][..],
        &["why", "hosts", ""],
        &["bundle", "-o", "hosts/"],
        &["audit", "--baseline", "hosts/a b/"],
    ] {
        let words = offered_by_bash(words, place)?;
        ensure!(
            words
                .iter()
                .all(|word| !word.contains(['$', ' ', ';', '`', '*'])),
            "{words:?}"
        );
    }
    ensure!(has(
        &offered_by_bash(&["show", "hosts/"], place)?,
        &["hosts/safe/"]
    ));
    // Shells that quote get them.
    let all = offered("fish", &["show", "hosts/"], place)?;
    ensure!(
        has(&all, &["hosts/a b/", "hosts/a$(touch acted)/"]),
        "{all:?}"
    );
    ensure!(!place.join("acted").exists());
    Ok(())
}
