//! Every embedder passes the suite.

#[cfg(feature = "openai")]
mod fake_openai;
mod latent_semantics;
#[cfg(feature = "openai")]
mod openai;
#[cfg(feature = "transformer")]
mod transformer;
