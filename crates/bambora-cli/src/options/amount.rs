//! An amount in minor currency units.

use bambora_core::Amount;

/// Digits only: a sign, a decimal point or a separator may mean another number than it seems.
pub(crate) fn amount(text: &str) -> Result<Amount, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    digits
        .and_then(|units| Amount::from_minor_units(units).ok())
        .ok_or_else(|| "write a whole number of minor currency units: 1000 for 10.00".to_owned())
}
