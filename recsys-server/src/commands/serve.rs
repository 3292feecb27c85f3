//! `recsys serve`.
