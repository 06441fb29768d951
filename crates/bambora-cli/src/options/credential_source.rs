//! The credentials from the environment, or from a file that nobody else can read. No message has a part of them.

use std::env;
use std::error::Error;
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use super::private_file;

/// The variables, and the names in a file: of the merchant number, the token and the secret.
pub(crate) const NAMES: [&str; 3] = ["BAMBORA_MERCHANT_NUMBER", "BAMBORA_MERCHANT_TOKEN", "BAMBORA_MERCHANT_SECRET"];

/// Texts for [`NAMES`] that are not checked yet.
pub(crate) type CredentialTexts = [Zeroizing<String>; 3];
type Found = [Option<Zeroizing<String>>; 3];

/// Reads the credentials from the file, if one is named, or else from the environment. `None` if no variable is set.
pub(crate) fn find(file: Option<&Path>) -> Result<Option<CredentialTexts>, Box<dyn Error>> {
    let (place, found) = match file {
        Some(path) => {
            let place = format!("the credentials file {}", path.display());
            let found = from_file(path).map_err(|error| format!("{place}: {error}"))?;
            (place, found)
        }
        None => ("the environment".to_owned(), from_environment()?),
    };
    let names = NAMES.into_iter().zip(&found);
    let missing = names.filter_map(|(name, text)| text.is_none().then_some(name));
    let missing = missing.collect::<Vec<_>>().join(", ");
    match found {
        [Some(number), Some(token), Some(secret)] => Ok(Some([number, token, secret])),
        [None, None, None] if file.is_none() => Ok(None),
        _ => Err(format!("{place} does not set {missing}: set all three").into()),
    }
}

fn from_environment() -> Result<Found, String> {
    let mut found = Found::default();
    for (name, text) in NAMES.into_iter().zip(&mut found) {
        if let Some(value) = env::var_os(name) {
            let value = value.into_string();
            let value = value.map_err(|_| format!("{name} is not UTF-8 text: set it again"))?;
            *text = Some(Zeroizing::new(value));
        }
    }
    Ok(found)
}

fn from_file(path: &Path) -> Result<Found, Box<dyn Error>> {
    let file = private_file::open(path)?;
    let content = Zeroizing::new(io::read_to_string(file)?);
    let mut found = Found::default();
    // Some editors begin a file with a byte order mark.
    let lines = content.trim_start_matches('\u{feff}').lines();
    for (number, line) in (1..).zip(lines.map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let problem = match line.split_once('=') {
            Some((_, value)) if is_quoted(value) => {
                "has a value in quotes, which would be a part of it: remove them".to_owned()
            }
            Some((name, value)) => {
                let mut slots = NAMES.iter().zip(&mut found);
                match slots.find(|(known, _)| **known == name) {
                    Some((_, slot @ None)) => {
                        *slot = Some(Zeroizing::new(value.to_owned()));
                        continue;
                    }
                    Some(_) => format!("sets {name} twice: remove one of the lines"),
                    None => format!("has another name than {}", NAMES.join(", ")),
                }
            }
            None => "is not NAME=value".to_owned(),
        };
        return Err(format!("line {number} {problem}").into());
    }
    Ok(found)
}

fn is_quoted(value: &str) -> bool {
    ['"', '\''].iter().any(|quote| value.len() > 1 && value.starts_with(*quote) && value.ends_with(*quote))
}
