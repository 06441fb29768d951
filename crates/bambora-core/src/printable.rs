//! Text from outside, made safe to print.

use std::fmt::{self, Write as _};

/// Shows a text in which no character can move a cursor, start a line, change a color or reorder what stands around it.
///
/// Control characters and the invisible formatting characters that reorder text are written as `\u{…}`; everything else
/// stays. Use it wherever text that a server sent, or that somebody typed, goes to a terminal or a log.
///
/// ```
/// use bambora_core::Printable;
///
/// assert_eq!(Printable("paid\u{1b}[2K\nnot").to_string(), "paid\\u{1b}[2K\\u{a}not");
/// ```
#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "a text and how it is shown; there is nothing to add"
)]
pub struct Printable<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Printable<T> {
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
        assert_eq!(Printable("Größe 🙂 \"x\"").to_string(), "Größe 🙂 \"x\"");
        assert_eq!(Printable("a\u{202e}b").to_string(), "a\\u{202e}b");
    }

    proptest! {
        #[test]
        fn nothing_harmful_comes_through(text in any::<String>()) {
            let shown = Printable(&text).to_string();
            prop_assert!(!shown.chars().any(|c| c.is_control() || reorders(c)));
        }
    }
}
