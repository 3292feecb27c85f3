//! Tests of the whole server: the program as it is installed.

mod cli;
