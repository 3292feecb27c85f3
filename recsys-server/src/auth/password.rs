//! Argon2id password hashes, computed off the runtime's threads.
//!
//! One hash takes 19 MiB and some tens of milliseconds. At most one runs per processor, a bounded
//! number waits, and the rest is refused, so a flood of logins takes neither all memory nor the
//! threads that serve recommendations.

use std::{sync::Arc, thread};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::{sync::Semaphore, task};

/// Memory of one hash in KiB (19 MiB).
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes of one hash.
const LANES: u32 = 1;
/// Hashes that may run or wait at the same time.
const QUEUE: usize = 256;

/// What an unknown user's password is compared with, so that "no such user" takes as long as
/// "wrong password". It has the parameters of a real hash and matches nothing.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many hashes are waiting.
    #[error("too many sign-ins at once")]
    Busy,
    /// The stored text is no Argon2 hash, or the hash function refused its input.
    #[error("password hash cannot be computed")]
    Hash(#[source] argon2::password_hash::Error),
}

/// Hashes and compares passwords; clones share one queue.
#[derive(Clone, Debug)]
pub struct Passwords {
    running: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Passwords {
    /// Creates a hasher that uses at most one thread per processor.
    pub fn new() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            running: Arc::new(Semaphore::new(processors)),
            queue: Arc::new(Semaphore::new(QUEUE)),
        }
    }

    /// Returns the PHC string of `password` under a fresh random salt.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Busy`] when too many are waiting.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.run(move |argon2| {
            let hash = argon2.hash_password(password.as_bytes()).map_err(PasswordError::Hash)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Returns whether `password` belongs to the stored PHC string.
    ///
    /// `None` stands for a user who does not exist or has no password; it costs the same time and
    /// is never a match.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Busy`] when too many are waiting, [`PasswordError::Hash`] when `stored` is
    /// no PHC string.
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, PasswordError> {
        self.run(move |argon2| {
            let known = stored.is_some();
            let stored = stored.unwrap_or_else(|| NOBODY.to_owned());
            let hash =
                PasswordHash::new(&stored).map_err(|error| PasswordError::Hash(error.into()))?;
            Ok(argon2.verify_password(password.as_bytes(), &hash).is_ok() && known)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let running =
            Arc::clone(&self.running).acquire_owned().await.expect("the semaphore is never closed");
        let done = task::spawn_blocking(move || {
            // Held by the work itself: a caller who goes away does not free the processor.
            let _held = (place, running);
            work(argon2())
        });
        done.await.expect("hashing does not panic")
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the constants are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct house".into(), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn the_same_password_has_another_hash_each_time() {
        let passwords = Passwords::new();
        let first = passwords.hash("correct horse".into()).await.unwrap();
        assert_ne!(passwords.hash("correct horse".into()).await.unwrap(), first);
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Passwords::new();
        assert!(!passwords.verify(String::new(), None).await.unwrap());
        let parsed = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(parsed.hash.unwrap().len(), 32, "the stand-in costs what a real hash costs");
    }

    #[tokio::test]
    async fn a_stored_text_that_is_no_hash_is_an_error() {
        let error = Passwords::new().verify("x".into(), Some("plain".into())).await.unwrap_err();
        assert!(matches!(error, PasswordError::Hash(_)));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let passwords = Passwords::new();
        let _all = passwords.queue.clone().try_acquire_many_owned(256).unwrap();
        assert!(matches!(passwords.hash("x".into()).await, Err(PasswordError::Busy)));
    }
}
