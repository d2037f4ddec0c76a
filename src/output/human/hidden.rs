//! Which files a service's view leaves out.

use std::collections::BTreeMap;

use crate::output::HiddenFiles;
use crate::text::{Terminal, Text, text};

/// Every file with its class, and executables that stay with their reasons.
pub fn hidden(found: &HiddenFiles) -> Text<Terminal> {
    let mut text = if found.is_empty() {
        text!(
            "{} hides nothing that matches {}\n",
            found.service,
            found.pattern
        )
    } else {
        text!(
            "{} hides {} that match{} {}\n",
            found.service,
            entries(found.hidden.len()),
            if found.hidden.len() == 1 { "es" } else { "" },
            found.pattern
        )
    };
    for file in &found.hidden {
        text.push(text!(
            "\n{}/{}\n  {}: {}\n",
            file.path,
            file.file,
            file.class.name(),
            file.class.what()
        ));
    }
    for file in &found.stays {
        text.push(text!(
            "\n{}/{}\n  stays: {}\n",
            file.path,
            file.file,
            file.reason
        ));
    }
    text.push(untold(found.untold));
    text
}

/// The programs because of which all executables stay.
pub(super) fn untold(untold: &BTreeMap<String, String>) -> Text<Terminal> {
    if untold.is_empty() {
        return Text::new();
    }
    let mut text = Text::own("\nAll executables stay, because what can be called is not known:\n");
    for (program, reason) in untold {
        text.push(text!("  {} {}\n", program, reason));
    }
    text
}

fn entries(count: usize) -> String {
    match count {
        1 => "1 file or directory".to_owned(),
        count => format!("{count} files or directories"),
    }
}
