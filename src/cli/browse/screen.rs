//! The terminal while the browser has it.

use std::io::{Stdout, stdin, stdout};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Signal, kill_current_process_group};

use crate::browse::{Browser, Key};

/// The terminal in raw mode, with its second screen. Dropping it restores the terminal.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal.
    pub fn open() -> Result<Self> {
        take().context("cannot use the terminal")?;
        // From here on, dropping it gives the terminal back.
        let terminal = Terminal::new(CrosstermBackend::new(stdout()));
        match terminal {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error).context("cannot use the terminal")
            }
        }
    }

    /// Draws what the browser shows.
    pub fn draw(&mut self, browser: &mut Browser) -> Result<()> {
        let drawn = self.terminal.draw(|frame| browser.draw(frame));
        drawn.context("cannot draw on the terminal")?;
        Ok(())
    }

    /// Waits for a while. Fails if the terminal is gone.
    pub fn wait(&mut self, patience: Duration) -> Result<News> {
        let failed = "cannot read from the terminal";
        wait_for_input(patience)?;
        if !event::poll(Duration::ZERO).context(failed)? {
            return Ok(News::None);
        }
        Ok(match event::read().context(failed)? {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                key_of(key).map_or(News::None, News::Key)
            }
            Event::Resize(..) => News::Resized,
            _ => News::None,
        })
    }

    /// Gives the terminal back, and stops until the shell continues the process.
    pub fn suspend(&mut self) -> Result<()> {
        give_back();
        // As the terminal itself does: whatever was started together stops together.
        kill_current_process_group(Signal::TSTP).context("cannot stop")?;
        take().context("cannot use the terminal again")?;
        self.terminal.clear().context("cannot draw on the terminal")
    }
}

/// What happened on the terminal.
pub enum News {
    /// Nothing.
    None,
    /// A key was pressed.
    Key(Key),
    /// It has another size.
    Resized,
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> std::io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, Hide).inspect_err(|_| give_back())
}

/// Crossterm reads for ever from a terminal that is gone, so it is asked only when there is something to read.
fn wait_for_input(patience: Duration) -> Result<()> {
    let stdin = stdin();
    let mut input = [PollFd::new(&stdin, PollFlags::IN)];
    let patience = Timespec::try_from(patience)?;
    match poll(&mut input, Some(&patience)) {
        // A new size arrives as a signal.
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error).context("cannot wait for the terminal"),
    }
    if input[0]
        .revents()
        .intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
    {
        bail!("the terminal is gone");
    }
    Ok(())
}

/// If this fails, the terminal is gone.
fn give_back() {
    let _ = execute!(stdout(), Show, LeaveAlternateScreen);
    let _ = disable_raw_mode();
}

/// What a key means to the browser; `None` if nothing.
fn key_of(key: KeyEvent) -> Option<Key> {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Char(c) if is_control => Key::Control(c.to_ascii_lowercase()),
        KeyCode::Char(c) => Key::Char(c),
        _ => return None,
    })
}
