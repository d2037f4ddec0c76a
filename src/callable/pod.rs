//! Perl's documentation, which stands between its code (perlpod(1)).

/// What begins a part of documentation, at the beginning of a line.
const COMMANDS: [&[u8]; 9] = [
    b"=begin",
    b"=encoding",
    b"=for",
    b"=head",
    b"=item",
    b"=over",
    b"=pod",
    b"=back",
    b"=end",
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
        if is_code && COMMANDS.iter().any(|command| line.starts_with(command)) {
            is_code = false;
        }
        if line.starts_with(END) {
            is_code = true;
        } else if is_code {
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
        let text = b"exec 'a';\n=head1 NAME\n\nprove\n\n=cut\n\n$x =for_each();\n=pod\nlast\n";
        assert_eq!(without_pod(text), b"exec 'a';\n\n$x =for_each();\n");
        assert!(is_perl("a/B.pm") && !is_perl("a/b.pmc") && !is_perl("pl"));
    }
}
