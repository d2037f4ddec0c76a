//! The keys of the browser, and what they do.

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are named like the keys")]
pub enum Key {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Escape,
    Tab,
    BackTab,
    Backspace,
    Char(char),
    /// A letter together with the control key.
    Control(char),
}

/// What the help lists: keys, and what they do.
pub const HELP: [(&str, &str); 14] = [
    ("Up, Down, k, j", "move to another line"),
    ("PageUp, PageDown, Ctrl-B, Ctrl-F", "move by a screen"),
    ("Home, End, g, G", "move to the first or the last line"),
    ("Enter", "open what the line is about"),
    ("Esc, Backspace", "go back"),
    ("Tab, Shift-Tab, 1 to 5", "go to another tab"),
    (
        "Right, l, Left, h",
        "in a tree: unfold, fold; elsewhere: open, go back",
    ),
    (
        "/",
        "search in this list; Enter keeps the result, Esc ends the search",
    ),
    ("s, S", "sort by the next or the previous column"),
    ("p", "every store path, and which services see it"),
    ("f", "every finding"),
    ("?", "this help"),
    ("Ctrl-Z", "suspend, as in a shell; fg comes back"),
    ("q, Ctrl-C", "quit"),
];
