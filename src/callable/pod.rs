//! Perl's documentation, which stands between its code (perlpod(1)).

/// What begins a part of documentation, at the beginning of a line.
const COMMANDS: [&[u8]; 9] = [
    b"=back",
    b"=begin",
    b"=encoding",
    b"=end",
    b"=for",
    b"=head",
    b"=item",
    b"=over",
    b"=pod",
];

/// The end of such a part.
const END: &[u8] = b"=cut";

/// Whether a file is in Perl, by its name.
pub(super) fn is_perl(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("pl" | "pm"))
}

/// The code of a file without its documentation.
pub(super) fn without_pod(text: &[u8]) -> Vec<u8> {
    let mut code = Vec::with_capacity(text.len());
    let mut is_code = true;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let word = line
            .split(|byte| !byte.is_ascii_alphabetic() && *byte != b'=')
            .next();
        let word = word.unwrap_or_default();
        if word == END {
            is_code = true;
            continue;
        }
        is_code &= !COMMANDS.contains(&word);
        if is_code {
            code.extend_from_slice(line);
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_ends_where_code_begins_again() {
        let text = b"exec 'a';\n=head1 NAME\n\nprove\n\n=cut\n\n$x\n=format('b');\n=pod\nlast\n";
        assert_eq!(without_pod(text), b"exec 'a';\n\n$x\n=format('b');\n");
        assert!(is_perl("a/B.pm") && !is_perl("a/b.pmc") && !is_perl("pl"));
    }
}
