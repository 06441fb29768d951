//! Which request meets which fault.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};

use crate::fault::Fault;
use crate::operation::Operation;

/// The number of payments and operations after which random faults start to count again from the first request.
const MAX_COUNTED: usize = 1_000_000;
/// The most faults to come that requests can plan.
const MAX_BY_REQUESTS: usize = 1_000;

/// A fault that requests will meet.
#[derive(Debug)]
pub(crate) struct Planned {
    /// Never given twice, so that a fault can be taken back that was met meanwhile.
    pub(crate) number: u64,
    pub(crate) fault: Fault,
    /// Whether a request planned it, and not the program that has the sandbox.
    by_request: bool,
}

/// The faults to come: first those planned for one payment, then those for any payment, then random ones.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    next: HashMap<(Operation, String), VecDeque<Planned>>,
    always: HashMap<Operation, Planned>,
    planned: u64,
    /// The seed, and how many of 1,000 requests meet a fault.
    random: Option<(u64, u64)>,
    /// The number of requests that could have met a random fault, by the hash of operation and reference.
    counted: HashMap<u64, u64>,
}

impl FaultPlan {
    /// Plans a fault for the next request for a payment; without a reference, for every request.
    pub(crate) fn plan(&mut self, operation: Operation, reference: Option<&str>, fault: Fault) {
        self.add(operation, reference, fault, false);
    }

    /// Plans a fault on behalf of a request. Returns its number, or `None` if requests planned too many.
    pub(crate) fn plan_within_limits(
        &mut self,
        operation: Operation,
        reference: Option<&str>,
        fault: Fault,
    ) -> Option<u64> {
        let planned = self.next.values().flatten().chain(self.always.values());
        let by_requests = planned.filter(|planned| planned.by_request).count();
        (by_requests < MAX_BY_REQUESTS).then(|| self.add(operation, reference, fault, true))
    }

    fn add(&mut self, operation: Operation, reference: Option<&str>, fault: Fault, by_request: bool) -> u64 {
        let number = self.planned;
        self.planned += 1;
        let planned = Planned { number, fault, by_request };
        match reference {
            Some(reference) => self.next.entry((operation, reference.to_owned())).or_default().push_back(planned),
            None => drop(self.always.insert(operation, planned)),
        }
        number
    }

    /// Returns the planned faults in the order in which they were planned; without a reference, for every request.
    pub(crate) fn planned(&self) -> Vec<(Operation, Option<&str>, &Planned)> {
        let next = self.next.iter().flat_map(|((operation, reference), faults)| {
            faults.iter().map(|planned| (*operation, Some(reference.as_str()), planned))
        });
        let always = self.always.iter().map(|(operation, planned)| (*operation, None, planned));
        let mut all: Vec<_> = next.chain(always).collect();
        all.sort_unstable_by_key(|(.., planned)| planned.number);
        all
    }

    /// Returns the number of planned faults.
    pub(crate) fn len(&self) -> usize {
        self.always.len() + self.next.values().map(VecDeque::len).sum::<usize>()
    }

    /// Takes a planned fault back. Returns `false` if it was met already.
    pub(crate) fn take_back(&mut self, number: u64) -> bool {
        let before = self.len();
        self.always.retain(|_, planned| planned.number != number);
        self.next.retain(|_, faults| {
            faults.retain(|planned| planned.number != number);
            !faults.is_empty()
        });
        self.len() < before
    }

    /// Ends all faults, the random ones included.
    pub(crate) fn clear(&mut self) {
        *self = Self { planned: self.planned, ..Self::default() };
    }

    pub(crate) fn random(&mut self, seed: u64, per_mille: u16) {
        self.random = Some((seed, per_mille.into()));
    }

    /// Takes the fault that this request meets, if any.
    pub(crate) fn take(&mut self, operation: Operation, reference: &str) -> Option<Fault> {
        let key = (operation, reference.to_owned());
        let planned = self.next.get_mut(&key).and_then(VecDeque::pop_front);
        if self.next.get(&key).is_some_and(VecDeque::is_empty) {
            self.next.remove(&key);
        }
        let planned = planned.as_ref().or_else(|| self.always.get(&operation));
        planned.map(|planned| planned.fault).or_else(|| self.draw(hash(key)))
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
