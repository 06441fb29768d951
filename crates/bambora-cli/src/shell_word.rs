//! Text as one word of a shell.

use std::ffi::OsStr;
use std::path::Path;

use bambora_core::Escaped;

/// Quotes a text for a POSIX shell, if it has to be. What must not reach a terminal is written as `$'\ooo'`.
pub(crate) fn shell_word(text: impl AsRef<OsStr>) -> String {
    let text = text.as_ref();
    match text.to_str() {
        Some(text) if !text.is_empty() && text.bytes().all(is_plain) => text.to_owned(),
        Some(text) if Escaped(text).to_string() == text => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => {
            let bytes = text.as_encoded_bytes().iter();
            let octal: String = bytes.map(|byte| format!("\\{byte:03o}")).collect();
            format!("$'{octal}'")
        }
    }
}

/// Quotes the name of a file. One that looks like an option begins with `./`; `-` is not a file's.
pub(crate) fn file_word(path: &Path) -> String {
    match path.as_os_str().as_encoded_bytes() {
        [b'-', _, ..] => shell_word(Path::new(".").join(path)),
        _ => shell_word(path),
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_./:,@%+".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_if_it_has_to_be() {
        for (text, word) in [
            ("/tmp/left-over.txt", "/tmp/left-over.txt"),
            ("", "''"),
            ("my file", "'my file'"),
            ("it's $(all)", "'it'\\''s $(all)'"),
            ("größe", "'größe'"),
            ("a\u{9b}", "$'\\141\\302\\233'"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }

    #[test]
    fn a_file_does_not_look_like_an_option() {
        for (path, word) in
            [("-j", "./-j"), ("--no retry", "'./--no retry'"), ("-", "-"), ("a-j", "a-j"), ("./-j", "./-j")]
        {
            assert_eq!(file_word(Path::new(path)), word);
        }
    }
}
