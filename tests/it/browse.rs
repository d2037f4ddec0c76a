//! `confinix browse`: what it draws, and how it behaves on a terminal.

mod drawn;
mod moved;
mod terminal;

use anyhow::Result;
use confinix::audit::Report;
use confinix::browse::{Browser, Data, Flow, Host, Key};
use confinix::bundle::{Bundle, read_sealed};
use confinix::code::{Code, Level};
use confinix::finding::{Draft, Finding};
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
