//! Imports into a tenant.
