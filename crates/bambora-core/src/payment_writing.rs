//! The payment object's JSON, written for reports.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::payment::{Card, Payment, PaymentOperation, Posting};

/// Writes what [`Payment::to_json`] promises.
pub(crate) fn write(payment: &Payment) -> String {
    #[allow(
        clippy::expect_used,
        reason = "serde_json fails only on a failing writer or a key that is not a string; here is neither"
    )]
    serde_json::to_string(&Shown(payment)).expect("texts, numbers and lists always serialize")
}

struct Shown<'a>(&'a Payment);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let payment = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("payment", &payment.payment)?;
        map.serialize_entry("state", payment.state.as_str())?;
        for (name, text) in [
            ("region", &payment.region),
            ("merchant", &payment.merchant),
            ("currency", &payment.currency),
            ("comment", &payment.comment),
        ] {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        if let Some(amount) = payment.amount {
            map.serialize_entry("amount", &amount.minor_units())?;
        }
        map.serialize_entry("captures", &list(&payment.captures, ShownPosting))?;
        map.serialize_entry("refunds", &list(&payment.refunds, ShownPosting))?;
        map.serialize_entry("operations", &list(&payment.operations, ShownOperation))?;
        map.serialize_entry("operationInProgress", &payment.operation_in_progress)?;
        if let Some(card) = &payment.card {
            map.serialize_entry("card", &ShownCard(card))?;
        }
        map.end()
    }
}

fn list<'a, T, S>(items: &'a [T], show: fn(&'a T) -> S) -> Vec<S> {
    items.iter().map(show).collect()
}

struct ShownPosting<'a>(&'a Posting);

impl Serialize for ShownPosting<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(amount) = self.0.amount {
            map.serialize_entry("amount", &amount.minor_units())?;
        }
        if let Some(comment) = &self.0.comment {
            map.serialize_entry("comment", comment)?;
        }
        map.end()
    }
}

struct ShownOperation<'a>(&'a PaymentOperation);

impl Serialize for ShownOperation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            PaymentOperation::Allowed(name) => serializer.serialize_str(name),
            PaymentOperation::Performed {
                operation_type,
                success,
            } => {
                let mut map = serializer.serialize_map(None)?;
                if let Some(operation_type) = operation_type {
                    map.serialize_entry("type", operation_type)?;
                }
                if let Some(success) = success {
                    map.serialize_entry("success", success)?;
                }
                map.end()
            }
        }
    }
}

struct ShownCard<'a>(&'a Card);

impl Serialize for ShownCard<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, text) in [
            ("cardType", &self.0.card_type),
            ("expiryMonth", &self.0.expiry_month),
            ("expiryYear", &self.0.expiry_year),
        ] {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        map.end()
    }
}
