//! Conformance suite for anything that carries a payment request over HTTP.
