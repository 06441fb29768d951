//! Blocking client of the Bambora Payments API on ureq.
