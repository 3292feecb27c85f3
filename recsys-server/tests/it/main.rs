//! The server from the outside: its real router, over a real database in a scratch folder.

mod api;
