//! Parses nginx configurations as nginx does (`ngx_conf_read_token`), and blocks of Lua as lua-nginx-module does
//! (`ngx_http_lua_lex.rl`). It gives directives no meaning.

/// A directive of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name and arguments, without quotes and escapes. There is at least a name.
    pub words: Vec<String>,
    /// The index of the directive whose block contains it; `None` at the top level.
    pub within: Option<usize>,
}

/// The directives of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NginxConfiguration {
    /// The directives of all blocks, in the order of the text. They are a list and not a tree, so that deep nesting needs no
    /// recursion.
    pub directives: Vec<Directive>,
    /// Why nginx refuses the text, as the end of a sentence. The directives before that place are complete.
    pub error: Option<&'static str>,
}

impl NginxConfiguration {
    /// Returns the name of the directive whose block contains this one; empty at the top level.
    pub fn block_of(&self, directive: &Directive) -> &str {
        let within = directive.within.and_then(|at| self.directives.get(at));
        let name = within.and_then(|within| within.words.first());
        name.map_or("", String::as_str)
    }
}

/// Parses a configuration, in time and memory proportional to its length.
pub fn read_nginx(text: &str) -> NginxConfiguration {
    let mut read = NginxConfiguration::default();
    read.error = Reader { text, at: 0 }.read(&mut read.directives).err();
    read
}

/// The end of the name of a directive whose block is Lua.
const LUA: &str = "_by_lua_block";

struct Reader<'a> {
    text: &'a str,
    /// The offset of the next byte, always at a character boundary.
    at: usize,
}

impl Reader<'_> {
    fn read(&mut self, directives: &mut Vec<Directive>) -> Result<(), &'static str> {
        // The directives whose blocks are open.
        let mut open: Vec<usize> = Vec::new();
        let mut words: Vec<String> = Vec::new();
        loop {
            self.skip_blank();
            let Some(byte) = self.peek() else {
                return if words.is_empty() && open.is_empty() {
                    Ok(())
                } else {
                    // Keep the incomplete directive, as it may still matter.
                    push(directives, &mut words, &open);
                    Err("it ends within a directive or a block")
                };
            };
            match byte {
                b';' | b'{' if words.is_empty() => return Err("a directive in it has no name"),
                b'}' if !words.is_empty() => return Err("a directive in it lacks its ;"),
                b';' => push(directives, &mut words, &open),
                b'{' => {
                    let is_lua = words.first().is_some_and(|name| name.ends_with(LUA));
                    push(directives, &mut words, &open);
                    if is_lua {
                        self.at += 1;
                        self.skip_lua()?;
                        continue;
                    }
                    open.push(directives.len() - 1);
                }
                b'}' => {
                    if open.pop().is_none() {
                        return Err("an unmatched } in it");
                    }
                }
                _ => {
                    words.push(self.word(byte)?);
                    continue;
                }
            }
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips white space and comments. Within a word, `#` begins no comment.
    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => self.skip_to("\n"),
                _ if is_blank(byte) => self.at += 1,
                _ => return,
            }
        }
    }

    /// Moves past the next `end`, or to the end of the text.
    fn skip_to(&mut self, end: &str) {
        let found = self.text[self.at..].find(end);
        self.at = found.map_or(self.text.len(), |found| self.at + found + end.len());
    }

    /// Reads the word that begins with this byte.
    fn word(&mut self, first: u8) -> Result<String, &'static str> {
        let quote = matches!(first, b'"' | b'\'').then_some(first);
        if quote.is_some() {
            self.at += 1;
        }
        let start = self.at;
        // Whether a $ is before this byte: the brace of ${name} opens no block.
        let mut is_variable = false;
        loop {
            let Some(byte) = self.peek() else {
                return if quote.is_some() {
                    Err("an unclosed quote in it")
                } else {
                    Ok(unescape(&self.text[start..]))
                };
            };
            let is_brace_of_variable = is_variable && byte == b'{';
            is_variable = byte == b'$' || is_brace_of_variable;
            let is_end = match quote {
                Some(quote) => byte == quote,
                None => is_blank(byte) || byte == b';' || byte == b'{' && !is_brace_of_variable,
            };
            if is_end {
                break;
            }
            self.at += if byte == b'\\' { self.escaped() } else { 1 };
        }
        let word = unescape(&self.text[start..self.at]);
        if quote.is_some() {
            self.at += 1;
            let follows = self.peek();
            let is_apart = |byte| is_blank(byte) || matches!(byte, b';' | b'{' | b')');
            if !follows.is_none_or(is_apart) {
                return Err("a quoted word in it is followed by another without a space");
            }
        }
        Ok(word)
    }

    /// Returns the length of a backslash and the character after it, in bytes.
    fn escaped(&self) -> usize {
        let behind = self.text[self.at + 1..].chars().next();
        1 + behind.map_or(0, char::len_utf8)
    }

    /// Moves past the brace that closes a block of Lua.
    fn skip_lua(&mut self) -> Result<(), &'static str> {
        let mut depth = 1_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'-' if self.text[self.at..].starts_with("--") => {
                    self.at += 2;
                    if !self.skip_long_bracket() {
                        self.skip_to("\n");
                    }
                }
                b'[' => {
                    if !self.skip_long_bracket() {
                        self.at += 1;
                    }
                }
                b'"' | b'\'' => self.skip_lua_string(byte),
                _ => {
                    self.at += 1;
                    match byte {
                        b'{' => depth += 1,
                        b'}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        return Ok(());
                    }
                }
            }
        }
        Err("an unclosed block of Lua in it")
    }

    /// Moves past `[[…]]`, `[=[…]=]` etc.; `false` if none begins here.
    fn skip_long_bracket(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(inner) = rest.strip_prefix('[') else {
            return false;
        };
        let level = inner.len() - inner.trim_start_matches('=').len();
        if !inner[level..].starts_with('[') {
            return false;
        }
        self.at += level + 2;
        self.skip_to(&format!("]{}]", "=".repeat(level)));
        true
    }

    fn skip_lua_string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            if byte == b'\\' {
                self.at += self.escaped();
                continue;
            }
            self.at += 1;
            if byte == quote {
                return;
            }
        }
    }
}

fn push(directives: &mut Vec<Directive>, words: &mut Vec<String>, open: &[usize]) {
    if words.is_empty() {
        return;
    }
    directives.push(Directive {
        words: std::mem::take(words),
        within: open.last().copied(),
    });
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Removes the backslashes of nginx's escapes. A backslash before any other character stays.
fn unescape(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut rest = word.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match rest.next() {
            Some(escaped @ ('"' | '\'' | '\\')) => plain.push(escaped),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('n') => plain.push('\n'),
            other => {
                plain.push('\\');
                plain.extend(other);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests;
