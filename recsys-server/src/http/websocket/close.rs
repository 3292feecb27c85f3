//! Why the server closes a connection.

use axum::extract::ws::{CloseFrame, Utf8Bytes};

/// Longest reason that fits into a close frame, in bytes.
const LONGEST_REASON: usize = 123;

/// The end of a connection, as the server decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// The server shuts down.
    GoingAway,
    /// No `connection_init` in time.
    InitTimeout,
    /// A message that the protocol does not know, and what is wrong with it.
    Invalid(String),
    /// The token proves nothing, and why.
    Forbidden(String),
    /// The client did not ask for the sub-protocol.
    Protocol,
    /// A second `connection_init`.
    RepeatedInit,
    /// The id of an operation that is still under way.
    RepeatedId(String),
    /// A message over the limit.
    TooLarge,
    /// An operation before the acknowledgement.
    Unauthorized,
    /// The client takes nothing, or does not answer pings.
    Unresponsive,
}

impl Closing {
    /// Returns the close frame; its reason is short enough to be sent.
    pub(super) fn frame(&self) -> CloseFrame {
        let (code, reason) = match self {
            Self::GoingAway => (1001, "the server is shutting down"),
            Self::TooLarge => (1009, "the message is too large"),
            Self::Invalid(problem) => (4400, problem.as_str()),
            Self::Unauthorized => (4401, "Unauthorized"),
            Self::Forbidden(problem) => (4403, problem.as_str()),
            Self::Protocol => (4406, "Subprotocol not acceptable"),
            Self::InitTimeout => (4408, "Connection initialisation timeout"),
            Self::RepeatedId(id) => {
                return frame(4409, &format!("Subscriber for {id} already exists"));
            }
            Self::RepeatedInit => (4429, "Too many initialisation requests"),
            Self::Unresponsive => (4508, "the client does not keep up"),
        };
        frame(code, reason)
    }
}

fn frame(code: u16, reason: &str) -> CloseFrame {
    let end = reason.floor_char_boundary(LONGEST_REASON);
    CloseFrame { code, reason: Utf8Bytes::from(&reason[..end]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_id_is_cut_between_characters() {
        let frame = Closing::RepeatedId("ä".repeat(200)).frame();
        assert_eq!(frame.code, 4409);
        assert!(frame.reason.len() <= LONGEST_REASON && frame.reason.ends_with('ä'));
    }
}
