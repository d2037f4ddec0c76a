//! Workflow commands of GitHub, which show findings beside the lines that they are about
//! (<https://docs.github.com/en/actions/using-workflows/workflow-commands-for-github-actions>).

use super::audit::{Audited, whole_folded};
use super::folded_cause::FoldedCause;
use super::human::audit::total;
use crate::code::Level;
use crate::text::{Text, Workflow, text};

/// One command per cause of findings, and a last line with their number.
pub fn audit(audited: &Audited) -> Text<Workflow> {
    let mut text = Text::new();
    for folded in FoldedCause::of(audited) {
        let finding = folded.first();
        let command = if folded.level() == Level::Deny {
            "error"
        } else {
            "warning"
        };
        let place = audited.place_of(finding);
        let title = match folded.label(false) {
            Some(services) => format!("{services}: {}", finding.code),
            None => finding.code.to_string(),
        };
        text.push(text!(
            "::{} file={},line={},col={},title={}::{}\n",
            Text::own(command),
            Text::property(&place.file),
            place.line,
            place.column,
            Text::property(&title),
            Text::data(&whole_folded(&folded))
        ));
    }
    text.push(text!("{}\n", total(audited)));
    text
}
