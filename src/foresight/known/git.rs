//! git, which keeps its user's configuration in their home.

use super::operands::{Values, has, operands, options};
use super::{Effect, Invocation, Knower, Name, Use};
use crate::inspect::Variable;

pub(super) struct Git;

const VALUES: Values = Values {
    letters: "Cc",
    long: &[
        "blob",
        "comment",
        "default",
        "file",
        "git-dir",
        "namespace",
        "type",
        "value",
        "work-tree",
    ],
};

/// Options of `git config` that change something. Without one, it changes what it is given a value for.
const CHANGES: [&str; 8] = [
    "--add",
    "--edit",
    "--remove-section",
    "--rename-section",
    "--replace-all",
    "--unset",
    "--unset-all",
    "-e",
];

/// Those that only read, beside `--get` and the like.
const READS: [&str; 2] = ["--list", "-l"];

/// Its subcommands that do, from Git 2.46 on.
const CHANGING: [&str; 5] = ["edit", "remove-section", "rename-section", "set", "unset"];

impl Knower for Git {
    fn knows(&self, name: &str) -> bool {
        name == "git"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let words = operands(invocation.arguments, VALUES);
        let options = options(invocation.arguments);
        let rest = match words.as_slice() {
            [Some("config"), rest @ ..] => rest,
            [Some("commit"), ..] if lacks_name(invocation) => {
                return vec![Effect::looks_up(Name::Own).perhaps()];
            }
            _ => return Vec::new(),
        };
        let asks = options
            .iter()
            .any(|it| it.starts_with("--get") || READS.contains(it));
        let changes = options.iter().any(|option| CHANGES.contains(option))
            || matches!(rest, [Some(word), ..] if CHANGING.contains(word))
            || rest.len() > 1 && !matches!(rest, [Some("get" | "list"), ..]);
        if asks || !changes || !options.contains(&"--global") || has(&options, 'h', "--help") {
            return Vec::new();
        }
        let variable = |name| invocation.around.environment.variable(name);
        let path = match (variable("GIT_CONFIG_GLOBAL"), variable("HOME")) {
            (Variable::Known(path), _) => path.to_owned(),
            (Variable::Unset, Variable::Known(home)) => format!("{home}/.gitconfig"),
            (Variable::Unset, Variable::Unset) => return vec![Effect::NeedsHome],
            _ => return Vec::new(),
        };
        vec![Effect::file(path.replace("//", "/"), Use::Makes)]
    }
}

/// Whether it is told the address of who commits and not their name, which it then asks the system for.
fn lacks_name(invocation: &Invocation) -> bool {
    let is_told = |variables: &[&str], key: &str| {
        let environment = invocation.around.environment;
        let mut variables = variables.iter();
        let mut words = invocation.arguments.iter().flatten();
        variables.any(|name| environment.variable(name) != Variable::Unset)
            || words.any(|word| word.starts_with(key))
    };
    is_told(&["EMAIL", "GIT_COMMITTER_EMAIL"], "user.email=")
        && !is_told(&["GIT_COMMITTER_NAME"], "user.name=")
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn what_it_configures_for_its_user_is_in_their_home() {
        for line in [
            "config --global user.name web",
            "-C /a -c x=y config --global --add safe.directory /a",
            "config --global --unset user.name",
            "config set --global user.name web",
        ] {
            assert_eq!(effects("git", line), [Effect::NeedsHome], "{line}");
        }
        let own = Effect::looks_up(Name::Own).perhaps();
        let line = "-c user.email=a@b commit -m x";
        assert_eq!(effects("git", line), [own]);
        for line in [
            "commit -m x",
            "-c user.email=a@b -c user.name=a commit -m x",
            "config --global user.name",
            "config get --global user.name",
            "config --global --get-all safe.directory /a",
            "config --global --type bool core.bare",
            "config user.name web",
            "status",
        ] {
            assert_eq!(effects("git", line), [], "{line}");
        }
    }
}
