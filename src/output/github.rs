//! Workflow commands of GitHub, which show findings beside the lines they are about
//! (<https://docs.github.com/en/actions/using-workflows/workflow-commands-for-github-actions>).

use std::fmt::Write;

use super::audit::{Audited, message, route};
use super::human::audit::total;
use crate::audit::Level;

/// One command a finding, and a last line with their number.
pub fn audit(audited: &Audited) -> String {
    let mut text = String::new();
    for finding in &audited.report.findings {
        let command = if finding.level == Level::Deny {
            "error"
        } else {
            "warning"
        };
        let place = audited.place_of(finding);
        let title = match &finding.service {
            Some(service) => format!("{service}: {}", finding.code),
            None => finding.code.to_owned(),
        };
        let mut body = message(finding);
        if let Some(chain) = &finding.chain {
            let _ = write!(body, "\nvia {}", route(chain));
        }
        for remedy in &finding.remedies {
            let _ = write!(body, "\n{}:\n{}", remedy.what, remedy.paste);
        }
        let _ = writeln!(
            text,
            "::{command} file={},line={},col={},title={}::{}",
            property(&place.file),
            place.line,
            place.column,
            property(&title),
            data(&body)
        );
    }
    text.push_str(&total(audited));
    text.push('\n');
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
