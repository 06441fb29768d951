//! The Bambora Payments API as a real local server: stateful, fault-injecting, for tests.
