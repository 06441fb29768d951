//! The payment object's JSON, read with tolerance for every shape that is documented or was seen.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::payment::{Card, Payment, PaymentOperation, PaymentState, Posting};
use crate::{Amount, InvalidAmount, json_object};

/// Reads a whole payment object. A field of another type than the documented (or tolerated) ones makes it unreadable.
pub(crate) fn read(body: &[u8]) -> Result<Payment, serde_json::Error> {
    let wire: WirePayment = json_object::read(body)?;
    Ok(Payment {
        payment: wire.payment,
        state: wire.state.0,
        region: wire.region,
        merchant: wire.merchant,
        currency: wire.currency,
        amount: wire.amount.map(|amount| amount.0),
        comment: wire.comment,
        captures: wire.captures,
        refunds: wire.refunds,
        operations: wire.operations,
        operation_in_progress: wire.operation_in_progress.0,
        card: wire.card,
    })
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePayment {
    payment: String,
    state: WireState,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    merchant: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    amount: Option<WireAmount>,
    #[serde(default)]
    comment: Option<String>,
    #[serde(default, deserialize_with = "list::<Object<WirePosting>, _, _>")]
    captures: Vec<Posting>,
    #[serde(default, deserialize_with = "list::<Object<WirePosting>, _, _>")]
    refunds: Vec<Posting>,
    #[serde(default, deserialize_with = "list::<WireOperation, _, _>")]
    operations: Vec<PaymentOperation>,
    #[serde(default)]
    operation_in_progress: Flag,
    #[serde(default, deserialize_with = "card")]
    card: Option<Card>,
}

/// Reads the state without a copy of its text where the name is a known one.
struct WireState(PaymentState);

impl<'de> Deserialize<'de> for WireState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = WireState;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a payment state")
            }

            fn visit_str<E>(self, name: &str) -> Result<WireState, E> {
                Ok(WireState(PaymentState::from(name)))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

#[derive(serde::Deserialize)]
#[serde(try_from = "i64")]
struct WireAmount(Amount);

impl TryFrom<i64> for WireAmount {
    type Error = InvalidAmount;

    fn try_from(minor_units: i64) -> Result<Self, InvalidAmount> {
        Amount::from_minor_units(minor_units).map(Self)
    }
}

/// Reads a list, or one of the ways in which a server leaves it out: `null`, `""`. Its entries stand on the wire as `W`.
fn list<'de, W, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    W: Deserialize<'de>,
    T: From<W>,
    D: Deserializer<'de>,
{
    struct Entries<W, T>(PhantomData<(W, T)>);
    impl<'de, W: Deserialize<'de>, T: From<W>> Visitor<'de> for Entries<W, T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            if text.is_empty() {
                Ok(Vec::new())
            } else {
                Err(E::custom("a text stands where a list belongs"))
            }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(entry) = entries.next_element::<W>()? {
                list.push(T::from(entry));
            }
            Ok(list)
        }
    }
    deserializer.deserialize_any(Entries::<W, T>(PhantomData))
}

/// `true` or `false`, also as text (a mock in the wild writes `"false"`); missing or `null` is `false`. Anything else is
/// an error rather than a guess: it decides whether a cancel counts as done.
#[derive(Default)]
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Truth;
        impl Visitor<'_> for Truth {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }

            fn visit_unit<E>(self) -> Result<Flag, E> {
                Ok(Flag(false))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(value))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Flag, E> {
                match text {
                    "true" => Ok(Flag(true)),
                    "false" => Ok(Flag(false)),
                    _ => Err(E::custom("neither true nor false")),
                }
            }
        }
        deserializer.deserialize_any(Truth)
    }
}

/// An object, and nothing else: serde's derive reads a list into a struct too, field by field.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// A posting, or one that is wrapped in another object.
#[derive(serde::Deserialize)]
struct WirePosting {
    #[serde(default)]
    amount: Option<WireAmount>,
    #[serde(default)]
    comment: Option<String>,
    #[serde(default)]
    capture: Option<Object<WrappedPosting>>,
}

#[derive(serde::Deserialize)]
struct WrappedPosting {
    #[serde(default)]
    amount: Option<WireAmount>,
    #[serde(default)]
    comment: Option<String>,
}

impl From<Object<WirePosting>> for Posting {
    fn from(Object(wire): Object<WirePosting>) -> Self {
        let (amount, comment) = match wire.capture {
            Some(Object(wrapped)) => (wrapped.amount, wrapped.comment),
            None => (wire.amount, wire.comment),
        };
        Self {
            amount: amount.map(|amount| amount.0),
            comment,
        }
    }
}

struct WireOperation(PaymentOperation);

impl From<WireOperation> for PaymentOperation {
    fn from(wire: WireOperation) -> Self {
        wire.0
    }
}

impl<'de> Deserialize<'de> for WireOperation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrRecord;
        impl<'de> Visitor<'de> for NameOrRecord {
            type Value = WireOperation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an operation, or an object that describes one")
            }

            fn visit_str<E>(self, name: &str) -> Result<WireOperation, E> {
                Ok(WireOperation(PaymentOperation::Allowed(name.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WireOperation, A::Error> {
                let (mut operation_type, mut success) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "type" => operation_type = map.next_value()?,
                        "success" => success = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(WireOperation(PaymentOperation::Performed {
                    operation_type,
                    success,
                }))
            }
        }
        deserializer.deserialize_any(NameOrRecord)
    }
}

/// Reads a card, with whatever of it is a text or a number: no document says which of the two its parts are. Nothing that is
/// odd about it keeps a payment from being read, since it proves nothing.
fn card<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Card>, D::Error> {
    let serde_json::Value::Object(mut card) = serde_json::Value::deserialize(deserializer)? else {
        return Ok(None);
    };
    let mut text = |name| match card.remove(name) {
        Some(serde_json::Value::String(text)) => Some(text),
        Some(serde_json::Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    Ok(Some(Card {
        token: text("token"),
        card_number: text("cardNumber"),
        card_type: text("cardType"),
        expiry_month: text("expiryMonth"),
        expiry_year: text("expiryYear"),
    }))
}
