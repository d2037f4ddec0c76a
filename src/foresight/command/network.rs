//! Hosts that are looked up by name, and certificates that are checked, where the root has no list of them.

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::trouble::Trouble;
use crate::root::Found;

/// Where programs find the certificates of authorities.
const AUTHORITIES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/certs/ca-bundle.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];

/// Variables that name another list.
const OF_AUTHORITIES: [&str; 5] = [
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NIX_SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// Files and sockets by which a name is looked up (nss(5), nscd(8)). What systemd-resolved has, /etc/resolv.conf leads to.
const RESOLVING: [&str; 3] = ["/etc/hosts", "/etc/resolv.conf", "/var/run/nscd/socket"];

impl Step<'_> {
    /// What happens when a name is looked up. Without both files the C library and Go ask a server on this machine, which most hosts lack; not
    /// even localhost is known otherwise. `who`: who looks it up.
    pub(super) fn resolved(&self, who: &str, host: &str) -> Result<Option<Trouble>> {
        if self.has_any(&RESOLVING)? {
            return Ok(None);
        }
        let message = format!(
            "{who} looks up the address of {host}, for which the service's root has neither /etc/hosts nor /etc/resolv.conf"
        );
        let trouble = Trouble::new(Code::FileMissing, "/etc/resolv.conf", message)
            .uncertain_if(true)
            .fixed_by(self.sight.preset_remedy("dns"));
        Ok(Some(trouble))
    }

    /// A certificate that can't be checked. `who`: who checks it.
    pub(super) fn verified(&self, who: &str, host: &str) -> Result<Option<Trouble>> {
        let environment = self.sight.around.environment;
        let mut names = environment.iter().map(|(name, _)| name);
        if names.any(|name| OF_AUTHORITIES.contains(&name)) || self.has_any(&AUTHORITIES)? {
            return Ok(None);
        }
        let [list, ..] = AUTHORITIES;
        let message = format!(
            "{who} checks the certificate of {host}, for which the service's root has no {list}"
        );
        let trouble = Trouble::new(Code::FileMissing, list, message)
            .uncertain_if(true)
            .fixed_by(self.sight.preset_remedy("tls"));
        Ok(Some(trouble))
    }

    /// Whether one of these may exist in the root.
    fn has_any(&self, paths: &[&str]) -> Result<bool> {
        for path in paths {
            if self.sight.inside.look(path)? != Found::Missing {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
