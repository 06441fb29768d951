//! Which workflow belongs to which payment.

use std::fmt::Write as _;

use bambora_core::posting::PostingOrder;
use bambora_core::{Merchant, PaymentReference};
use sha2::{Digest as _, Sha256};

/// The longest id in bytes. Temporal's own limit is 1,000 unless a cluster changes it, and MySQL's indexes end at 255.
pub const MAX_BYTES: usize = 255;

/// Returns the id of the workflow that cancels this payment.
///
/// It is made of the base URL, the merchant number and the reference, escaped so that no two payments share one. If it would be
/// longer than [`MAX_BYTES`], its end is a SHA-256 of the whole.
///
/// ```
/// use bambora_core::{BaseUrl, Merchant, MerchantNumber};
/// use bambora_temporal::workflow_id;
///
/// let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789")?);
/// assert_eq!(
///     workflow_id::of_cancel(&merchant, &"ORDER 1/2".parse()?),
///     "cancel/https%3A%2F%2Fapi-beta.bambora.com/123456789/ORDER%201%2F2"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn of_cancel(merchant: &Merchant, reference: &PaymentReference) -> String {
    join("cancel", merchant, &[reference.as_str()])
}

/// Returns the id of the workflow that captures or refunds by this key. The amount is no part of it: a key has one amount.
#[must_use]
pub fn of_posting(merchant: &Merchant, order: &PostingOrder) -> String {
    join(order.kind.as_str(), merchant, &[order.reference.as_str(), order.key.as_str()])
}

fn join(operation: &str, merchant: &Merchant, names: &[&str]) -> String {
    let mut id = String::from(operation);
    let base_url = merchant.base_url.to_string();
    for part in [base_url.as_str(), merchant.number.as_str()].iter().chain(names) {
        id.push('/');
        escape(part, &mut id);
    }
    if id.len() > MAX_BYTES { shorten(&id) } else { id }
}

/// Percent-encodes everything but letters, digits, `-`, `_` and `.`: the separator and the mark of a hash are not among them.
pub(crate) fn escape(part: &str, id: &mut String) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            id.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(id, "%{byte:02X}");
        }
    }
}

/// Keeps as much of the beginning as fits beside the hash. `~` stands in no id that was not shortened.
fn shorten(id: &str) -> String {
    let hash = Sha256::digest(id.as_bytes());
    let mut short: String = id.chars().take(MAX_BYTES - 65).collect();
    short.push('~');
    for byte in hash {
        let _ = write!(short, "{byte:02x}");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use bambora_core::posting::PostingKey;
    use bambora_core::{Amount, BaseUrl, MerchantNumber};
    use std::collections::HashSet;

    fn merchant(base_url: &str, number: &str) -> Merchant {
        Merchant::new(BaseUrl::new(base_url).unwrap(), MerchantNumber::new(number).unwrap())
    }

    #[test]
    fn no_two_payments_share_an_id() {
        let long = "x".repeat(1_999);
        let mut ids = HashSet::new();
        let mut count = 0;
        for base_url in ["https://a.example", "https://a.example/b", "https://a.example/b/1"] {
            for number in ["1", "1/2", "2"] {
                let names = ["2/3", "3", "%2F", "/", "~", "a b", "a\u{a0}b", &format!("{long}1"), &format!("{long}2")];
                for name in names.map(|name| PaymentReference::new(name).unwrap()) {
                    let merchant = merchant(base_url, number);
                    for key in ["3", "k", "k/3"] {
                        let order =
                            |new: fn(_, _, _) -> _| new(name.clone(), Amount::from(1), PostingKey::new(key).unwrap());
                        ids.insert(of_posting(&merchant, &order(PostingOrder::capture)));
                        ids.insert(of_posting(&merchant, &order(PostingOrder::refund)));
                        count += 2;
                    }
                    ids.insert(of_cancel(&merchant, &name));
                    count += 1;
                }
            }
        }
        assert_eq!(ids.len(), count);
        for id in ids {
            assert!(id.len() <= MAX_BYTES && id.is_ascii(), "{id}");
        }
    }

    #[test]
    fn the_longest_reference_has_a_bounded_id() {
        let reference = PaymentReference::new("\u{1f600}".repeat(2_000)).unwrap();
        let id = of_cancel(&merchant("https://a.example", "1"), &reference);
        assert_eq!(id.len(), MAX_BYTES);
        assert!(id.starts_with("cancel/https%3A%2F%2Fa.example/1/%F0%9F%98%80"), "{id}");
    }
}
