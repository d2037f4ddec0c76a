//! How the browser looks.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::Browser;
use super::browser::Mode;
use super::data::Answer;
use super::page::Page;
use super::place::{cell, places, put, shortened, shortened_front};
use super::row::Tone;
use crate::code::Level;
use crate::output::Cause;
use crate::text::{Terminal, Text, count, text};

/// The smallest screen that has room for a list.
const SMALLEST: (u16, u16) = (40, 8);
/// The lines above the list: where one is, the tabs, the titles of the columns.
const ABOVE: u16 = 3;
/// The lines below it: more about the selected row, the keys.
const BELOW: u16 = 2;

impl Browser<'_> {
    /// Draws the page.
    pub fn draw(&mut self, frame: &mut Frame) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            let hint = format!("enlarge to {}×{}", SMALLEST.0, SMALLEST.1);
            put(buffer, area, 0, 0, &hint, Style::new());
            return;
        }
        let room = (
            usize::from(area.width),
            usize::from(area.height - ABOVE - BELOW),
        );
        if room.0 != self.room.0 {
            self.room = room;
            self.list();
        }
        self.room = room;
        self.top.follow(room.1, self.listing.rows.len());
        self.draw_head(buffer, area);
        self.draw_tabs(buffer, area);
        self.draw_list(buffer, area);
        self.draw_foot(buffer, area);
    }

    /// Where one is, and what is known of all services.
    fn draw_head(&self, buffer: &mut Buffer, area: Rect) {
        let mut place: Text<Terminal> = text!("{}", self.data.name);
        let visits = self.below.iter().chain([&self.top]);
        for visit in visits {
            if let Some(title) = self.title(&visit.page) {
                place.push(text!(" › {}", title));
            }
        }
        let verdict = self.verdict();
        let width = usize::from(area.width);
        let right = width.saturating_sub(verdict.width());
        let bold = Style::new().add_modifier(Modifier::BOLD);
        // The end of the way matters more than its beginning.
        let place = shortened_front(place.as_str(), right.saturating_sub(1));
        put(buffer, area, 0, 0, &place, bold);
        put(buffer, area, right, 0, verdict.as_str(), Style::new());
    }

    /// What a page adds to the place.
    fn title(&self, page: &Page) -> Option<String> {
        match page {
            Page::Services | Page::Paths | Page::Findings => None,
            Page::Service(service, _) => Some(self.data.named(service).stem()),
            Page::Path(_, path) => Some(path.name().to_owned()),
            Page::Finding(_) => Some("finding".to_owned()),
            Page::Help => Some("keys".to_owned()),
        }
    }

    fn verdict(&self) -> Text<Terminal> {
        let report = match &self.data.findings {
            Answer::Known(report) => report,
            Answer::Pending => return Text::own("looking for findings …"),
            Answer::Failed(_) => return Text::own("findings not known"),
        };
        let causes = Cause::all(report);
        text!(
            "{} denied, {}",
            Cause::count(&causes, Level::Deny),
            count(Cause::count(&causes, Level::Warn), "warning")
        )
    }

    fn draw_tabs(&self, buffer: &mut Buffer, area: Rect) {
        let mut x = 0;
        for (number, (title, page)) in self.top.page.tabs().into_iter().enumerate() {
            let label = format!(" {} {title} ", number + 1);
            let style = if page == self.top.page {
                Style::new().add_modifier(Modifier::REVERSED)
            } else {
                Style::new()
            };
            put(buffer, area, x, 1, &label, style);
            x += label.len() + 1;
        }
    }

    fn draw_list(&self, buffer: &mut Buffer, area: Rect) {
        let listing = &self.listing;
        let width = usize::from(area.width);
        let places = places(&listing.columns, &listing.rows, width);
        let bold = Style::new().add_modifier(Modifier::BOLD);
        for (index, (column, place)) in listing.columns.iter().zip(&places).enumerate() {
            let title = match listing.order {
                Some(order) if order == index => format!("{}↓", column.title),
                _ => column.title.to_owned(),
            };
            cell(buffer, area, *place, 2, column, &title, bold);
        }
        let shown = listing.rows.iter().enumerate().skip(self.top.offset);
        for (y, (index, row)) in (usize::from(ABOVE)..).zip(shown.take(self.room.1)) {
            let mut style = self.style(row.tone);
            if index == self.top.selected {
                style = style.add_modifier(Modifier::REVERSED);
                put(buffer, area, 0, y, &" ".repeat(width), style);
            }
            let columns = listing.columns.iter().zip(&places);
            for ((column, place), of) in columns.zip(&row.cells) {
                cell(buffer, area, *place, y, column, of.as_str(), style);
            }
        }
        if listing.rows.is_empty() {
            let nothing = if self.top.word.is_empty() {
                "nothing"
            } else {
                "nothing found"
            };
            let y = usize::from(ABOVE);
            put(buffer, area, 0, y, nothing, self.style(Tone::Dim));
        }
    }

    fn draw_foot(&self, buffer: &mut Buffer, area: Rect) {
        let width = usize::from(area.width);
        let last = usize::from(area.height) - 1;
        if let Some(row) = self.selected() {
            let detail = shortened(row.detail.as_str(), width);
            put(buffer, area, 0, last - 1, &detail, self.style(Tone::Dim));
        }
        let at = match self.listing.rows.len() {
            0 => "0".to_owned(),
            rows => format!("{}/{rows}", self.top.selected + 1),
        };
        let keys = match self.mode {
            Mode::Searching => format!("/{}▏", self.top.word),
            Mode::Moving if !self.top.word.is_empty() => {
                format!("/{}  Esc: end the search  ?: help", self.top.word)
            }
            Mode::Moving => {
                let back = if self.below.is_empty() {
                    ""
                } else {
                    "Esc: back  "
                };
                format!("Enter: open  {back}/: search  s: sort  ?: help  q: quit")
            }
        };
        let room = width.saturating_sub(at.len() + 1);
        put(
            buffer,
            area,
            0,
            last,
            &shortened_front(&keys, room),
            self.style(Tone::Dim),
        );
        put(
            buffer,
            area,
            width - at.len(),
            last,
            &at,
            self.style(Tone::Dim),
        );
    }

    fn style(&self, tone: Tone) -> Style {
        let colour = |colour: Color| {
            if self.is_coloured {
                Style::new().fg(colour)
            } else {
                Style::new()
            }
        };
        match tone {
            Tone::Plain => Style::new(),
            Tone::Denied => colour(Color::Red),
            Tone::Warned => colour(Color::Yellow),
            Tone::Dim => Style::new().add_modifier(Modifier::DIM),
            Tone::Heading => Style::new().add_modifier(Modifier::BOLD),
        }
    }
}
