//! Which request meets which fault.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};

use crate::{Fault, Operation};

/// The faults to come: first those that were asked for by payment, then those for any payment, then random ones.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    next: HashMap<(Operation, String), VecDeque<Fault>>,
    always: HashMap<Operation, Fault>,
    random: Option<RandomFaults>,
    /// How many requests for each payment met the random faults.
    seen: HashMap<(Operation, String), u64>,
}

#[derive(Clone, Copy, Debug)]
struct RandomFaults {
    seed: u64,
    per_mille: u64,
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
        self.random = Some(RandomFaults {
            seed,
            per_mille: per_mille.into(),
        });
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault that this request meets, if any.
    pub(crate) fn take(&mut self, operation: Operation, reference: &str) -> Option<Fault> {
        let key = (operation, reference.to_owned());
        let asked_for = self.next.get_mut(&key).and_then(VecDeque::pop_front);
        asked_for
            .or_else(|| self.always.get(&operation).copied())
            .or_else(|| self.draw(key))
    }

    /// Depends on the seed, the payment and how often it was asked about, and so not on how threads interleave.
    fn draw(&mut self, key: (Operation, String)) -> Option<Fault> {
        let random = self.random?;
        let nth = self.seen.entry(key.clone()).or_default();
        *nth += 1;
        let mut hasher = DefaultHasher::new();
        (random.seed, key, *nth).hash(&mut hasher);
        let drawn = hasher.finish();
        let picked = usize::try_from((drawn >> 32) % Fault::MENU.len() as u64).unwrap_or_default();
        (drawn % 1000 < random.per_mille)
            .then(|| Fault::MENU.get(picked).copied())
            .flatten()
    }
}
