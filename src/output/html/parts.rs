//! What pages and their sections have in common.

use super::{SCRIPT, STYLE};
use crate::source::FailedHost;
use crate::text::{Html, Text, bytes, text};

/// The beginning of a page, up to its body. `style`: what this page adds to the style of all.
pub fn head(title: &str, style: &'static str) -> Text<Html> {
    text!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{}{}</style>\n</head>\n<body>\n",
        title,
        Text::own(STYLE),
        Text::own(style),
    )
}

/// The end of a page: the data for its scripts, the script of all pages, and those of this page.
pub fn end(data: &Text<Html>, scripts: &[&'static str]) -> Text<Html> {
    let mut text = text!(
        "</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n",
        data
    );
    for script in [SCRIPT].iter().chain(scripts) {
        text.push(text!("<script>\n{}</script>\n", Text::own(script)));
    }
    text.push(Text::own("</body>\n</html>\n"));
    text
}

/// A column of a table: its heading, and whether it has numbers.
pub type Column = (&'static str, bool);

/// The beginning of a table that can be sorted and filtered, up to its rows. `id`: that of its section.
pub fn table(id: &'static str, label: &'static str, columns: &[Column]) -> Text<Html> {
    let mut text = text!(
        "<div class=\"tools\" hidden><label>Filter <input type=\"search\" data-filter=\"{}-table\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n<table id=\"{}-table\" class=\"sortable\">\n<thead><tr>",
        id,
        label,
        id
    );
    for (heading, is_number) in columns {
        let class = Text::own(if *is_number { " class=\"number\"" } else { "" });
        text.push(text!("<th scope=\"col\"{}>{}</th>", class, *heading));
    }
    text.push(Text::own("</tr></thead>\n<tbody>\n"));
    text
}

/// The end of a table.
pub const TABLE_END: &str = "</tbody>\n</table>\n</div>\n";

/// A cell with a number; one that is not 0 is marked by the class, if there is one.
pub fn number(value: usize, class: &str) -> Text<Html> {
    if class.is_empty() || value == 0 {
        return text!("<td class=\"number\">{}</td>", value);
    }
    text!(
        "<td class=\"number\"><span class=\"{}\">{}</span></td>",
        class,
        value
    )
}

/// A cell with a size.
pub fn size(value: u64) -> Text<Html> {
    text!(
        "<td class=\"number\" data-sort=\"{}\">{}</td>",
        value,
        bytes(value)
    )
}

/// The hosts that failed, with the reasons; nothing if there are none.
pub fn failed(heading: &'static str, hosts: &[FailedHost]) -> Text<Html> {
    if hosts.is_empty() {
        return Text::new();
    }
    let mut text = text!(
        "<section id=\"failed\">\n<h2>{}</h2>\n<ul>\n",
        Text::own(heading)
    );
    for host in hosts {
        text.push(text!(
            "<li><b>{}</b> <span class=\"chain\">{}</span></li>\n",
            host.name,
            Text::prose(&host.reason())
        ));
    }
    text.push(Text::own("</ul>\n</section>\n"));
    text
}
