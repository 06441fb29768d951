//! Cancels, captures and refunds under any schedule of faults: every claim is checked against the truth of a simulated server.

#![no_main]

use bambora_fuzz::schedule::Schedule;
use bambora_fuzz::{cancel, posting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut schedule = Schedule::new(input);
    match schedule.up_to(1) {
        0 => cancel::run(&mut schedule),
        _ => posting::run(&mut schedule),
    }
});
