//! What the browser draws.

use anyhow::{Context, Result};
use confinix::browse::{Answer, Browser, Data, Host, Key};
use confinix::store::NoFiles;
use confinix::surface::Surfaces;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::{Seen, demo, report};

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
