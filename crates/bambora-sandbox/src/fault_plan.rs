//! Which request meets which fault.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};

use crate::fault::Fault;
use crate::operation::Operation;

/// The number of payments and operations after which random faults start to count again from the first request.
const MAX_COUNTED: usize = 1_000_000;

/// The faults to come: first those planned for one payment, then those for any payment, then random ones.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    next: HashMap<(Operation, String), VecDeque<Fault>>,
    always: HashMap<Operation, Fault>,
    /// The seed, and how many of 1,000 requests meet a fault.
    random: Option<(u64, u64)>,
    /// The number of requests that could have met a random fault, by the hash of operation and reference.
    counted: HashMap<u64, u64>,
}

impl FaultPlan {
    pub(crate) fn next(&mut self, operation: Operation, reference: &str, fault: Fault) {
        let key = (operation, reference.to_owned());
        self.next.entry(key).or_default().push_back(fault);
    }

    pub(crate) fn always(&mut self, operation: Operation, fault: Fault) {
        self.always.insert(operation, fault);
    }

    pub(crate) fn random(&mut self, seed: u64, per_mille: u16) {
        self.random = Some((seed, per_mille.into()));
    }

    /// Takes the fault that this request meets, if any.
    pub(crate) fn take(&mut self, operation: Operation, reference: &str) -> Option<Fault> {
        let key = (operation, reference.to_owned());
        let planned = self.next.get_mut(&key).and_then(VecDeque::pop_front);
        planned.or_else(|| self.always.get(&operation).copied()).or_else(|| self.draw(hash(key)))
    }

    /// Depends on the seed, the payment and the number of its requests, so not on how threads interleave.
    fn draw(&mut self, key: u64) -> Option<Fault> {
        let (seed, per_mille) = self.random?;
        if self.counted.len() >= MAX_COUNTED {
            self.counted.clear();
        }
        let nth = self.counted.entry(key).or_default();
        *nth += 1;
        let drawn = hash((seed, key, *nth));
        if drawn % 1000 >= per_mille {
            return None;
        }
        let picked = usize::try_from((drawn >> 32) % Fault::MENU.len() as u64).ok()?;
        Fault::MENU.get(picked)?.parse().ok()
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
