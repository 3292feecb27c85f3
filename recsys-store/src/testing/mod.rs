//! Conformance suite (feature `testing`).
