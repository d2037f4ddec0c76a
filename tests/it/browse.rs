//! `confinix browse`: what it draws, and how it behaves on a terminal.

mod terminal;

use anyhow::{Context, Result};
use confinix::audit::Report;
use confinix::browse::{Answer, Browser, Data, Flow, Host, Key};
use confinix::bundle::{Bundle, read_sealed};
use confinix::code::{Code, Level};
use confinix::finding::{Draft, Finding};
use confinix::store::NoFiles;
use confinix::surface::Surfaces;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::support::{bundle, fixture, scratch};

/// The example of `confinix demo`, from its recording.
fn demo() -> Result<Bundle> {
    let scratch = scratch()?;
    let directory = scratch.path().join("demo");
    bundle(["--services"])
        .arg(fixture("fixtures/demo/services.json"))
        .arg("--graph")
        .arg(fixture("fixtures/demo/graph.json"))
        .arg("-o")
        .arg(&directory)
        .succeeds()?;
    read_sealed(&directory)
}

/// A report with a finding about each of these services, one of which has a name and a message from elsewhere.
fn report(bundle: &Bundle) -> Report {
    let mut report = Report::default();
    for (number, name) in bundle.services.keys().enumerate() {
        let draft = Draft::new(
            "tls",
            format!(
                "it is \u{1b}[2Jnumber {number}\u{202e}, and its message has no room in a line of 80 columns"
            ),
        );
        let level = if number == 0 {
            Level::Deny
        } else {
            Level::Warn
        };
        let mut finding = Finding::new(Code::ShellPresent, level, draft);
        finding.service = Some(name.clone().into());
        report.findings.push(finding);
    }
    report
}

/// The browser with a screen.
struct Seen<'a> {
    browser: Browser<'a>,
    terminal: Terminal<TestBackend>,
}

impl<'a> Seen<'a> {
    fn of(bundle: &'a Bundle, size: (u16, u16)) -> Result<Self> {
        let data = Data::new("demo-bundle".into(), vec![Host::new(None, bundle)?]);
        Ok(Self {
            browser: Browser::new(data, true),
            terminal: Terminal::new(TestBackend::new(size.0, size.1))?,
        })
    }

    fn press(&mut self, keys: &[Key]) -> Result<()> {
        for key in keys {
            assert_eq!(self.browser.press(*key), Flow::Stay, "{key:?}");
            // A page is as large as the screen that was drawn last.
            self.screen()?;
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<()> {
        word.chars().try_for_each(|c| self.press(&[Key::Char(c)]))
    }

    /// The lines of the screen.
    fn screen(&mut self) -> Result<String> {
        self.terminal.draw(|frame| self.browser.draw(frame))?;
        let buffer = self.terminal.backend().buffer();
        let width = usize::from(buffer.area.width);
        let lines = buffer.content.chunks(width).map(|cells| {
            let line: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
            line.trim_end().to_owned()
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }
}

#[test]
fn every_page_fits_80_columns() -> Result<()> {
    let bundle = demo()?;
    let mut seen = Seen::of(&bundle, (80, 24))?;
    insta::assert_snapshot!("services while files are read", seen.screen()?);
    let surfaces = Surfaces::look(&bundle, &NoFiles)?;
    seen.browser.learn_findings(Answer::Known(report(&bundle)));
    seen.browser.learn_surfaces(Answer::Known(vec![surfaces]));
    insta::assert_snapshot!("services", seen.screen()?);
    seen.press(&[Key::Tab])?;
    insta::assert_snapshot!("store paths", seen.screen()?);
    seen.press(&[Key::Enter])?;
    insta::assert_snapshot!("who sees a store path", seen.screen()?);
    seen.press(&[Key::Escape, Key::Char('3')])?;
    insta::assert_snapshot!("findings", seen.screen()?);
    seen.press(&[Key::Enter])?;
    insta::assert_snapshot!("a finding", seen.screen()?);
    seen.press(&[Key::Escape, Key::Char('1'), Key::End, Key::Enter])?;
    insta::assert_snapshot!("closure", seen.screen()?);
    seen.press(&[Key::Enter])?;
    insta::assert_snapshot!("why a service sees a store path", seen.screen()?);
    seen.press(&[
        Key::Escape,
        Key::Char('2'),
        Key::Right,
        Key::Down,
        Key::Right,
    ])?;
    insta::assert_snapshot!("tree", seen.screen()?);
    for (tab, name) in [
        ('3', "surface"),
        ('4', "findings of a service"),
        ('5', "settings"),
    ] {
        seen.press(&[Key::Char(tab)])?;
        insta::assert_snapshot!(name, seen.screen()?);
    }
    seen.press(&[Key::Char('?')])?;
    insta::assert_snapshot!("the keys", seen.screen()?);
    Ok(())
}

#[test]
fn what_is_not_known_does_not_look_like_nothing() -> Result<()> {
    let bundle = demo()?;
    let mut seen = Seen::of(&bundle, (80, 24))?;
    let unknown = |screen: &str, mark: &str| {
        let rows = screen.lines().skip(3).take(bundle.services.len());
        rows.filter(|row| row.split_whitespace().skip(6).eq([mark; 3]))
            .count()
    };
    let screen = seen.screen()?;
    assert_eq!(unknown(&screen, "…"), bundle.services.len(), "{screen}");
    let reason = "the file /nix/store/11111111111111111111111111111111-policy/confinix.toml of this audit has no end";
    seen.browser.learn_findings(Answer::Failed(reason.into()));
    seen.browser.learn_surfaces(Answer::Failed(reason.into()));
    let screen = seen.screen()?;
    assert_eq!(unknown(&screen, "?"), bundle.services.len(), "{screen}");
    // The reason is there in whole.
    for keys in [
        &[Key::Char('f')][..],
        &[Key::Escape, Key::Enter, Key::Char('3')],
    ] {
        seen.press(keys)?;
        let screen = seen.screen()?;
        let lines = screen.lines().skip(3).map(str::trim);
        let shown = lines.collect::<Vec<_>>().join(" ");
        assert!(shown.contains(&format!("Not known: {reason}")), "{screen}");
    }
    Ok(())
}

#[test]
fn names_are_shown_on_narrow_screens_too() -> Result<()> {
    let bundle = demo()?;
    let mut seen = Seen::of(&bundle, (40, 10))?;
    seen.browser.learn_findings(Answer::Known(report(&bundle)));
    insta::assert_snapshot!("services on 40 columns", seen.screen()?);
    seen.press(&[Key::Char('f')])?;
    let screen = seen.screen()?;
    for part in ["SERVICE", "backup", "FINDING", "it is"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    seen.press(&[Key::Escape, Key::Char('?')])?;
    let mut screens = seen.screen()?;
    for _ in 0..10 {
        seen.press(&[Key::PageDown])?;
        screens += &seen.screen()?;
    }
    for part in ["Esc ends", "the search", "fg comes back", "q, Ctrl-C"] {
        assert!(screens.contains(part), "{part}: {screens}");
    }
    Ok(())
}

#[test]
fn long_commands_are_shown_in_whole() -> Result<()> {
    let mut bundle = demo()?;
    let arguments: Vec<_> = (0..40).map(|number| format!("--option-{number}")).collect();
    let service = bundle.services.values_mut().next().context("no service")?;
    service
        .exec
        .push("ExecStart", format!("/bin/x\n{}", arguments.join(" ")));
    let mut seen = Seen::of(&bundle, (80, 40))?;
    seen.press(&[Key::Enter, Key::Char('5')])?;
    let screen = seen.screen()?;
    assert!(
        screen.contains(r"ExecStart=/bin/x\n--option-0 "),
        "{screen}"
    );
    assert!(
        arguments.iter().all(|argument| screen.contains(argument)),
        "{screen}"
    );
    Ok(())
}

#[test]
fn the_selected_row_stays_selected() -> Result<()> {
    let bundle = demo()?;
    let mut seen = Seen::of(&bundle, (80, 24))?;
    let last = bundle.services.keys().last().context("no service")?.stem();
    // Findings that arrive while a service is open change the order of the list that it was opened from.
    seen.press(&[Key::Char('s'); 5])?;
    seen.press(&[Key::End, Key::Enter])?;
    assert!(seen.screen()?.starts_with(&format!("demo-bundle › {last}")));
    let mut report = report(&bundle);
    report.findings.retain(|finding| {
        let service = finding.service.as_ref();
        service.is_some_and(|service| service.unit.stem() == last)
    });
    for finding in &mut report.findings {
        finding.level = Level::Deny;
    }
    seen.browser.learn_findings(Answer::Known(report));
    seen.press(&[Key::Escape])?;
    let screen = seen.screen()?;
    let row = screen.lines().nth(3).context("no row")?;
    assert!(row.starts_with(last), "{screen}");
    assert!(
        screen.contains(&format!(" 1/{}", bundle.services.len())),
        "{screen}"
    );
    Ok(())
}

#[test]
fn a_search_in_a_tree_keeps_the_branch() -> Result<()> {
    let bundle = demo()?;
    let mut seen = Seen::of(&bundle, (80, 24))?;
    seen.press(&[Key::End, Key::Enter, Key::Char('2')])?;
    for _ in 0..40 {
        seen.press(&[Key::Right])?;
    }
    let screen = seen.screen()?;
    let rows = screen
        .lines()
        .skip(3)
        .take_while(|line| line.contains("B "));
    // A name, before two sizes.
    let names: Vec<_> = rows
        .filter_map(|row| row.split_whitespace().rev().nth(4))
        .collect();
    let is_twice = |name: &&&str| names.iter().filter(|other| other == name).count() > 1;
    let name = names
        .iter()
        .rfind(is_twice)
        .context("no path is there twice")?;
    let found = names.iter().filter(|other| *other == name).count();
    let last = names.iter().rposition(|other| other == name);
    seen.press(&[Key::Home])?;
    for _ in 0..last.unwrap_or_default() {
        seen.press(&[Key::Down])?;
    }
    seen.press(&[Key::Char('/')])?;
    seen.word(name)?;
    let screen = seen.screen()?;
    assert!(screen.ends_with(&format!("{found}/{found}")), "{screen}");
    Ok(())
}

#[test]
fn a_search_finds_what_is_shown_and_ends() -> Result<()> {
    let bundle = demo()?;
    let mut seen = Seen::of(&bundle, (80, 24))?;
    let lines = |seen: &mut Seen| Ok::<_, anyhow::Error>(seen.screen()?.lines().count());
    let all = lines(&mut seen)?;
    let last = bundle
        .services
        .keys()
        .last()
        .context("no service")?
        .stem()
        .to_owned();
    seen.press(&[Key::Char('/')])?;
    seen.word(&last.to_uppercase())?;
    let screen = seen.screen()?;
    assert!(
        screen.contains(&format!("/{}▏", last.to_uppercase())),
        "{screen}"
    );
    assert!(screen.ends_with("1/1"), "{screen}");
    assert_eq!(lines(&mut seen)?, all);
    // A key that means something elsewhere is a letter of the word.
    seen.press(&[Key::Char('q')])?;
    assert!(seen.screen()?.contains("nothing found"));
    seen.press(&[Key::Backspace, Key::Enter, Key::Enter])?;
    assert!(seen.screen()?.starts_with(&format!("demo-bundle › {last}")));
    // Back in the list, the search is still there; another Escape ends it.
    seen.press(&[Key::Escape])?;
    assert!(seen.screen()?.ends_with("1/1"));
    seen.press(&[Key::Escape])?;
    assert!(
        seen.screen()?
            .ends_with(&format!("/{}", bundle.services.len()))
    );
    Ok(())
}

#[test]
fn no_name_from_elsewhere_reaches_the_terminal_unescaped() -> Result<()> {
    let bundle = demo()?;
    let data = Data::new(
        "a\u{1b}[2Jb\u{202e}".into(),
        vec![Host::new(None, &bundle)?],
    );
    let mut seen = Seen {
        browser: Browser::new(data, true),
        terminal: Terminal::new(TestBackend::new(120, 40))?,
    };
    seen.browser.learn_findings(Answer::Known(report(&bundle)));
    seen.browser
        .learn_surfaces(Answer::Failed("no \u{1b}[31m file".into()));
    seen.press(&[Key::Char('/'), Key::Char('\u{202e}'), Key::Escape])?;
    for keys in [
        &[][..],
        &[Key::Char('f')],
        &[Key::Enter],
        &[Key::Escape, Key::Escape, Key::Enter, Key::Char('3')],
    ] {
        seen.press(keys)?;
        let screen = seen.screen()?;
        assert!(!screen.contains(['\u{1b}', '\u{202e}']), "{screen}");
        assert!(screen.starts_with(r"a\u{1b}[2Jb\u{202e}"), "{screen}");
    }
    assert!(seen.screen()?.contains(r"Not known: no \u{1b}[31m file"));
    Ok(())
}

#[test]
fn any_size_of_the_screen_is_enough() -> Result<()> {
    let bundle = demo()?;
    let keys = [
        Key::Down,
        Key::Enter,
        Key::PageDown,
        Key::Char('2'),
        Key::Right,
        Key::Char('4'),
        Key::Enter,
        Key::Char('?'),
    ];
    for size in [(1, 1), (39, 24), (40, 8), (300, 9), (80, 200)] {
        let mut seen = Seen::of(&bundle, size)?;
        seen.browser.learn_findings(Answer::Known(report(&bundle)));
        for key in keys {
            seen.press(&[key])?;
        }
    }
    // It can change at any time.
    let mut seen = Seen::of(&bundle, (80, 24))?;
    seen.press(&[Key::End, Key::Enter, Key::End])?;
    seen.terminal = Terminal::new(TestBackend::new(50, 9))?;
    let screen = seen.screen()?;
    assert_eq!(screen.lines().count(), 9);
    assert!(screen.ends_with(&{
        let name = bundle.services.keys().last().context("no service")?;
        let closure = &bundle.closures[&bundle.services[name].closure];
        format!("{0}/{0}", closure.paths.len())
    }));
    Ok(())
}

#[test]
fn a_list_is_sorted_by_each_of_its_columns() -> Result<()> {
    let bundle = demo()?;
    let mut seen = Seen::of(&bundle, (80, 24))?;
    let first = |seen: &mut Seen| {
        let screen = seen.screen()?;
        let line = screen.lines().nth(3).context("no row")?;
        Ok::<_, anyhow::Error>(
            line.split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let by = |key: &dyn Fn(&Bundle, &str) -> u64| {
        let names = bundle
            .services
            .keys()
            .map(confinix::service::UnitName::stem);
        names
            .max_by_key(|name| key(&bundle, name))
            .map(str::to_owned)
    };
    let size = |bundle: &Bundle, name: &str| {
        let service = bundle.services.iter().find(|(unit, _)| unit.stem() == name);
        service.map_or(0, |(_, service)| bundle.closures[&service.closure].nar_size)
    };
    assert_eq!(
        Some(first(&mut seen)?.as_str()),
        bundle
            .services
            .keys()
            .next()
            .map(confinix::service::UnitName::stem)
    );
    seen.press(&[Key::Char('s'), Key::Char('s')])?;
    assert!(seen.screen()?.contains("SIZE↓"));
    assert_eq!(Some(first(&mut seen)?), by(&size));
    seen.press(&[Key::Char('S'), Key::Char('S')])?;
    assert!(seen.screen()?.contains("SERVICE↓"));
    Ok(())
}
