//! Markdown for reviewers and for the summaries of code hosts.

mod audit;
mod diff;
mod presets;

pub use audit::audit;
pub use diff::diff;
pub use presets::presets;

/// Text as it stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('|', r"\|")
        .replace('<', "&lt;")
        .replace('\n', " ")
}

/// Text as code, in a cell of a table or elsewhere.
fn code(text: &str) -> String {
    let text = text.replace('\n', " ").replace('|', r"\|");
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}
