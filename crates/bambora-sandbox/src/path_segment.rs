//! Payment references, and how they stand in a path.

use percent_encoding::percent_decode_str;

/// The longest reference, in characters.
const MAX_REFERENCE: usize = 2_000;

/// Undoes percent-encoding exactly once.
pub(crate) fn decode(segment: &str) -> Result<String, &'static str> {
    let is_escape = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !segment.split('%').skip(1).all(is_escape) {
        return Err("A percent sign in the path is not followed by two hexadecimal digits.");
    }
    let reference = percent_decode_str(segment).decode_utf8().map_err(|_| "The payment reference is not UTF-8.")?;
    check_length(&reference)?;
    Ok(reference.into_owned())
}

/// Checks that a reference is neither empty nor too long.
pub(crate) fn check_length(reference: &str) -> Result<(), &'static str> {
    match reference.chars().count() {
        0 => Err("The payment reference is empty."),
        1..=MAX_REFERENCE => Ok(()),
        _ => Err("The payment reference is too long."),
    }
}
