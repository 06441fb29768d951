//! Which texts are keys.

use bambora_core::errors::InvalidPostingKey;
use bambora_core::posting::PostingKey;
use proptest::prelude::*;

#[test]
fn a_key_has_up_to_256_characters_whatever_their_bytes() {
    for character in ["k", "é", "𝄞"] {
        let longest = character.repeat(256);
        assert_eq!(PostingKey::new(&longest).unwrap().as_str(), longest);
        let error = PostingKey::new(character.repeat(257)).unwrap_err();
        assert_eq!(error, PostingKey::new("x".repeat(257)).unwrap_err());
        assert!(error.to_string().contains("257 characters, and the API accepts at most 256"), "{error}");
    }
}

#[test]
fn a_text_that_a_server_may_change_is_no_key() {
    assert_eq!(PostingKey::new(""), Err(InvalidPostingKey::Empty));
    for text in [" ", " a", "a ", "\u{a0}a", "a\u{3000}", "a\n"] {
        assert_eq!(PostingKey::new(text), Err(InvalidPostingKey::Blanks), "{text:?}");
    }
    for text in ["a\nb", "a\tb", "a\0b", "a\u{7f}b", "a\u{85}b"] {
        assert_eq!(PostingKey::new(text), Err(InvalidPostingKey::ControlCharacter), "{text:?}");
    }
    assert_eq!(PostingKey::new("a b").unwrap().as_str(), "a b");
}

#[test]
fn a_text_with_a_suffix_is_one_key() {
    let key = |text: &str, unique| PostingKey::with_suffix(text, unique).map(String::from);
    assert_eq!(key("two tickets", 1).unwrap(), "two tickets #0000000000000001");
    assert_eq!(key("two tickets  ", u64::MAX).unwrap(), "two tickets #ffffffffffffffff");
    assert_eq!(key("", 7).unwrap(), "#0000000000000007");
    assert_eq!(key(&"é".repeat(238), 7).unwrap().chars().count(), 256);
    assert!(matches!(key(&"é".repeat(239), 7), Err(InvalidPostingKey::TooLong { characters: 257, .. })));
    assert_eq!(key(" a", 7), Err(InvalidPostingKey::Blanks));
    assert_eq!(key("a\nb", 7), Err(InvalidPostingKey::ControlCharacter));
}

proptest! {
    #[test]
    fn a_key_is_the_text_that_it_was_made_of(text: String, unique: u64) {
        if let Ok(key) = PostingKey::new(text.clone()) {
            prop_assert_eq!(key.as_str(), &text);
            prop_assert_eq!(text.parse::<PostingKey>().unwrap(), key);
        }
        if let Ok(key) = PostingKey::with_suffix(&text, unique) {
            let own = text.trim_end();
            prop_assert!(key.as_str().starts_with(own));
            let (_, suffix) = key.as_str().rsplit_once('#').unwrap();
            prop_assert_eq!(u64::from_str_radix(suffix, 16).unwrap(), unique);
        }
    }

    /// Two numbers give two keys.
    #[test]
    fn a_suffix_tells_keys_apart(text in "[a-z ]{0,9}", one: u64, other: u64) {
        let keys = [one, other].map(|unique| PostingKey::with_suffix(&text, unique));
        prop_assert_eq!(keys[0] == keys[1], one == other || keys[0].is_err());
    }
}
