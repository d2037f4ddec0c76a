//! sysctl, which writes to files of the kernel.

use super::options::Options;
use super::{Effect, Invocation, Knower, Use};

pub(super) struct Sysctl;

impl Knower for Sysctl {
    fn knows(&self, name: &str) -> bool {
        name == "sysctl"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let options = Options::new(invocation.arguments, ["-r", "--pattern"].into_iter(), false);
        let given: Vec<_> = options.unknown().collect();
        let is = |names: &[&str]| given.iter().any(|option| names.contains(option));
        // It goes on where it has been told to.
        if is(&["-e", "--ignore"]) {
            return Vec::new();
        }
        let operands: Vec<_> = options.operands().flatten().collect();
        if is(&["--system"]) || is(&["-p", "--load"]) && operands.is_empty() {
            return vec![Effect::file("/proc/sys/kernel".to_owned(), Use::Replaces)];
        }
        if given.iter().any(|option| option.starts_with("-p")) {
            let files = operands.into_iter().filter(|path| path.starts_with('/'));
            return files
                .map(|path| Effect::file(path.to_owned(), Use::Reads))
                .collect();
        }
        let written = operands.iter().filter_map(|word| word.split_once('='));
        written
            .map(|(name, _)| {
                let path = format!("/proc/sys/{}", name.trim().replace('.', "/"));
                Effect::file(path, Use::Replaces)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn what_is_set_is_written() {
        let written = [file("/proc/sys/net/ipv4/ip_forward", Use::Replaces)];
        assert_eq!(effects("sysctl", "-w net.ipv4.ip_forward=1"), written);
        assert_eq!(effects("sysctl", "net.ipv4.ip_forward"), []);
        assert_eq!(effects("sysctl", "-e net.ipv4.ip_forward=1"), []);
        assert_eq!(effects("sysctl", "-p /a"), [file("/a", Use::Reads)]);
        let all = [file("/proc/sys/kernel", Use::Replaces)];
        assert_eq!(effects("sysctl", "--system"), all);
    }
}
