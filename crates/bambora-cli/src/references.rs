//! Payment references as they are typed.

use std::collections::HashSet;
use std::error::Error;

use bambora_core::{Escaped, PaymentReference};

use crate::output;

/// Reads the references of a command, each before anything is sent.
pub(crate) fn references(texts: &[String]) -> Result<Vec<PaymentReference>, Box<dyn Error>> {
    let references = texts.iter().map(|text| reference(text)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    match references.iter().find(|reference| !seen.insert(*reference)) {
        Some(twice) => Err(format!("{twice} is named twice: name each payment once").into()),
        None => Ok(references),
    }
}

/// Reads a reference. Blanks around it are kept, since they may belong to it, and draw a warning.
pub(crate) fn reference(text: &str) -> Result<PaymentReference, Box<dyn Error>> {
    if text == "-" || text.starts_with('@') {
        return Err(format!(
            "{text} is not taken for a reference, because other commands read payments from stdin or a file that way: \
             name the payments themselves"
        )
        .into());
    }
    let reference = PaymentReference::new(text)?;
    if text.trim() != text {
        output::message(&format!(
            "bambora: warning: the reference \"{}\" begins or ends with a blank, which is sent as a part of it",
            Escaped(text)
        ));
    }
    Ok(reference)
}
