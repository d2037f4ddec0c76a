//! Configurations that a source names: those of the store, and those beside the source.

use crate::foresight::known::Effect;
use crate::inspect::{ENDINGS_OF_CONFIGURATIONS, Piece, Token, is_of_host};

/// No more configurations of a source are looked at.
const MOST: usize = 20;

/// The configurations that a source names, each with its line. `script`: where the source is.
pub(super) fn effects(pieces: &[Piece], script: Option<&str>) -> Vec<(usize, Effect)> {
    let dir = script.and_then(|path| path.rsplit_once('/')).map(|it| it.0);
    let told = pieces.iter().filter_map(|piece| {
        let Token::Text(text) = &piece.token else {
            return None;
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._+-".contains(c);
        let ending = text.rsplit_once('.').map(|(_, ending)| ending);
        let is_told = ending.is_some_and(|ending| ENDINGS_OF_CONFIGURATIONS.contains(&ending))
            && text.chars().all(is_plain)
            && !text.contains("..")
            && !is_of_host(text, &[]);
        // As in `__DIR__ . "/web.ini"`, one that begins with a slash may be beside the source too.
        let is_whole = text.starts_with('/') && text.matches('/').count() > 2;
        let path = if is_whole {
            text.clone()
        } else {
            format!("{}/{}", dir?, text.trim_start_matches(['.', '/']))
        };
        is_told.then_some((piece.line, Effect::IsTold(path)))
    });
    told.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::reading;
    use super::*;

    #[test]
    fn configurations_are_of_the_store_or_beside_the_source() -> Result<(), String> {
        for (text, expected) in [
            (
                "load(open('/nix/store/a-web.yml'))",
                Some("/nix/store/a-web.yml"),
            ),
            (
                "Path(__file__).with_name('web.json')",
                Some("/app/web.json"),
            ),
            ("open('/etc/web.yml')", None),
            ("print('web')", None),
        ] {
            let reading = reading("python3", "/app/main.py", text)?;
            let told = reading.effects.into_iter().find_map(|effect| match effect {
                Effect::IsTold(path) => Some(path),
                _ => None,
            });
            assert_eq!(told.as_deref(), expected, "{text}");
        }
        Ok(())
    }
}
