//! Why a request brought no usable response.

use std::error::Error;
use std::fmt;

use crate::bounded::bounded;
use crate::delivery::TransportError;
use crate::escaped::Escaped;

/// How much of a cause is kept, in bytes.
const MAX_BYTES: usize = 500;

/// The cause of a transport's failure, as text: the errors of its chain, from the outermost to the innermost.
///
/// It is what is left of a [`TransportError`] in results and outcomes, which can be stored and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Cause(String);

impl Cause {
    /// Creates a cause with this text, of which at most 500 bytes are kept.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(bounded(text, MAX_BYTES))
    }

    /// Returns the text. It may have parts that a server chose: print it with `Display`, which escapes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&TransportError> for Cause {
    fn from(error: &TransportError) -> Self {
        let mut chain = Vec::new();
        let mut next = error.source();
        while let Some(error) = next {
            let text = error.to_string();
            // A transparent wrapper says what the error below it says.
            if chain.last() != Some(&text) {
                chain.push(text);
            }
            next = error.source();
        }
        Self::new(&chain.join(": "))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(f)
    }
}

impl Error for Cause {}
