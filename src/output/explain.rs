//! What `confinix explain` shows.

use crate::code::Code;

/// The codes of findings.
pub struct Explained {
    /// The one code to explain; `None` for a list of all.
    pub code: Option<Code>,
}

impl Explained {
    /// The codes, in their order.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        let all = Code::ALL.iter().copied();
        all.filter(|code| self.code.is_none_or(|asked| asked == *code))
    }
}
