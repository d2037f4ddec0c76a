//! Which files a service's view leaves out.

use crate::output::HiddenFiles;
use crate::text::{Terminal, Text, text};

/// Every file with its class.
pub fn hidden(found: &HiddenFiles) -> Text<Terminal> {
    if found.is_empty() {
        return text!(
            "{} hides nothing that matches {}\n",
            found.service,
            found.pattern
        );
    }
    let mut text = text!(
        "{} hides {} that match{} {}\n",
        found.service,
        entries(found.hidden.len()),
        if found.hidden.len() == 1 { "es" } else { "" },
        found.pattern
    );
    for file in &found.hidden {
        text.push(text!(
            "\n{}/{}\n  {}: {}\n",
            file.path,
            file.file,
            file.class.name(),
            file.class.what()
        ));
    }
    text
}

fn entries(count: usize) -> String {
    match count {
        1 => "1 file or directory".to_owned(),
        count => format!("{count} files or directories"),
    }
}
