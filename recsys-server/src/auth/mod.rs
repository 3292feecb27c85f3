//! Who is calling: passwords, access tokens, refresh tokens.
//!
//! [`accounts`] implements the sign-in operations of the GraphQL API over the storage traits; the
//! other modules are its parts. Reading a caller out of a request is [`crate::http`]'s work.

pub mod accounts;
pub mod email;
pub mod jwt;
pub mod password;
pub mod refresh;
pub mod secret;
