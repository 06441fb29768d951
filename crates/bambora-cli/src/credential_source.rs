//! Where the credentials come from: the environment, or a file that nobody else can read.

use std::env::{self, VarError};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bambora_core::{
    Credentials, InvalidCredentials, MerchantNumber, MerchantSecret, MerchantToken,
};
use zeroize::Zeroizing;

/// The three parts, as texts that are not checked yet.
pub(crate) struct CredentialTexts {
    pub(crate) number: Zeroizing<String>,
    pub(crate) token: Zeroizing<String>,
    pub(crate) secret: Zeroizing<String>,
}

const NAMES: [&str; 3] = [
    "BAMBORA_MERCHANT_NUMBER",
    "BAMBORA_MERCHANT_TOKEN",
    "BAMBORA_MERCHANT_SECRET",
];

/// Why there are no credentials. Never holds a part of them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoCredentials {
    #[error(
        "{} not set: set BAMBORA_MERCHANT_NUMBER, BAMBORA_MERCHANT_TOKEN and BAMBORA_MERCHANT_SECRET, \
         name a file with --credentials FILE, or try it out with --sandbox",
        are(.0)
    )]
    NotSet(Vec<&'static str>),
    #[error("{0} is not UTF-8 text: set it again")]
    NotText(&'static str),
    #[error("cannot read the credentials file {}: {error}", .path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error(
        "the credentials file {path} can be read by others: make it yours alone with chmod 600 {path}",
        path = .0.display()
    )]
    #[cfg(unix)]
    Open(PathBuf),
    #[error(
        "line {line} of the credentials file {} is not NAME=value with one of the names {}, {}, {}",
        .path.display(), NAMES[0], NAMES[1], NAMES[2]
    )]
    Line { path: PathBuf, line: usize },
    #[error("the credentials file {} says {name} twice: take one of the lines out", .path.display())]
    Twice { path: PathBuf, name: &'static str },
    #[error(
        "the value of {name} in the credentials file {} stands in quotes, which would be a part of it: take them off",
        .path.display()
    )]
    Quoted { path: PathBuf, name: &'static str },
    #[error("the credentials file {} is not a file: write the three lines into one", .0.display())]
    NotAFile(PathBuf),
    #[error("the credentials file {} does not say {name}: add a line {name}=…", .path.display())]
    Missing { path: PathBuf, name: &'static str },
    #[error("{name}: {error}")]
    Invalid {
        name: &'static str,
        error: InvalidCredentials,
    },
}

fn are(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

impl CredentialTexts {
    /// From the file where one is named, else from the environment.
    pub(crate) fn find(file: Option<&Path>) -> Result<Self, NoCredentials> {
        match file {
            Some(path) => Self::from_file(path),
            None => Self::from_environment(),
        }
    }

    fn from_environment() -> Result<Self, NoCredentials> {
        let mut missing = Vec::new();
        let mut texts: [Zeroizing<String>; 3] = Default::default();
        for (name, text) in NAMES.into_iter().zip(&mut texts) {
            match env::var(name) {
                Ok(value) => **text = value,
                Err(VarError::NotPresent) => missing.push(name),
                Err(VarError::NotUnicode(_)) => return Err(NoCredentials::NotText(name)),
            }
        }
        if !missing.is_empty() {
            return Err(NoCredentials::NotSet(missing));
        }
        let [number, token, secret] = texts;
        Ok(Self {
            number,
            token,
            secret,
        })
    }

    fn from_file(path: &Path) -> Result<Self, NoCredentials> {
        let unreadable = |error| NoCredentials::Unreadable {
            path: path.to_owned(),
            error,
        };
        // Before it is opened: opening a pipe waits for whoever writes into it.
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(NoCredentials::NotAFile(path.to_owned()));
        }
        let mut file = File::open(path).map_err(unreadable)?;
        refuse_if_open(&file, path).map_err(unreadable)??;
        let mut content = Zeroizing::new(String::new());
        file.read_to_string(&mut content).map_err(unreadable)?;
        let mut texts = [const { None::<Zeroizing<String>> }; 3];
        // Some editors begin a file with a mark that no line should have.
        let lines = content.trim_start_matches('\u{feff}').lines();
        for (index, line) in lines.enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line.split_once('=').unwrap_or_default();
            let slot = NAMES
                .iter()
                .zip(&mut texts)
                .find(|(known, _)| **known == name);
            let path = path.to_owned();
            match slot {
                None => {
                    let line = index + 1;
                    return Err(NoCredentials::Line { path, line });
                }
                Some((name, Some(_))) => return Err(NoCredentials::Twice { path, name }),
                Some((name, None)) if is_quoted(value) => {
                    return Err(NoCredentials::Quoted { path, name });
                }
                Some((_, slot)) => *slot = Some(Zeroizing::new(value.to_owned())),
            }
        }
        let [number, token, secret] = texts;
        let said = |text: Option<Zeroizing<String>>, name| {
            text.ok_or_else(|| NoCredentials::Missing {
                path: path.to_owned(),
                name,
            })
        };
        Ok(Self {
            number: said(number, NAMES[0])?,
            token: said(token, NAMES[1])?,
            secret: said(secret, NAMES[2])?,
        })
    }

    pub(crate) fn check(&self) -> Result<Credentials, NoCredentials> {
        let invalid = |name| move |error| NoCredentials::Invalid { name, error };
        Ok(Credentials::new(
            MerchantNumber::new(self.number.as_str()).map_err(invalid(NAMES[0]))?,
            MerchantToken::new(self.token.as_str()).map_err(invalid(NAMES[1]))?,
            MerchantSecret::new(self.secret.as_str()).map_err(invalid(NAMES[2]))?,
        ))
    }
}

fn is_quoted(value: &str) -> bool {
    ['"', '\'']
        .iter()
        .any(|quote| value.len() > 1 && value.starts_with(*quote) && value.ends_with(*quote))
}

#[cfg(unix)]
fn refuse_if_open(file: &File, path: &Path) -> io::Result<Result<(), NoCredentials>> {
    use std::os::unix::fs::PermissionsExt as _;
    let others = file.metadata()?.permissions().mode() & 0o077;
    Ok(if others == 0 {
        Ok(())
    } else {
        Err(NoCredentials::Open(path.to_owned()))
    })
}

#[cfg(not(unix))]
fn refuse_if_open(_file: &File, _path: &Path) -> io::Result<Result<(), NoCredentials>> {
    Ok(Ok(()))
}
