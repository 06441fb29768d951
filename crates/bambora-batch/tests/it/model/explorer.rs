//! Walks through every order of steps, breadth first, each world once.

use std::collections::{HashSet, VecDeque};

use super::journal::{Broken, Order};
use super::world::World;

/// How much was explored.
#[derive(Debug, Default)]
pub(crate) struct Explored {
    pub(crate) states: usize,
    /// Worlds in which everything is told.
    pub(crate) ends: usize,
}

/// # Errors
///
/// The first promise that is broken, and how.
pub(crate) fn explore(orders: [Order; 2], broken: Option<Broken>) -> Result<Explored, String> {
    let long = u8::from(std::env::var_os("BAMBORA_LONG_TESTS").is_some());
    let first = World::new(orders, broken, 2 + long, 3 + long);
    let mut seen = HashSet::from([first.clone()]);
    let mut frontier = VecDeque::from([first]);
    let mut explored = Explored::default();
    while let Some(world) = frontier.pop_front() {
        let successors = world.successors()?;
        explored.ends += usize::from(successors.is_empty());
        for successor in successors {
            if seen.insert(successor.clone()) {
                frontier.push_back(successor);
            }
        }
    }
    explored.states = seen.len();
    Ok(explored)
}
