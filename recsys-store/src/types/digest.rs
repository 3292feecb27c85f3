//! Digest of a refresh token: the only form in which storage ever sees one.

use std::fmt;

/// SHA-256 (or any 32-byte digest) of a secret token. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest(pub [u8; 32]);

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_digest() {
        assert_eq!(format!("{:?}", TokenDigest([7; 32])), "TokenDigest(…)");
    }
}
