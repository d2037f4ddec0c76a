//! Explains why nix can't work on this machine and what to do about it, from what nix prints.

/// Texts that must all be in one line of nix's error output, and a sentence that names the cause and the remedy.
const CAUSES: [(&[&str], &str); 6] = [
    (
        &["specified in 'build-users-group' does not exist"],
        "Nix has no build users on this machine: create them (Debian and Ubuntu: install the package nix-setup-systemd), or build as root without them with --option build-users-group ''.",
    ),
    (
        &["executing '", "': No such file or directory"],
        "Nix's sandbox lacks the program that the build starts with, such as /bin/sh: build without the sandbox with --option sandbox false, or add a static shell to the sandbox with --option extra-sandbox-paths /bin/sh=FILE.",
    ),
    (
        &["cannot connect to socket at '"],
        "The Nix daemon can't be reached: start it (systemctl start nix-daemon.socket), and give this user access to it (Debian and Ubuntu: the group nix-users).",
    ),
    (
        &["creating directory '/nix", "': Permission denied"],
        "This user can't create /nix: run any nix command as root once, or start the Nix daemon.",
    ),
    (
        &["file 'nixpkgs' was not found in the Nix search path"],
        "This user has no channel nixpkgs: add one (nix-channel --add https://channels.nixos.org/nixos-unstable nixpkgs; nix-channel --update; the same with sudo for root), or write import (fetchTarball \"https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz\") { } instead of import <nixpkgs> { }.",
    ),
    (
        &["'--extra-experimental-features'"],
        "This nix is too old: confinix needs 2.8 or newer.",
    ),
];

/// Returns what the user can do about a failure of nix, given its standard error; `None` if the error speaks for itself. Warnings
/// are ignored: without build users, nix prints one whatever the failure.
pub fn advice(stderr: &str) -> Option<&'static str> {
    let errors = || {
        stderr
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("warning:"))
    };
    CAUSES
        .iter()
        .find(|(texts, _)| errors().any(|line| texts.iter().all(|text| line.contains(text))))
        .map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn only_an_error_is_a_cause() {
        let missing = "the group 'nixbld' specified in 'build-users-group' does not exist";
        let other = "error: getting status of '/x.nix': No such file or directory";
        assert_eq!(advice(&format!("warning: {missing}\n{other}\n")), None);
        for error in [
            format!("error: {missing}"),
            format!("warning: {missing}\nerror: {missing}"),
            format!(
                "error:\n       … while setting up the build environment\n\n       error: {missing}"
            ),
        ] {
            let advice = advice(&error).unwrap_or_default();
            assert!(advice.starts_with("Nix has no build users"), "{error}");
        }
    }
}
