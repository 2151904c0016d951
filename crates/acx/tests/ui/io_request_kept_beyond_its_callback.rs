//! A request that is kept waits in a queue, or marked cancelable: a removal of the device would
//! wait for any other.

use acx::io_request::IoRequest;

fn keep(request: IoRequest<'_>, place: &mut Option<IoRequest<'static>>) {
    *place = Some(request);
}

fn main() {}
