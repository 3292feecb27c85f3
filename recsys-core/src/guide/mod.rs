//! The guide: how to get from events to good lists, chapter by chapter. Every piece of code here runs
//! as a test.
//!
//! | chapter | question |
//! | --- | --- |
//! | [`quickstart`] | how do I get a first list? |
//! | [`choosing`] | which algorithm, with which settings? |
//! | [`cold_start`] | what about new users and new items? |
//! | [`explanation`] | why this item, and why not that one? |
//! | [`evaluation`] | how good is it, and is the difference real? |
//! | [`model_files`] | how are models kept? |
//! | [`determinism`] | what is reproducible, and when? |

#[doc = include_str!("choosing.md")]
pub mod choosing {}
#[doc = include_str!("cold_start.md")]
pub mod cold_start {}
#[doc = include_str!("determinism.md")]
pub mod determinism {}
#[doc = include_str!("evaluation.md")]
pub mod evaluation {}
#[doc = include_str!("explanation.md")]
pub mod explanation {}
#[doc = include_str!("model_files.md")]
pub mod model_files {}
#[doc = include_str!("quickstart.md")]
pub mod quickstart {}
