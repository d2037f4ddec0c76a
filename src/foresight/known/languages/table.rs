//! What languages call what matters here, as data.

mod javascript;
mod perl;
mod php;
mod python;
mod ruby;

use crate::inspect::Language;

/// A language, its interpreters, and the functions of it and of its usual libraries.
pub(super) struct Spoken {
    pub language: Language,
    /// What the names of its interpreters begin with; a version may follow.
    interpreters: &'static [&'static str],
    /// Options of the interpreter whose value is the text of the script.
    pub text: &'static [&'static str],
    /// Options whose value is the file of the script.
    pub file: &'static [&'static str],
    /// Options that take another value.
    pub values: &'static [&'static str],
    /// Options with which it runs something else.
    pub neither: &'static [&'static str],
    /// Functions that run a text by `/bin/sh`.
    pub shell: &'static [&'static str],
    /// Functions that start a program: its name, or a list that begins with it.
    pub starts: &'static [&'static str],
    /// Whether these take a whole command line too, as `system("ls -l")` of Perl.
    pub splits: bool,
    /// What a source mentions that has those functions, with `|` between alternatives; any source has them if this is empty.
    pub mentions: &'static str,
    /// Functions whose first text is a file that they read, or that they write if a mode says so.
    pub opens: &'static [&'static str],
    /// Functions whose first text is a file that they make.
    pub makes: &'static [&'static str],
    /// Functions whose first text is a file that they read, and whose second text is one that they make of it.
    pub copies: &'static [&'static str],
    /// Functions that ask whether a file exists.
    pub tests: &'static [&'static str],
    /// Functions that ask where a program is.
    pub asks: &'static [&'static str],
    /// Functions that look up the user that runs the program.
    pub own_user: &'static [&'static str],
    /// Functions that look up the user that their first text names.
    pub user: &'static [&'static str],
    /// Functions that look up the group that their first text names.
    pub group: &'static [&'static str],
    /// Whether functions may be called without brackets.
    pub is_bare: bool,
}

const NONE: Spoken = Spoken {
    language: Language::Awk,
    interpreters: &[],
    text: &[],
    file: &[],
    values: &[],
    neither: &[],
    shell: &[],
    starts: &[],
    splits: false,
    mentions: "",
    opens: &[],
    makes: &[],
    copies: &[],
    tests: &[],
    asks: &[],
    own_user: &[],
    user: &[],
    group: &[],
    is_bare: false,
};

static LANGUAGES: &[Spoken] = &[
    Spoken {
        language: Language::Awk,
        interpreters: &["awk", "gawk", "mawk", "nawk", "original-awk"],
        file: &["f", "-file"],
        values: &["F", "v", "-assign", "-field-separator"],
        shell: &["system"],
        makes: &["print"],
        ..NONE
    },
    javascript::JAVASCRIPT,
    Spoken {
        language: Language::Lua,
        interpreters: &["lua", "luajit", "tarantool", "texlua"],
        text: &["e"],
        values: &["l"],
        shell: &["os.execute", "io.popen"],
        opens: &["io.open", "io.lines", "dofile", "io.input"],
        makes: &["io.output"],
        is_bare: true,
        ..NONE
    },
    perl::PERL,
    php::PHP,
    python::PYTHON,
    ruby::RUBY,
    Spoken {
        language: Language::Tcl,
        interpreters: &["tclsh", "wish", "expect"],
        starts: &["exec", "spawn"],
        opens: &["open", "source"],
        makes: &[],
        is_bare: true,
        ..NONE
    },
];

/// The language of an interpreter.
pub(super) fn spoken(interpreter: &str) -> Option<&'static Spoken> {
    let is_version = |rest: &str| {
        rest.chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
    };
    let mut all = LANGUAGES.iter();
    all.find(|spoken| {
        let mut names = spoken.interpreters.iter();
        names.any(|name| interpreter.strip_prefix(name).is_some_and(is_version))
    })
}
