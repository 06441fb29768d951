//! Payment references as they are typed.

use std::collections::HashSet;
use std::error::Error;

use bambora_batch::has_outer_blanks;
use bambora_core::{Escaped, PaymentReference};

use crate::output;

/// Reads the references of a command, each before anything is sent.
pub(crate) fn references(texts: &[String]) -> Result<Vec<PaymentReference>, Box<dyn Error>> {
    texts.iter().map(|text| reference(text)).collect()
}

/// Checks that each payment is named once.
pub(crate) fn check_distinct(references: &[PaymentReference]) -> Result<(), Box<dyn Error>> {
    let mut seen = HashSet::new();
    match references.iter().find(|reference| !seen.insert(*reference)) {
        Some(twice) => Err(format!("{twice} is named twice: name each payment once").into()),
        None => Ok(()),
    }
}

/// Reads a reference. Blanks around it are kept, since they may belong to it, and draw a warning.
pub(crate) fn reference(text: &str) -> Result<PaymentReference, Box<dyn Error>> {
    if text == "-" || text.starts_with('@') {
        return Err(format!(
            "{text} is not taken for a reference, because other commands read payments from stdin or a file that way: \
             name the payments themselves, or list them with --from FILE or --from -"
        )
        .into());
    }
    Ok(warn_of_blanks(PaymentReference::new(text)?))
}

pub(crate) fn warn_of_blanks(reference: PaymentReference) -> PaymentReference {
    if has_outer_blanks(&reference) {
        output::message(&format!(
            "warning: the reference \"{}\" begins or ends with a blank, which is sent as a part of it",
            Escaped(reference.as_str())
        ));
    }
    reference
}
