//! Randomness as a parameter: the machine's in service, a seeded one in tests.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use rand_core::{TryCryptoRng, TryRng};

/// Where random bytes come from.
pub trait Entropy: Send {
    /// Fills the bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// The operating system's.
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        // No key and no number may come from a source that failed, and there is no other: the process ends.
        if let Err(error) = getrandom::fill(bytes) {
            tracing::error!("the operating system gives no random bytes: {error}");
            std::process::abort();
        }
    }
}

/// Random bytes for many at once.
pub struct Random(Mutex<Box<dyn Entropy>>);

impl Random {
    pub fn new(entropy: Box<dyn Entropy>) -> Self {
        Self(Mutex::new(entropy))
    }

    /// A handle that the domain's functions draw from.
    pub const fn draw(&self) -> Drawing<'_> {
        Drawing(self)
    }

    /// Evenly from 0…1.
    pub fn chance(&self) -> f64 {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }
}

pub struct Drawing<'a>(&'a Random);

impl TryRng for Drawing<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Drawing<'_> {}
