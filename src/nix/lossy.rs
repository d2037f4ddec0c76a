//! Reads what nix prints on standard error, however long it is.

use std::io::Read;

/// How many bytes to keep of the beginning and of the end of nix's standard error.
const KEPT: usize = 4 << 20;

/// Reads to the end, so that nix never blocks on a full pipe. Omits the middle of a very long text.
pub fn read_lossy(mut from: impl Read) -> String {
    let mut head = Vec::new();
    // A read error ends the text; the exit status shows the failure.
    let _ = from.by_ref().take(KEPT as u64).read_to_end(&mut head);
    let (mut tail, mut left_out) = (Vec::new(), 0);
    while let Ok(1..) = from.by_ref().take(KEPT as u64).read_to_end(&mut tail) {
        let surplus = tail.len().saturating_sub(KEPT);
        left_out += surplus;
        tail.drain(..surplus);
    }
    let (head, tail) = (
        String::from_utf8_lossy(&head),
        String::from_utf8_lossy(&tail),
    );
    if left_out == 0 {
        return format!("{head}{tail}");
    }
    format!("{head}\n[{left_out} bytes omitted]\n{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_endless_messages_the_ends_are_kept() {
        let text = |length: usize| {
            (0..length)
                .map(|at| if at % 80 == 79 { '\n' } else { 'x' })
                .collect::<String>()
        };
        let short = text(2 * KEPT);
        assert_eq!(read_lossy(short.as_bytes()), short);
        let long = read_lossy(format!("first {} last", text(5 * KEPT)).as_bytes());
        assert!(long.len() < 2 * KEPT + 100);
        assert!(long.starts_with("first") && long.ends_with("last"));
        assert!(long.contains("bytes omitted"));
    }
}
