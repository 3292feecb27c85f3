//! `recsys demo`.
