//! openssl, whose options name keys, certificates and passwords.

use super::{Effect, Invocation, Knower, Use};

pub(super) struct OpenSsl;

/// Options whose value is a file that it reads.
const READS: [&str; 13] = [
    "-CA",
    "-CAkey",
    "-cert",
    "-certfile",
    "-config",
    "-extfile",
    "-in",
    "-inkey",
    "-key",
    "-keyfile",
    "-recip",
    "-signer",
    "-signkey",
];

/// Options whose value is a file that it makes.
const MAKES: [&str; 2] = ["-keyout", "-out"];

/// Options whose value tells where a password is.
const PASSWORDS: [&str; 3] = ["-pass", "-passin", "-passout"];

impl Knower for OpenSsl {
    fn knows(&self, name: &str) -> bool {
        name == "openssl"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let words = invocation.arguments.iter().map(Option::as_deref);
        let pairs = words.clone().zip(words.skip(1));
        let found = pairs.filter_map(|(option, value)| {
            let (option, value) = (option?, value?);
            let (path, how) = if PASSWORDS.contains(&option) {
                (value.strip_prefix("file:")?, Use::Reads)
            } else if READS.contains(&option) {
                (value, Use::Reads)
            } else if MAKES.contains(&option) {
                (value, Use::Makes)
            } else {
                return None;
            };
            // A key may be a number, and a certificate one of a token.
            let is_path = path.starts_with('/');
            is_path.then(|| Effect::file(path.to_owned(), how))
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn options_name_files() {
        assert_eq!(
            effects("openssl", "enc -aes-256-cbc -pass file:/a -in /b -out /c"),
            [
                file("/a", Use::Reads),
                file("/b", Use::Reads),
                file("/c", Use::Makes)
            ]
        );
        for line in [
            "rand -hex 32",
            "x509 -in a.pem",
            "req -key pkcs11:x",
            "enc -pass env:A",
            "x509 -in ?",
        ] {
            assert_eq!(effects("openssl", line), [], "{line}");
        }
    }
}
