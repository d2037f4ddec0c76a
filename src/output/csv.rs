//! CSV, as RFC 4180 describes it: a line for each service that changes.

use super::diff::Compared;
use crate::diff::Extent;
use crate::text::{Output, Text, text};

/// A field of CSV, quoted.
#[derive(Clone, Copy)]
pub struct Csv;

impl Output for Csv {
    fn escape(text: &str, out: &mut String) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    }
    const COLON: &'static str = ":";
    const BRACKET: &'static str = "[";
}

/// The services of both bundles that differ, with the paths and bytes that they see before and after.
pub fn diff(&Compared { diff, .. }: &Compared) -> Text<Csv> {
    let mut text =
        Text::own("service,change,paths before,paths after,bytes before,bytes after\r\n");
    let none = Extent {
        paths: 0,
        size: 0,
        mounts: 0,
    };
    for (name, extent) in &diff.added {
        text.push(line(name.as_str(), "added", none, *extent));
    }
    for (name, extent) in &diff.removed {
        text.push(line(name.as_str(), "removed", *extent, none));
    }
    for change in &diff.changed {
        text.push(line(
            change.name.as_str(),
            "changed",
            change.before,
            change.after,
        ));
    }
    text
}

fn line(name: &str, change: &'static str, before: Extent, after: Extent) -> Text<Csv> {
    text!(
        "{},{},{},{},{},{}\r\n",
        name,
        change,
        before.paths,
        after.paths,
        before.size,
        after.size
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Diff;
    use crate::service::UnitName;
    use crate::text::Document;

    #[test]
    fn a_service_is_a_line() -> anyhow::Result<()> {
        let extent = Extent {
            paths: 2,
            size: 10,
            mounts: 2,
        };
        let new = Diff {
            added: vec![(UnitName::parse("web.service")?, extent)],
            ..Diff::default()
        };
        let shown = diff(&Compared {
            diff: &new,
            rebuilds: false,
        });
        let document = Document::from(shown);
        let lines = document.as_str();
        assert!(
            lines.ends_with("\r\n\"web.service\",\"added\",0,2,0,10\r\n"),
            "{lines}"
        );
        Ok(())
    }
}
