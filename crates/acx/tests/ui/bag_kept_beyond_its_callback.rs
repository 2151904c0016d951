//! A bag is lent for the time of the callback, and cannot be copied out of its owner.

use acx::bag::{Bag, ObjectBag};
use acx::stream::CreateStream;

fn keep(request: CreateStream<'static>) -> Option<&'static Bag> {
    request.arguments().map(|(bag, _)| bag)
}

fn copy(bag: &ObjectBag) -> Bag {
    **bag
}

fn main() {}
