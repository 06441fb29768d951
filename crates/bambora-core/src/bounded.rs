//! Texts of a server, cut to a length that may be kept.

/// Returns `text`, cut at a character boundary to at most `bytes` bytes and an ellipsis.
pub(crate) fn bounded(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_cut_only_if_it_is_longer_and_at_the_last_boundary_that_fits() {
        assert_eq!(bounded("abc", 3), "abc");
        assert_eq!(bounded("abcd", 3), "abc…");
        assert_eq!(bounded("aéé", 4), "aé…");
        assert_eq!(bounded("éa", 1), "…");
    }

    proptest! {
        #[test]
        fn any_text_is_kept_or_cut(text in any::<String>(), bytes in 0_usize..40) {
            let kept = bounded(&text, bytes);
            prop_assert!(kept.len() <= bytes.max(text.len().min(bytes)) + '…'.len_utf8());
            prop_assert!(kept == text || text.starts_with(kept.strip_suffix('…').unwrap()));
        }
    }
}
