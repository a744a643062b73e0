//! Any bytes → a portrait within limits, or an error in words.
#![no_main]

use huizhi_photo::{Limits, Portrait};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Smaller than in service, so that an input costs milliseconds; the limits' arithmetic is the same.
    let limits = Limits { pixels: 1_000_000, decode_bytes: 16_000_000, ..Limits::default() };
    match Portrait::decode(bytes, &limits) {
        Ok(portrait) => {
            let (width, height) = (portrait.width(), portrait.height());
            assert!(u64::from(width) * u64::from(height) <= limits.pixels);
            assert!(width.min(height) >= limits.least_side_px);
            let working = portrait.working();
            assert_eq!(working.data.len(), working.width as usize * working.height as usize * 3);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
