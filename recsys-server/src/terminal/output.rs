//! Standard output and standard error.

use std::fmt::Display;
use std::io::{self, Write as _};

use serde_json::Value;

/// Where results go, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints the result of a command: `value` on one line, or the text for people.
    pub(crate) fn result(self, value: &Value, text: impl FnOnce() -> String) -> io::Result<()> {
        let line = if self.json { value.to_string() } else { text() };
        let mut stdout = io::stdout().lock();
        match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
            // The reader has seen enough, as `head` has.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Says something that is not the result.
    pub(crate) fn note(self, text: impl Display) {
        // A closed standard error is no reason to stop.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
