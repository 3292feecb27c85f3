//! What the program shows: results on standard output, everything else on standard error.

mod failure;
mod output;
mod progress;
mod table;

pub(crate) use self::failure::one_sentence;
pub(crate) use self::output::Output;
pub(crate) use self::progress::{Progress, Unit};
pub(crate) use self::table::{Align, table};
