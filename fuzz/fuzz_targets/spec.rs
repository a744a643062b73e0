//! Any text → a document specification, or an error in words.
#![no_main]

use huizhi_photo::Spec;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = Spec::from_toml(text) {
        assert!(error.to_string().contains("specification"));
    }
});
