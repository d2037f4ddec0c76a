//! How systemd reads words of `BindReadOnlyPaths=`, written independently from systemd.syntax(7) and the source
//! (`extract_first_word` with `EXTRACT_UNQUOTE` and, for the parts of a word, `EXTRACT_UNESCAPE_SEPARATORS`;
//! `config_parse_bind_paths`; specifiers by `unit_path_printf`).

/// Returns source and destination of a mount in a unit file: `[-]SOURCE[:DESTINATION]`, with specifiers expanded.
pub fn bind(value: &str) -> Option<Vec<Vec<String>>> {
    // systemd reads the text part by part, up to ':' or white space; white space ends the tuple.
    tuples(value)?
        .into_iter()
        .map(|tuple| tuple.iter().map(|part| expand(part)).collect())
        .collect()
}

fn tuples(value: &str) -> Option<Vec<Vec<String>>> {
    let mut tuples = Vec::new();
    let mut tuple: Vec<String> = Vec::new();
    let mut part: Option<String> = None;
    let mut quote = None;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                part.get_or_insert_default();
            }
            (_, '\\') => {
                let next = chars.next()?;
                let part = part.get_or_insert_default();
                // EXTRACT_UNESCAPE_SEPARATORS: only a separator or the backslash itself loses its backslash.
                if !matches!(next, ':' | ' ' | '\t' | '\n' | '\r' | '\\') {
                    part.push('\\');
                }
                part.push(next);
            }
            (None, ':') => tuple.push(part.take().unwrap_or_default()),
            (None, ' ' | '\t' | '\n' | '\r') => {
                if let Some(part) = part.take() {
                    tuple.push(part);
                }
                if !tuple.is_empty() {
                    tuples.push(std::mem::take(&mut tuple));
                }
            }
            (_, c) => part.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return None;
    }
    tuple.extend(part);
    if !tuple.is_empty() {
        tuples.push(tuple);
    }
    Some(tuples)
}

/// Expands `%%` to a percent sign; any other specifier would depend on the unit.
fn expand(text: &str) -> Option<String> {
    let mut expanded = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '%' && chars.next()? != '%' {
            return None;
        }
        expanded.push(c);
    }
    Some(expanded)
}
