//! The runner: many payments at once, held back by what the server says.

mod brakes;
mod builder;
mod concluding;
mod denials;
mod exchange;
mod flow;
mod parked;
mod progress;
mod results;
mod rows;
mod run;
mod sending;
mod settings;
mod slots;
mod state;
mod stop_token;
mod summary;
mod work;

pub use builder::Runner;
pub use progress::{Pause, Progress, RunEvent, RunObserver};
pub use results::Results;
pub use stop_token::StopToken;
pub use summary::{NextStep, RunEnd, Summary};
