//! The open pages, and how keys change them.

use super::data::{Answer, Data};
use super::keys::Key;
use super::listing::Listing;
use super::page::Page;
use super::pages;
use super::row::{Fold, Mark, Row};
use super::visit::Visit;
use crate::audit::Report;
use crate::surface::Surfaces;
use crate::text::is_unsafe;

/// What is to happen after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The browser goes on.
    Stay,
    /// The terminal goes back to the shell for a while.
    Suspend,
    /// The browser ends.
    Quit,
}

/// Which keys mean what now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Keys move.
    Moving,
    /// Keys are the word that is searched.
    Searching,
}

/// The open pages. It draws the last one ([`Browser::draw`]).
pub struct Browser<'a> {
    pub(super) data: Data<'a>,
    /// The pages that were left open, the first one first.
    pub(super) below: Vec<Visit>,
    pub(super) top: Visit,
    pub(super) listing: Listing,
    pub(super) mode: Mode,
    /// Whether it may use colours.
    pub(super) is_coloured: bool,
    /// The width and the height of the list, as it was drawn last.
    pub(super) room: (usize, usize),
}

impl<'a> Browser<'a> {
    /// Opens the list of services.
    pub fn new(data: Data<'a>, is_coloured: bool) -> Self {
        let mut browser = Self {
            data,
            below: Vec::new(),
            top: Visit::new(Page::Services),
            listing: Listing::default(),
            mode: Mode::Moving,
            is_coloured,
            room: (80, 20),
        };
        browser.list();
        browser
    }

    /// Adds what an audit found.
    pub fn learn_findings(&mut self, findings: Answer<Report>) {
        self.data.findings = findings;
        self.list_again();
    }

    /// Adds what closures have.
    pub fn learn_surfaces(&mut self, surfaces: Answer<Vec<Surfaces<'a>>>) {
        self.data.surfaces = surfaces;
        self.list_again();
    }

    /// Does what a key means.
    pub fn press(&mut self, key: Key) -> Flow {
        match (self.mode, key) {
            (_, Key::Control('c')) | (Mode::Moving, Key::Char('q')) => return Flow::Quit,
            (_, Key::Control('z')) => return Flow::Suspend,
            (Mode::Searching, key) => self.search(key),
            (Mode::Moving, key) => self.go(key),
        }
        Flow::Stay
    }

    /// The selected row.
    pub(super) fn selected(&self) -> Option<&Row> {
        self.listing.rows.get(self.top.selected)
    }

    /// Makes the rows of the page.
    pub(super) fn list(&mut self) {
        let mut listing = pages::listing(&self.data, &self.top, self.room.0);
        listing.search(&self.top.word);
        listing.sort(self.top.order);
        self.listing = listing;
    }

    /// The same, but the selected row stays selected.
    fn list_again(&mut self) {
        let selected = self.selected().map(Row::mark);
        self.list();
        self.select(selected);
    }

    /// Selects a row again, if it is still there and can be told from others.
    fn select(&mut self, mark: Option<Mark>) {
        let Some(mark) = mark.filter(|mark| *mark != (None, None)) else {
            return;
        };
        let mut rows = self.listing.rows.iter();
        if let Some(at) = rows.position(|row| row.mark() == mark) {
            self.top.selected = at;
        }
    }

    fn search(&mut self, key: Key) {
        match key {
            Key::Escape => {
                self.top.word.clear();
                self.mode = Mode::Moving;
            }
            Key::Backspace => {
                if self.top.word.pop().is_none() {
                    self.mode = Mode::Moving;
                }
            }
            Key::Char(c) if !is_unsafe(c) => self.top.word.push(c),
            Key::Enter => {
                self.mode = Mode::Moving;
                return;
            }
            Key::Up | Key::Down | Key::PageUp | Key::PageDown => return self.go(key),
            _ => return,
        }
        self.list_again();
    }

    fn go(&mut self, key: Key) {
        let (rows, screen) = (self.listing.rows.len(), self.room.1.cast_signed().max(1));
        match key {
            Key::Up | Key::Char('k') => self.top.step(-1, rows),
            Key::Down | Key::Char('j') => self.top.step(1, rows),
            Key::PageUp | Key::Control('b') => self.top.step(-screen, rows),
            Key::PageDown | Key::Control('f') | Key::Char(' ') => self.top.step(screen, rows),
            Key::Home | Key::Char('g') => self.top.selected = 0,
            Key::End | Key::Char('G') => self.top.selected = rows.saturating_sub(1),
            Key::Enter => self.open(),
            Key::Right | Key::Char('l') => self.unfold(),
            Key::Left | Key::Char('h') => self.fold(),
            Key::Escape | Key::Backspace => self.back(),
            Key::Tab => self.turn(1),
            Key::BackTab => self.turn(-1),
            Key::Char(digit @ '1'..='9') => {
                let number = digit.to_digit(10).unwrap_or(1) as usize;
                self.choose(number - 1);
            }
            Key::Char('/') => self.mode = Mode::Searching,
            Key::Char('s') => self.sort(true),
            Key::Char('S') => self.sort(false),
            Key::Char('p') => self.visit(Page::Paths),
            Key::Char('f') => self.visit(Page::Findings),
            Key::Char('?') => self.visit(Page::Help),
            _ => {}
        }
    }

    fn visit(&mut self, page: Page) {
        if page == self.top.page {
            return;
        }
        self.top.left_at = self.selected().map(Row::mark);
        let left = std::mem::replace(&mut self.top, Visit::new(page));
        self.below.push(left);
        self.list();
    }

    fn open(&mut self) {
        match self.selected().map(|row| row.opens.clone()) {
            Some(Some(page)) => self.visit(page),
            Some(None) => self.unfold(),
            None => {}
        }
    }

    fn back(&mut self) {
        if !self.top.word.is_empty() {
            self.top.word.clear();
            self.list_again();
        } else if let Some(below) = self.below.pop() {
            self.top = below;
            self.list();
            let left_at = self.top.left_at.take();
            self.select(left_at);
        }
    }

    /// Unfolds a branch of a tree; elsewhere, opens.
    fn unfold(&mut self) {
        match self.selected().and_then(|row| row.branch.clone()) {
            Some((branch, Fold::Folded)) => {
                self.top.unfolded.insert(branch);
                self.list();
            }
            Some((_, Fold::Unfolded)) => self.top.step(1, self.listing.rows.len()),
            None if self.selected().is_some_and(|row| row.opens.is_some()) => self.open(),
            Some((_, Fold::Leaf)) | None => {}
        }
    }

    /// Folds a branch of a tree, or goes to the one above it; elsewhere, goes back.
    fn fold(&mut self) {
        match self.selected().and_then(|row| row.branch.clone()) {
            Some((branch, Fold::Unfolded)) => {
                self.top.unfolded.remove(&branch);
                self.list();
            }
            Some((mut branch, _)) if branch.len() > 1 => {
                branch.pop();
                let mut rows = self.listing.rows.iter();
                let is_above = |row: &Row| row.branch.as_ref().is_some_and(|(at, _)| *at == branch);
                self.top.selected = rows.position(is_above).unwrap_or_default();
            }
            _ => self.back(),
        }
    }

    /// Goes to the tab at this distance.
    fn turn(&mut self, distance: isize) {
        let tabs = self.top.page.tabs();
        if let Some(at) = tabs.iter().position(|(_, page)| *page == self.top.page) {
            let count = tabs.len().cast_signed();
            let next = (at.cast_signed() + distance).rem_euclid(count);
            self.choose(next.cast_unsigned());
        }
    }

    fn choose(&mut self, number: usize) {
        if let Some((_, page)) = self.top.page.tabs().into_iter().nth(number)
            && page != self.top.page
        {
            self.top = Visit::new(page);
            self.list();
        }
    }

    fn sort(&mut self, is_forward: bool) {
        if let Some(order) = self.listing.next_order(is_forward) {
            self.top.order = Some(order);
            self.list_again();
        }
    }
}
