//! Seeded random streams: the only place that names the generator.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Returns the generator of one stream of a seed. Streams of one seed do not overlap, so every row
/// or task can have its own, whatever thread runs it.
pub(crate) fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator
}
