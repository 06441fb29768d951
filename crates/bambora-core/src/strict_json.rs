//! JSON objects from a server, read strictly: what a claim rests on must have one meaning only.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Reads `body` as one whole JSON object, with nothing but white space around it and no member twice at any depth.
///
/// # Errors
///
/// What is wrong with it, without any of its content. The same goes for all functions here.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let value = object(body)?;
    check_members(body)?;
    Ok(value)
}

/// Reads `body` as one whole JSON object: UTF-8 throughout, and an object rather than a list, which serde would read into a
/// struct member by member.
pub(crate) fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    let text = text(body)?;
    match text.trim_start_matches([' ', '\t', '\r', '\n']).chars().next() {
        Some('{') => parse(text),
        Some(_) => Err("not a JSON object".to_owned()),
        None => Err("empty".to_owned()),
    }
}

/// Reads JSON of any kind.
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| defect(&error))
}

/// Checks that no object in `body`, which must be valid JSON, has a member twice.
pub(crate) fn check_members(body: &[u8]) -> Result<(), String> {
    if has_member_twice(text(body)?) { Err("a member stands in it twice".to_owned()) } else { Ok(()) }
}

fn text(body: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(body).map_err(|_| "not UTF-8".to_owned())
}

/// Returns `true` if an object in `text`, at any depth, has two members of the same name. `text` must be valid JSON.
///
/// Iterative, because a server decides how deep the text is nested.
fn has_member_twice(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut names: Vec<Cow<'_, str>> = Vec::new();
    let mut starts: Vec<usize> = Vec::new();
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        match byte {
            b'"' => {
                let end = string_end(bytes, position);
                if is_before_colon(bytes, end) {
                    let Some(name) = text.get(position..end).and_then(decoded) else {
                        return true;
                    };
                    names.push(name);
                }
                position = end;
                continue;
            }
            b'{' => starts.push(names.len()),
            b'}' => {
                let start = starts.pop().unwrap_or(0);
                if let Some(members) = names.get_mut(start..) {
                    members.sort_unstable();
                    if members.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
                        return true;
                    }
                }
                names.truncate(start);
            }
            _ => {}
        }
        position += 1;
    }
    false
}

/// Returns the position after the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut position = start + 1;
    while let Some(byte) = bytes.get(position) {
        match byte {
            b'\\' => position += 2,
            b'"' => return position + 1,
            _ => position += 1,
        }
    }
    position
}

fn is_before_colon(bytes: &[u8], position: usize) -> bool {
    let mut rest = bytes.iter().skip(position);
    rest.find(|byte| !b" \t\r\n".contains(byte)) == Some(&b':')
}

/// The text of a string with its quotes; `None` if it has an escape that stands for no character.
fn decoded(quoted: &str) -> Option<Cow<'_, str>> {
    if quoted.contains('\\') {
        return serde_json::from_str(quoted).ok().map(Cow::Owned);
    }
    quoted.get(1..quoted.len() - 1).map(Cow::Borrowed)
}

/// Describes what is wrong and where, without any of the content: serde quotes the value that it did not expect, which may
/// be a card number.
fn defect(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // These two name a field of ours.
    let names_a_field = ["missing field ", "duplicate field "].iter().any(|beginning| text.starts_with(beginning));
    if names_a_field || error.line() == 0 {
        return text;
    }
    let what = match error.classify() {
        Category::Io | Category::Syntax => "not JSON",
        Category::Data => "a member has a type that it may not have",
        Category::Eof => "it breaks off",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_member_twice_is_found_at_any_depth() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"y":{"a":1,"b":[],"a":{}}}]}"#,
            r#"{"a":{"b":1},"c":{"b":1},"a" : 1}"#,
            r#"{"\ud800":1}"#,
        ] {
            assert!(has_member_twice(text), "{text}");
        }
        for text in [
            r#"{}"#,
            r#"{"a":"a","b":"a"}"#,
            r#"{"a":{"a":{"a":"}"}},"b":["a","a"],"c":"\":{\"a"}"#,
            r#"{"a":[{"b":1},{"b":1}]}"#,
        ] {
            assert!(!has_member_twice(text), "{text}");
        }
        let deep = format!("{}{}", r#"{"a":["#.repeat(100_000), "]}".repeat(100_000));
        assert!(!has_member_twice(&deep));
    }

    /// A defect is told by its kind and its place, or by the name of a field of ours, and never by a value.
    #[test]
    fn a_defect_is_told_without_the_content() {
        #[derive(Debug, Deserialize)]
        #[allow(dead_code, reason = "it is only read")]
        struct Record {
            field: String,
        }
        for (body, expected) in [
            ("", "empty"),
            (" \t\r\n", "empty"),
            ("7", "not a JSON object"),
            (r#"{"field": 4111}"#, "a member has a type that it may not have, at line 1 column 14"),
            ("{\n\"field\": \"4111", "it breaks off, at line 2 column 14"),
            ("{4111}", "not JSON, at line 1 column 2"),
            (r#"{"field": "a", "other": 1, "other": 1}"#, "a member stands in it twice"),
        ] {
            assert_eq!(read::<Record>(body.as_bytes()).unwrap_err(), expected, "{body}");
        }
        for (body, expected) in
            [("{}", "missing field `field`"), (r#"{"field":"","field":""}"#, "duplicate field `field`")]
        {
            let told = read::<Record>(body.as_bytes()).unwrap_err();
            assert!(told.starts_with(expected), "{told}");
        }
        assert_eq!(read::<Record>(b"{\xff}").unwrap_err(), "not UTF-8");
        assert!(read::<Record>(br#"{"field": ""}"#).is_ok());
    }

    proptest! {
        /// Serde's own map is the judge of which names are the same.
        #[test]
        fn names_are_compared_as_json_compares_them(names in prop::collection::vec("[a-c\"\\\\]{0,2}", 0..5)) {
            let members: Vec<String> = names
                .iter()
                .map(|name| format!("{}:1", serde_json::to_string(name).unwrap()))
                .collect();
            let text = format!("{{{}}}", members.join(","));
            let distinct: std::collections::BTreeSet<_> = names.iter().collect();
            prop_assert_eq!(has_member_twice(&text), distinct.len() < names.len());
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            has_member_twice(&text);
            let _ = read::<serde_json::Value>(text.as_bytes());
        }
    }
}
