//! `while getopts …`, which is followed option by option if all arguments are known.

use brush_parser::ast::CompoundList;

use super::ends::Over;
use super::visit::Visit;

/// No more options are followed.
const MAX_OPTIONS: usize = 16;

/// Options, each with its value.
type Options = Vec<(String, Option<String>)>;

/// The options that a script has been given.
pub(super) struct Given {
    /// The variable that gets each of them.
    variable: String,
    /// The options.
    all: Options,
    /// The number of the first argument behind them.
    next: usize,
}

impl Visit<'_> {
    /// The options that the condition of a loop reads, if it is `getopts` and all of them are known.
    pub(super) fn given_options(&self, condition: &CompoundList) -> Option<Given> {
        let text = condition.to_string();
        let mut words = text.trim().trim_end_matches(';').split_whitespace();
        let [Some("getopts"), Some(known), Some(variable), None] = [(); 4].map(|()| words.next())
        else {
            return None;
        };
        let known = known.trim_matches(['"', '\'']).trim_start_matches(':');
        if known.contains('$')
            || !variable
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            return None;
        }
        let words: Option<Vec<_>> = self.state.positional.as_ref()?.iter().cloned().collect();
        let (all, next) = options(known, &words?)?;
        (all.len() <= MAX_OPTIONS).then(|| Given {
            variable: variable.to_owned(),
            all,
            next,
        })
    }

    /// Runs the body of the loop for each of these options.
    pub(super) fn options(&mut self, given: Given, body: &CompoundList) {
        let before = self.at;
        self.state.assign("OPTIND", Some(given.next.to_string()));
        for (option, value) in given.all {
            self.state.assign(&given.variable, Some(option));
            self.state.assign("OPTARG", Some(value.unwrap_or_default()));
            if self.once(body) {
                break;
            }
        }
        self.leave(Over::Loop, before);
    }
}

/// The options among these words, each with its value, and the number of the first word behind them. `None` for one that is not known.
fn options(known: &str, words: &[String]) -> Option<(Options, usize)> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let Some(mut letters) = word.strip_prefix('-').filter(|it| !it.is_empty()) else {
            break;
        };
        at += 1;
        if letters == "-" {
            break;
        }
        while let Some(letter) = letters.chars().next() {
            letters = &letters[letter.len_utf8()..];
            let place = known.find(letter).filter(|_| letter != ':')?;
            let takes_value = known[place + letter.len_utf8()..].starts_with(':');
            let value = match (takes_value, letters) {
                (false, _) => None,
                (true, "") => {
                    at += 1;
                    Some(words.get(at - 1)?.clone())
                }
                (true, _) => Some(std::mem::take(&mut letters).to_owned()),
            };
            all.push((letter.to_string(), value));
        }
    }
    Some((all, at + 1))
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn options_are_read_as_getopts_does() {
        let read = |known: &str, line: &str| {
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            let (all, next) = options(known, &words)?;
            let all: Vec<_> = all
                .into_iter()
                .map(|(option, value)| option + &value.unwrap_or_default())
                .collect();
            Some(format!("{} {next}", all.join(" ")))
        };
        for (line, expected) in [
            ("-v -c /a b", Some("v c/a 4")),
            ("-vc/a b", Some("v c/a 2")),
            ("-v -- -c", Some("v 3")),
            ("a -v", Some(" 1")),
            ("-x", None),
            ("-c", None),
        ] {
            assert_eq!(read("c:v", line).as_deref(), expected, "{line}");
        }
    }
}
