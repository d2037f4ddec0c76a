//! Keeping the parser's panics off standard error: on odd scripts it may panic, which is caught and said as a finding.

use std::sync::Once;
use std::thread::{self, Builder};

/// The name by which the hook tells a thread that reads a script.
const NAME: &str = "script";

/// A thread whose panics are not printed. Those of all other threads are, as before.
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
