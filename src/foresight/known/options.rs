//! Options and their values, as most programs take them: `-u VALUE`, `-uVALUE`, `--user VALUE`, `--user=VALUE`, `-user=VALUE`.

/// The arguments of a program, of which some options take values.
pub(super) struct Options<'a> {
    /// Options in their order, each with its value if it takes one; `None` for a value that is known only at run time.
    given: Vec<(&'a str, Option<&'a str>)>,
    /// What is neither an option nor a value; `None` for what is known only at run time.
    operands: Vec<Option<&'a str>>,
    /// Options of which it is not known whether they take a value.
    unknown: Vec<&'a str>,
    /// All arguments of which the text is known.
    words: Vec<&'a str>,
}

impl<'a> Options<'a> {
    /// Tells options, values and operands apart. `with_value`: the options that take one; `stops`: whether the first operand ends them.
    pub fn new(
        arguments: &'a [Option<String>],
        with_value: impl Iterator<Item = &'a str>,
        stops: bool,
    ) -> Self {
        let with_value: Vec<_> = with_value.collect();
        let mut options = Self {
            given: Vec::new(),
            operands: Vec::new(),
            unknown: Vec::new(),
            words: arguments.iter().flatten().map(String::as_str).collect(),
        };
        let mut words = arguments.iter().map(Option::as_deref);
        while let Some(word) = words.next() {
            let Some(option) = word.filter(|word| is_option(word)) else {
                options.operands.push(word);
                if stops {
                    options.operands.extend(words.by_ref());
                }
                continue;
            };
            if option == "--" {
                options.operands.extend(words.by_ref());
            } else if with_value.contains(&option) {
                options.given.push((option, words.next().flatten()));
            } else if let Some((name, value)) = attached(option, &with_value) {
                options.given.push((name, Some(value)));
            } else {
                options.unknown.push(option);
            }
        }
        options
    }

    /// These options as they are given, each with its value.
    pub fn values<'o>(
        &'o self,
        names: &'o [String],
    ) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + 'o {
        let given = self.given.iter().copied();
        given.filter(|(option, _)| names.iter().any(|name| name == option))
    }

    /// All options as they are given, each with its value.
    pub fn all(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + '_ {
        self.given.iter().copied()
    }

    /// Options of which nothing is known.
    pub fn unknown(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.unknown.iter().copied()
    }

    /// Whether one of these options or words is given.
    pub fn has(&self, names: &[String]) -> bool {
        let is_given = |name: &String| {
            let mut given = self.given.iter();
            given.any(|(option, _)| option == name) || self.words.contains(&name.as_str())
        };
        names.iter().any(is_given)
    }

    /// What is neither an option nor the value of one.
    pub fn operands(&self) -> impl Iterator<Item = Option<&'a str>> + '_ {
        self.operands.iter().copied()
    }
}

/// Whether a word is an option.
pub(super) fn is_option(word: &str) -> bool {
    word.starts_with('-') && word != "-"
}

/// The option and the value of a word that has both.
fn attached<'a>(word: &'a str, with_value: &[&'a str]) -> Option<(&'a str, &'a str)> {
    if let Some((name, value)) = word.split_once('=')
        && let Some(name) = with_value.iter().find(|option| **option == name)
    {
        return Some((name, value));
    }
    let is_short = |option: &str| option.len() == 2 && !word.starts_with("--");
    let short = with_value
        .iter()
        .find(|option| is_short(option) && word.starts_with(**option))?;
    Some((short, &word[2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_from_operands() {
        let arguments: Vec<_> = "-d -u web -pa --log=x --log y -n a - -- -b"
            .split(' ')
            .map(|word| Some(word.to_owned()))
            .collect();
        let options = Options::new(&arguments, ["-u", "-p", "--log"].into_iter(), false);
        let values = |name: &str| {
            let names = [name.to_owned()];
            let values: Vec<_> = options.values(&names).filter_map(|it| it.1).collect();
            values.join(" ")
        };
        assert_eq!(
            [values("-u"), values("-p"), values("--log")],
            ["web", "a", "x y"]
        );
        let operands: Vec<_> = options.operands().flatten().collect();
        assert_eq!(operands, ["a", "-", "-b"]);
        assert!(options.has(&["-d".to_owned()]) && !options.has(&["-x".to_owned()]));
    }

    #[test]
    fn what_is_not_known_has_no_value() {
        let arguments = [Some("-u".to_owned()), None, None];
        let options = Options::new(&arguments, ["-u"].into_iter(), true);
        let names = ["-u".to_owned()];
        let values: Vec<_> = options.values(&names).collect();
        assert_eq!(values, [("-u", None)]);
        assert_eq!(options.operands().collect::<Vec<_>>(), [None]);
    }
}
