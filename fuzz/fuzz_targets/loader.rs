//! The loader of images believes nothing: any bytes are refused with a reason, or mapped.
#![no_main]

use acx_host::Image;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(image) = Image::parse("fuzzed.sys", bytes.to_vec()) {
        let _ = image.rehearse();
    }
});
