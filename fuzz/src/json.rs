//! A strict reader of JSON (RFC 8259) for the oracles. Nothing of the code under test is in it.

/// A value as it stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(Text<'a>),
    List(Vec<Self>),
    Object(Vec<(Text<'a>, Self)>),
}

/// A text: as it is written between its quotes, and what it means. `None` if an escape in it stands for no character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    pub raw: &'a str,
    pub meaning: Option<String>,
}

impl<'a> Json<'a> {
    /// Reads one value with nothing but blanks around it. `None` if that is not what `bytes` are.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader { text: std::str::from_utf8(bytes).ok()?, at: 0 };
        let value = reader.value()?;
        reader.blanks();
        (reader.at == reader.text.len()).then_some(value)
    }

    /// Returns `true` if no object, at any depth, has two members of the same name, or one whose name means nothing.
    pub fn has_distinct_members(&self) -> bool {
        match self {
            Self::List(values) => values.iter().all(Self::has_distinct_members),
            Self::Object(members) => {
                let mut names: Vec<_> = members.iter().map(|(name, _)| &name.meaning).collect();
                names.sort_unstable();
                names.iter().all(|name| name.is_some())
                    && names.windows(2).all(|pair| pair[0] != pair[1])
                    && members.iter().all(|(_, value)| value.has_distinct_members())
            }
            _ => true,
        }
    }

    /// Returns a member of an object, if it is there and not `null`.
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let (_, value) = members.iter().find(|(other, _)| other.meaning.as_deref() == Some(name))?;
        (*value != Self::Null).then_some(value)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, wanted: &str) -> Option<()> {
        self.text.as_bytes()[self.at..].starts_with(wanted.as_bytes()).then(|| self.at += wanted.len())
    }

    fn eat_while(&mut self, is_wanted: impl Fn(u8) -> bool) -> usize {
        let start = self.at;
        while self.peek().is_some_and(&is_wanted) {
            self.at += 1;
        }
        self.at - start
    }

    fn blanks(&mut self) {
        self.eat_while(|byte| b" \t\r\n".contains(&byte));
    }

    fn value(&mut self) -> Option<Json<'a>> {
        self.blanks();
        match self.peek()? {
            b'{' => self
                .list('}', |reader| {
                    reader.blanks();
                    let name = reader.string()?;
                    reader.blanks();
                    reader.eat(":")?;
                    Some((name, reader.value()?))
                })
                .map(Json::Object),
            b'[' => self.list(']', Self::value).map(Json::List),
            b'"' => self.string().map(Json::Text),
            b'n' => self.eat("null").map(|()| Json::Null),
            b't' => self.eat("true").map(|()| Json::Bool(true)),
            b'f' => self.eat("false").map(|()| Json::Bool(false)),
            _ => self.number(),
        }
    }

    /// Reads entries with commas between them, from the bracket that is next to `end`.
    fn list<T>(&mut self, end: char, entry: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.at += 1;
        self.blanks();
        let mut entries = Vec::new();
        let mut end_text = [0; 4];
        let end: &str = end.encode_utf8(&mut end_text);
        if self.eat(end).is_some() {
            return Some(entries);
        }
        loop {
            entries.push(entry(self)?);
            self.blanks();
            if self.eat(end).is_some() {
                return Some(entries);
            }
            self.eat(",")?;
        }
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let start = self.at;
        let _ = self.eat("-");
        let zero = self.eat("0").is_some();
        if !zero && self.eat_while(|byte| byte.is_ascii_digit()) == 0 {
            return None;
        }
        if self.eat(".").is_some() && self.eat_while(|byte| byte.is_ascii_digit()) == 0 {
            return None;
        }
        if self.eat("e").or_else(|| self.eat("E")).is_some() {
            let _ = self.eat("+").or_else(|| self.eat("-"));
            if self.eat_while(|byte| byte.is_ascii_digit()) == 0 {
                return None;
            }
        }
        Some(Json::Number(&self.text[start..self.at]))
    }

    fn string(&mut self) -> Option<Text<'a>> {
        self.eat("\"")?;
        let start = self.at;
        // In UTF-16, as the escapes are: two of them may make one character.
        let mut units: Vec<u16> = Vec::new();
        loop {
            let character = self.text[self.at..].chars().next()?;
            self.at += character.len_utf8();
            match character {
                '"' => break,
                '\\' => units.push(self.escape()?),
                '\0'..='\x1f' => return None,
                _ => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            }
        }
        Some(Text { raw: &self.text[start..self.at - 1], meaning: String::from_utf16(&units).ok() })
    }

    fn escape(&mut self) -> Option<u16> {
        let byte = self.peek()?;
        self.at += 1;
        Some(u16::from(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                return are_digits.then(|| u16::from_str_radix(digits, 16).ok())?;
            }
            _ => return None,
        }))
    }
}
