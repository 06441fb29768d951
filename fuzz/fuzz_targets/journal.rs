//! Any sequence of a journal's operations, with crashes at any moment, against a model of it; and damaged files.

#![no_main]

use bambora_fuzz::journal::World;
use bambora_fuzz::schedule::Schedule;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| World::run(&mut Schedule::new(input)));
