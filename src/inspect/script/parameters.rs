//! Parameter expansions.

use brush_parser::word::{
    Parameter, ParameterExpr, ParameterTestType, SpecialParameter, SubstringMatchKind,
};

use super::state::{Value, Words};
use super::visit::Visit;

impl Visit<'_> {
    /// The value of a parameter that is expanded to one word.
    pub(super) fn expansion(&mut self, expression: &ParameterExpr) -> Option<String> {
        use ParameterExpr as Expr;
        match expression {
            Expr::Parameter {
                parameter,
                indirect: false,
            } => self.known(parameter),
            Expr::UseDefaultValues {
                parameter,
                indirect: false,
                test_type,
                default_value,
            } => match self.tested(parameter, test_type) {
                Value::Known(value) => Some(value),
                Value::Unset => self.operand(default_value.as_deref()),
                Value::Unknown => {
                    self.operand(default_value.as_deref());
                    None
                }
            },
            Expr::AssignDefaultValues {
                parameter,
                indirect: false,
                test_type,
                default_value,
            } => {
                let value = match self.tested(parameter, test_type) {
                    Value::Known(value) => return Some(value),
                    Value::Unset => self.operand(default_value.as_deref()),
                    Value::Unknown => None,
                };
                if let Parameter::Named(name) = parameter {
                    self.state.assign(name, value.clone());
                }
                value
            }
            Expr::UseAlternativeValue {
                parameter,
                indirect: false,
                test_type,
                alternative_value,
            } => match self.tested(parameter, test_type) {
                Value::Known(_) => self.operand(alternative_value.as_deref()),
                Value::Unset => Some(String::new()),
                Value::Unknown => None,
            },
            Expr::IndicateErrorIfNullOrUnset { parameter, .. } => match self.parameter(parameter) {
                Value::Known(value) => Some(value),
                _ => None,
            },
            other => self.changed(other),
        }
    }

    /// The value of a parameter of which something is removed or replaced.
    fn changed(&mut self, expression: &ParameterExpr) -> Option<String> {
        use ParameterExpr as Expr;
        let (parameter, pattern, change): (_, _, fn(&str, &str) -> Option<String>) =
            match expression {
                Expr::RemoveSmallestSuffixPattern {
                    parameter,
                    indirect: false,
                    pattern,
                } => (parameter, pattern, without_end),
                Expr::RemoveLargestSuffixPattern {
                    parameter,
                    indirect: false,
                    pattern,
                } => (parameter, pattern, without_longest_end),
                Expr::RemoveSmallestPrefixPattern {
                    parameter,
                    indirect: false,
                    pattern,
                } => (parameter, pattern, without_start),
                Expr::RemoveLargestPrefixPattern {
                    parameter,
                    indirect: false,
                    pattern,
                } => (parameter, pattern, without_longest_start),
                Expr::ReplaceSubstring {
                    parameter,
                    indirect: false,
                    pattern,
                    replacement,
                    match_kind,
                } => {
                    let value = self.known(parameter)?;
                    let pattern = self.operand(Some(pattern))?;
                    let replacement = self.operand(replacement.as_deref())?;
                    return replaced(&value, &pattern, &replacement, match_kind);
                }
                _ => return None,
            };
        let value = self.known(parameter)?;
        let pattern = self.operand(pattern.as_deref())?;
        change(&value, &pattern)
    }

    /// The value of a parameter, which is empty if it is not set.
    fn known(&mut self, parameter: &Parameter) -> Option<String> {
        match self.parameter(parameter) {
            Value::Known(value) => Some(value),
            Value::Unset => Some(String::new()),
            Value::Unknown => None,
        }
    }

    /// The value of a parameter, where one that is tested for being empty counts as not set if it is.
    fn tested(&mut self, parameter: &Parameter, test: &ParameterTestType) -> Value {
        match self.parameter(parameter) {
            Value::Known(value)
                if value.is_empty() && matches!(test, ParameterTestType::UnsetOrNull) =>
            {
                Value::Unset
            }
            value => value,
        }
    }

    fn parameter(&mut self, parameter: &Parameter) -> Value {
        let known = |value: Option<String>| value.map_or(Value::Unknown, Value::Known);
        match parameter {
            Parameter::Named(name) => self.state.variable(name),
            Parameter::Positional(0) => known(self.script_path.clone()),
            Parameter::Positional(number) => match &self.state.positional {
                None => Value::Unknown,
                Some(words) => match words.get(*number as usize - 1) {
                    Some(word) => known(word.clone()),
                    None => Value::Unset,
                },
            },
            Parameter::NamedWithIndex { name, index } => {
                let words = self.state.array(name);
                let word = words
                    .zip(index.parse().ok())
                    .and_then(|(words, index): (_, usize)| words.get(index));
                known(word.cloned().flatten())
            }
            Parameter::NamedWithAllIndices { name, .. } => {
                let words: Option<Vec<String>> = self
                    .state
                    .array(name)
                    .and_then(|words| words.iter().cloned().collect());
                known(words.map(|words| words.join(" ")))
            }
            Parameter::Special(special) => known(match special {
                SpecialParameter::AllPositionalParameters { .. } => {
                    let words = self.state.positional.clone();
                    let words: Option<Vec<String>> = words.and_then(|it| it.into_iter().collect());
                    words.map(|words| words.join(" "))
                }
                SpecialParameter::PositionalParameterCount => self
                    .state
                    .positional
                    .as_ref()
                    .map(|it| it.len().to_string()),
                SpecialParameter::ShellName => self.script_path.clone(),
                SpecialParameter::LastExitStatus => {
                    let status = |is_success| if is_success { "0" } else { "1" };
                    self.state.status.map(status).map(str::to_owned)
                }
                _ => None,
            }),
        }
    }

    /// The words that a parameter is if it stands for several: `"$@"`, `"${array[@]}"`.
    pub(super) fn several(&self, expression: &ParameterExpr) -> Option<Words> {
        let ParameterExpr::Parameter {
            parameter,
            indirect: false,
        } = expression
        else {
            return None;
        };
        let unknown = vec![None];
        match parameter {
            Parameter::Special(SpecialParameter::AllPositionalParameters {
                concatenate: false,
            }) => Some(self.state.positional.clone().unwrap_or(unknown)),
            Parameter::NamedWithAllIndices {
                name,
                concatenate: false,
            } => Some(self.state.array(name).cloned().unwrap_or(unknown)),
            _ => None,
        }
    }

    /// A word within an expansion.
    fn operand(&mut self, text: Option<&str>) -> Option<String> {
        let Some(text) = text else {
            return Some(String::new());
        };
        let pieces = super::words::pieces(text)?;
        self.substitutions(&pieces);
        let mut made = String::new();
        self.flat(&pieces, &mut made).then_some(made)
    }
}

/// No value is longer, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// Whether a pattern is a text.
pub(super) fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', '\\'])
}

/// `${value%pattern}`.
fn without_end(value: &str, pattern: &str) -> Option<String> {
    let end = match pattern.strip_suffix('*') {
        // As of `${path%/*}`.
        Some(mark) if is_plain(mark) => value.rfind(mark),
        _ if is_plain(pattern) => value.strip_suffix(pattern).map(str::len),
        _ => return None,
    };
    Some(value[..end.unwrap_or(value.len())].to_owned())
}

/// `${value%%pattern}`.
fn without_longest_end(value: &str, pattern: &str) -> Option<String> {
    match pattern.strip_suffix('*') {
        // As of `${name%%.*}`.
        Some(mark) if is_plain(mark) => {
            let end = value.find(mark).unwrap_or(value.len());
            Some(value[..end].to_owned())
        }
        _ => without_end(value, pattern),
    }
}

/// `${value#pattern}`.
fn without_start(value: &str, pattern: &str) -> Option<String> {
    let start = match pattern.strip_prefix('*') {
        // As of `${line#*=}`.
        Some(mark) if is_plain(mark) => value.find(mark).map(|at| at + mark.len()),
        _ if is_plain(pattern) => value.starts_with(pattern).then_some(pattern.len()),
        _ => return None,
    };
    Some(value[start.unwrap_or(0)..].to_owned())
}

/// `${value##pattern}`.
fn without_longest_start(value: &str, pattern: &str) -> Option<String> {
    match pattern.strip_prefix('*') {
        // As of `${path##*/}`.
        Some(mark) if is_plain(mark) => {
            let start = value.rfind(mark).map_or(0, |at| at + mark.len());
            Some(value[start..].to_owned())
        }
        _ => without_start(value, pattern),
    }
}

/// `${value/pattern/replacement}`.
fn replaced(
    value: &str,
    pattern: &str,
    replacement: &str,
    kind: &SubstringMatchKind,
) -> Option<String> {
    if !is_plain(pattern) || pattern.is_empty() {
        return None;
    }
    match kind {
        SubstringMatchKind::FirstOccurrence => Some(value.replacen(pattern, replacement, 1)),
        SubstringMatchKind::Anywhere => {
            let made = value.replace(pattern, replacement);
            (made.len() <= MAX_TEXT).then_some(made)
        }
        _ => None,
    }
}
