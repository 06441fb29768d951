//! x

mod breaker;
mod gate;
mod input;
mod journal;
mod pacer;

pub use breaker::{Admission, Breaker};
pub use gate::{Gate, StopReason, Verdict};
pub use input::{Entry, Format, InputError, InvalidEntry, References};
pub use journal::*;
pub use pacer::{InvalidRate, Pacer, Rate};
