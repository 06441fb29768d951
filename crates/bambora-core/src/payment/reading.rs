//! The payment object's JSON, parsed with tolerance for every shape that is documented or was seen.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::object::{Card, Payment, PaymentOperation, Posting};
use super::state::PaymentState;
use crate::money::{Amount, InvalidAmount};
use crate::strict_json;

/// Parses a whole payment object. A field of another type than the documented (or tolerated) ones makes it unreadable, and so
/// does a member that stands twice in an object, at any depth.
///
/// # Errors
///
/// What is wrong with the body, without any of its content.
pub(crate) fn read_payment(body: &[u8]) -> Result<Payment, String> {
    let text = strict_json::object_text(body)?;
    let read: ReadPayment = serde_json::from_str(text).map_err(|e| strict_json::defect(&e))?;
    // With one object and known members only, parsing has compared all names already.
    let may_repeat = read.has_unknown_members || text.bytes().filter(|b| *b == b'{').count() > 1;
    if may_repeat && strict_json::has_member_twice(text) {
        return Err("a member stands in it twice".to_owned());
    }
    Ok(read.payment)
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Payment {
    /// Reads the API's JSON as tolerantly as a response is read.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        read_payment(text.get().as_bytes()).map_err(D::Error::custom)
    }
}

struct ReadPayment {
    payment: Payment,
    has_unknown_members: bool,
}

#[derive(Clone, Copy, PartialEq, serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    Payment,
    State,
    Region,
    Merchant,
    Currency,
    Amount,
    Comment,
    Captures,
    Refunds,
    Operations,
    OperationInProgress,
    Card,
    #[serde(other)]
    Unknown,
}

impl Member {
    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

impl<'de> Deserialize<'de> for ReadPayment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = ReadPayment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a payment object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ReadPayment, A::Error> {
        let mut read =
            ReadPayment { payment: Payment::new(String::new(), PaymentState::None), has_unknown_members: false };
        let payment = &mut read.payment;
        let mut seen = 0_u16;
        while let Some(member) = map.next_key::<Member>()? {
            if seen & member.bit() != 0 && member != Member::Unknown {
                return Err(A::Error::custom("a member stands in it twice"));
            }
            seen |= member.bit();
            match member {
                Member::Payment => payment.payment = map.next_value()?,
                Member::State => payment.state = map.next_value::<WireState>()?.0,
                Member::Region => payment.region = map.next_value()?,
                Member::Merchant => payment.merchant = map.next_value()?,
                Member::Currency => payment.currency = map.next_value()?,
                Member::Amount => {
                    payment.amount = map.next_value::<Option<WireAmount>>()?.map(|it| it.0);
                }
                Member::Comment => payment.comment = map.next_value()?,
                Member::Captures => payment.captures = map.next_value::<WirePostings>()?.0,
                Member::Refunds => payment.refunds = map.next_value::<WirePostings>()?.0,
                Member::Operations => payment.operations = map.next_value::<WireOperations>()?.0,
                Member::OperationInProgress => {
                    payment.operation_in_progress = map.next_value::<Flag>()?.0;
                }
                Member::Card => payment.card = card(map.next_value()?),
                Member::Unknown => {
                    read.has_unknown_members = true;
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if seen & Member::Payment.bit() == 0 {
            return Err(A::Error::missing_field("payment"));
        }
        if seen & Member::State.bit() == 0 {
            return Err(A::Error::missing_field("state"));
        }
        Ok(read)
    }
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

/// A list, or one of the ways in which a server leaves it out: `null`, `""`. Its entries stand on the wire as `W`.
struct List<W, T>(Vec<T>, PhantomData<W>);

type WirePostings = List<Object<WirePosting>, Posting>;
type WireOperations = List<WireOperation, PaymentOperation>;

impl<'de, W: Deserialize<'de>, T: From<W>> Deserialize<'de> for List<W, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Entries(PhantomData))
    }
}

struct Entries<W, T>(PhantomData<(W, T)>);

impl<'de, W: Deserialize<'de>, T: From<W>> Visitor<'de> for Entries<W, T> {
    type Value = List<W, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(List(Vec::new(), PhantomData))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() { self.visit_unit() } else { Err(E::custom("a text stands where a list belongs")) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element::<W>()? {
            list.push(T::from(entry));
        }
        Ok(List(list, PhantomData))
    }
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
        Self { amount: amount.map(|amount| amount.0), comment }
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
                Ok(WireOperation(PaymentOperation::Performed { operation_type, success }))
            }
        }
        deserializer.deserialize_any(NameOrRecord)
    }
}

/// Reads a card, with whatever of it is a text or a number: no document says which of the two its parts are. Nothing that is
/// odd about it keeps a payment from being parsed, since it confirms nothing.
fn card(raw: &RawValue) -> Option<Card> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    #[derive(Default)]
    struct Parts<'a> {
        #[serde(borrow)]
        token: Option<&'a RawValue>,
        #[serde(borrow)]
        card_number: Option<&'a RawValue>,
        #[serde(borrow)]
        card_type: Option<&'a RawValue>,
        #[serde(borrow)]
        expiry_month: Option<&'a RawValue>,
        #[serde(borrow)]
        expiry_year: Option<&'a RawValue>,
    }
    let text = |part: Option<&RawValue>| match part?.get() {
        quoted if quoted.starts_with('"') => serde_json::from_str(quoted).ok(),
        number if number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => Some(number.to_owned()),
        _ => None,
    };
    let Object(parts) = serde_json::from_str::<Object<Parts<'_>>>(raw.get()).ok()?;
    Some(Card {
        token: text(parts.token),
        card_number: text(parts.card_number),
        card_type: text(parts.card_type),
        expiry_month: text(parts.expiry_month),
        expiry_year: text(parts.expiry_year),
    })
}
