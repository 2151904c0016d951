//! Images: any bytes are refused with a reason, or mapped.

use acx_host::Image;

/// One execution.
pub fn run(bytes: &[u8]) {
    if let Ok(image) = Image::parse("fuzzed.sys", bytes.to_vec()) {
        let _ = image.rehearse();
    }
}
