//! Text from outside, escaped for printing.

use std::fmt::{self, Write as _};

/// Displays a text so that no character can move a cursor, start a line, change a color or reorder the text around it.
///
/// Control characters and invisible formatting characters that reorder text are written as `\u{…}`; everything else stays
/// as it is. Use it for text from a server or a user that goes to a terminal or a log.
///
/// ```
/// use bambora_core::Escaped;
///
/// assert_eq!(Escaped("paid\u{1b}[2K\nnot").to_string(), "paid\\u{1b}[2K\\u{a}not");
/// ```
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a text and how it is shown; there is nothing to add")]
pub struct Escaped<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.as_ref().chars() {
            if character.is_control() || reorders(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Line and paragraph separators, direction marks, embeddings, overrides and isolates, and the byte order mark.
fn reorders(character: char) -> bool {
    matches!(character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_stays() {
        assert_eq!(Escaped("Größe 🙂 \"x\"").to_string(), "Größe 🙂 \"x\"");
        assert_eq!(Escaped("a\u{202e}b").to_string(), "a\\u{202e}b");
    }

    proptest! {
        #[test]
        fn nothing_harmful_comes_through(text in any::<String>()) {
            let shown = Escaped(&text).to_string();
            prop_assert!(!shown.chars().any(|c| c.is_control() || reorders(c)));
        }
    }
}
