//! The server from the outside: its real router, over a real database in a scratch folder, and the
//! program as it is installed.

mod api;
mod cli;
mod socket;
