//! `confinix browse` in tmux: a real terminal, with keys that are typed.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tempfile::TempDir;

use crate::support::{confinix, not_run, program, scratch, shop};

const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal in a tmux server of its own. Dropping it ends the server.
struct Tmux(TempDir);

impl Tmux {
    /// Starts a shell in a terminal of 80 × 24; `None` if there is no tmux.
    fn start() -> Result<Option<Self>> {
        if program("tmux", ["-V"]).run().is_err() {
            not_run("browse on a terminal", "there is no tmux")?;
            return Ok(None);
        }
        let tmux = Self(scratch()?);
        tmux.run(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "24",
            "sh",
        ])?;
        Ok(Some(tmux))
    }

    fn run(&self, arguments: &[&str]) -> Result<String> {
        let run = program("tmux", ["-S"]).arg(self.0.path().join("socket"));
        let run = run
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .env("PS1", "$ ");
        Ok(run.without("TMUX").succeeds()?.stdout)
    }

    fn press(&self, keys: &[&str]) -> Result<()> {
        self.run(&[&["send-keys"], keys].concat())?;
        Ok(())
    }

    /// Types a line for the shell.
    fn enter(&self, line: &str) -> Result<()> {
        self.press(&["-l", "--", line])?;
        self.press(&["Enter"])
    }

    fn screen(&self) -> Result<String> {
        self.run(&["capture-pane", "-p"])
    }

    /// Waits until the screen has all of these.
    fn shows(&self, parts: &[&str]) -> Result<String> {
        let shown = |screen: &str| parts.iter().all(|part| screen.contains(part));
        self.waits(shown, || format!("the screen never had {parts:?}"))
    }

    /// Waits until the screen has this no longer.
    fn hides(&self, part: &str) -> Result<String> {
        self.waits(
            |screen| !screen.contains(part),
            || format!("the screen always had {part:?}"),
        )
    }

    fn waits(&self, is_there: impl Fn(&str) -> bool, why: impl Fn() -> String) -> Result<String> {
        let start = Instant::now();
        loop {
            let screen = self.screen()?;
            if is_there(&screen) {
                return Ok(screen);
            }
            if start.elapsed() > PATIENCE {
                bail!("{}:\n{screen}", why());
            }
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.run(&["kill-server"]);
    }
}

#[test]
fn keys_that_are_typed_lead_from_a_service_to_why_it_sees_a_path() -> Result<()> {
    let Some(tmux) = Tmux::start()? else {
        return Ok(());
    };
    let line = format!(
        "{} browse --no-policy {}",
        env!("CARGO_BIN_EXE_confinix"),
        shop()?.display()
    );
    tmux.enter(&line)?;
    // The files have been read.
    let screen = tmux.shows(&["1 Services", "2 Store paths", "cart", " denied, "])?;
    ensure!(
        screen.lines().all(|line| line.chars().count() <= 80),
        "{screen}"
    );
    tmux.press(&["/", "c", "a", "r", "t", "Enter", "Enter"])?;
    tmux.shows(&["› cart", "1 Closure", "STORE PATH", "SIZE↓"])?;
    tmux.press(&["Down", "Enter"])?;
    let screen = tmux.shows(&["Why cart sees it", "└─"])?;
    ensure!(screen.contains("closure root"), "{screen}");
    tmux.press(&["?"])?;
    tmux.shows(&["Shift-Tab", "Ctrl-Z", "› keys"])?;
    tmux.press(&["Escape"])?;
    // An Escape that is read together with the next key would be a part of that key.
    tmux.hides("› keys")?;
    // A smaller window is drawn again.
    tmux.run(&["resize-window", "-x", "60", "-y", "12"])?;
    let screen = tmux.shows(&["Why cart sees it", "q: quit"])?;
    ensure!(screen.lines().count() <= 12, "{screen}");
    // Suspended, the shell has the terminal; then the browser has it again.
    tmux.press(&["C-z"])?;
    tmux.shows(&["Stopped"])?;
    tmux.enter("echo the shell")?;
    let screen = tmux.shows(&["the shell"])?;
    ensure!(!screen.contains("q: quit"), "{screen}");
    tmux.enter("fg")?;
    tmux.shows(&["Why cart sees it", "q: quit"])?;
    tmux.press(&["q"])?;
    // Until the shell reads again, the browser would take what is typed.
    tmux.shows(&["fg"])?;
    tmux.enter("echo code $?")?;
    let screen = tmux.shows(&["code 0"])?;
    ensure!(!screen.contains("q: quit"), "{screen}");
    Ok(())
}

#[test]
fn a_signal_gives_the_terminal_back() -> Result<()> {
    let Some(tmux) = Tmux::start()? else {
        return Ok(());
    };
    let line = format!(
        "sh -c 'echo $$ > pid; exec {} browse {}'; echo ended $?; stty -a | grep -q ' icanon' && echo it is co''oked",
        env!("CARGO_BIN_EXE_confinix"),
        shop()?.display()
    );
    let place = tmux.0.path().display().to_string();
    tmux.enter(&format!("cd {place}; {line}"))?;
    tmux.shows(&["1 Services", "cart"])?;
    let pid = std::fs::read_to_string(tmux.0.path().join("pid"))?;
    program("sh", ["-c", &format!("kill {pid}")]).succeeds()?;
    let screen = tmux.shows(&["ended 143", "it is cooked"])?;
    ensure!(!screen.contains("1 Services"), "{screen}");
    Ok(())
}

#[test]
fn it_ends_with_its_terminal() -> Result<()> {
    let Some(tmux) = Tmux::start()? else {
        return Ok(());
    };
    let place = tmux.0.path();
    // It outlives the shell of the terminal, and ignores the signal that a terminal sends at its end.
    let line = format!(
        "cd {}; (trap '' HUP; exec sh -c 'echo $$ > pid; {} browse {}; echo $? > ended') 2> said",
        place.display(),
        env!("CARGO_BIN_EXE_confinix"),
        shop()?.display()
    );
    tmux.enter(&line)?;
    tmux.shows(&["1 Services", "cart"])?;
    tmux.run(&["kill-server"])?;
    let start = Instant::now();
    while !place.join("ended").exists() {
        if start.elapsed() > PATIENCE {
            let pid = std::fs::read_to_string(place.join("pid"))?;
            program(
                "sh",
                [
                    "-c",
                    &format!("kill -9 -- $(ps -o pid= --ppid {pid}) {pid}"),
                ],
            )
            .run()?;
            bail!("the browser goes on without a terminal");
        }
        sleep(Duration::from_millis(50));
    }
    let said = std::fs::read_to_string(place.join("said"))?;
    // It notices while it waits or while it draws.
    ensure!(
        said.contains("confinix: ") && said.contains("terminal"),
        "{said}"
    );
    Ok(())
}

#[test]
fn what_was_started_with_it_is_suspended_too() -> Result<()> {
    let Some(tmux) = Tmux::start()? else {
        return Ok(());
    };
    let line = format!(
        "sh -c '{} browse {}; echo the script goes on'",
        env!("CARGO_BIN_EXE_confinix"),
        shop()?.display()
    );
    tmux.enter(&line)?;
    tmux.shows(&["1 Services", "cart"])?;
    tmux.press(&["C-z"])?;
    tmux.shows(&["Stopped"])?;
    tmux.enter("echo the sh''ell")?;
    tmux.shows(&["the shell"])?;
    tmux.enter("fg")?;
    tmux.shows(&["1 Services", "cart"])?;
    tmux.press(&["q"])?;
    tmux.shows(&["the script goes on"])?;
    Ok(())
}

#[test]
fn without_a_terminal_it_names_what_to_use() -> Result<()> {
    confinix(["browse"]).arg(shop()?).fails(
        2,
        &[
            "browse needs a terminal",
            "`confinix show`",
            "`confinix report`",
        ],
    )?;
    Ok(())
}
