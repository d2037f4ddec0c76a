//! How keys move in the browser.

use anyhow::{Context, Result};
use confinix::browse::{Answer, Key};
use confinix::bundle::Bundle;
use confinix::code::Level;

use super::{Seen, demo, report};

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
