//! Keeps the parser's panics off standard error. It may panic on odd scripts; the panic is caught and reported as a finding.

use std::sync::Once;
use std::thread::{self, Builder};

/// The name of threads that read a script, by which the panic hook knows them.
const NAME: &str = "script";

/// Returns a builder for threads whose panics are not printed. Those of other threads still are.
pub(super) fn thread() -> Builder {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(NAME) {
                before(panic);
            }
        }));
    });
    Builder::new().name(NAME.to_owned())
}
