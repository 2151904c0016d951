//! A format is lent for the time of the callback.

use acx::format::DataFormat;
use acx::stream::CreateStream;

fn keep(request: CreateStream<'_>) -> DataFormat<'static> {
    request.format()
}

fn main() {}
