//! With METHOD_BUFFERED the answer overwrites the question: it cannot be read any more.

use acx::io_request::IoRequest;

fn answer(request: IoRequest<'_>) {
    let mut question = [0; 4];
    if let Ok(mut reply) = request.reply() {
        request.read_input(0, &mut question);
        reply.write(&question);
    }
}

fn main() {}
