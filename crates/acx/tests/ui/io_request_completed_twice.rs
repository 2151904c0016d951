//! A request is completed once.

use acx::io_request::IoRequest;

fn complete(request: IoRequest<'_>) {
    request.complete(Ok(()));
    request.answer(&[1]);
}

fn main() {}
