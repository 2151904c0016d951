//! Slots: what the files of the host keep in one machine, found by its type.
//!
//! The kernel does not name what stands above it. A part is made when it is first asked for, stays
//! where it is for the machine's life, and is found in a table by a hash of its type, which is a
//! constant: that is as cheap as a few loads.

use std::any::{Any, TypeId};
use std::cell::OnceCell;
use std::hash::{Hash, Hasher};

/// More than there are types of parts, so that most are found where they are looked for first. A
/// power of two.
const SLOTS: usize = 128;

struct Slot {
    id: TypeId,
    part: Box<dyn Any>,
}

/// The parts of one machine.
pub(crate) struct Parts {
    slots: Box<[OnceCell<Slot>; SLOTS]>,
}

impl Default for Parts {
    fn default() -> Self {
        Self { slots: Box::new([const { OnceCell::new() }; SLOTS]) }
    }
}

/// Takes the number that a type's id hashes itself with: it is a hash already.
#[derive(Default)]
struct Taken(u64);

impl Hasher for Taken {
    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("a type's id hashes itself as one number");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Parts {
    /// The part of this type.
    ///
    /// # Panics
    ///
    /// If there are more types of parts than slots.
    pub(crate) fn get<T: Default + 'static>(&self) -> &T {
        let id = TypeId::of::<T>();
        let mut hash = Taken::default();
        id.hash(&mut hash);
        let start = hash.finish() as usize % SLOTS;
        let slot = self.slots[start].get().filter(|slot| slot.id == id);
        let slot = slot.unwrap_or_else(|| self.make_or_find::<T>(start));
        // SAFETY: a slot's id is that of its part's type, and the part is borrowed as long as its
        // slot.
        unsafe { &*std::ptr::from_ref(&*slot.part).cast::<T>() }
    }

    /// The slot of a part that is not there yet, or lies beside the one where it is looked for
    /// first.
    #[cold]
    fn make_or_find<T: Default + 'static>(&self, start: usize) -> &Slot {
        let id = TypeId::of::<T>();
        for step in 0..SLOTS {
            let slot = &self.slots[(start + step) % SLOTS];
            let slot = slot.get_or_init(|| Slot { id, part: Box::new(T::default()) });
            if slot.id == id {
                return slot;
            }
        }
        panic!("a machine has more than {SLOTS} types of parts: raise SLOTS");
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn each_type_has_one_part_that_stays() {
        #[derive(Default)]
        struct Number<const N: usize>(Cell<usize>);
        fn fill<const N: usize>(parts: &Parts) {
            assert_eq!(parts.get::<Number<N>>().0.replace(N), 0);
        }
        fn check<const N: usize>(parts: &Parts) {
            assert_eq!(parts.get::<Number<N>>().0.get(), N);
        }
        let parts = Parts::default();
        fill::<1>(&parts);
        fill::<2>(&parts);
        fill::<3>(&parts);
        fill::<4>(&parts);
        let place = std::ptr::from_ref(parts.get::<Number<1>>());
        check::<1>(&parts);
        check::<2>(&parts);
        check::<3>(&parts);
        check::<4>(&parts);
        assert!(std::ptr::eq(place, parts.get::<Number<1>>()));
    }

    #[test]
    fn parts_are_looked_for_first_in_slots_of_their_own() {
        #[derive(Default)]
        struct Own<const N: usize>;
        let parts = Parts::default();
        parts.get::<Own<1>>();
        parts.get::<Own<2>>();
        parts.get::<Own<3>>();
        parts.get::<Own<4>>();
        let is_used = parts.slots.iter().map(|slot| slot.get().is_some());
        assert!(!is_used.take(4).all(|is_used| is_used), "all begin at the first");
    }

    #[test]
    fn types_that_are_looked_for_in_one_slot_get_the_ones_behind_it() {
        #[derive(Default)]
        struct Own<const N: usize>;
        let parts = Parts::default();
        let place = |slot: &Slot| {
            let slots =
                parts.slots.iter().map(|own| own.get().is_some_and(|own| own.id == slot.id));
            slots.enumerate().find(|(_, is_own)| *is_own).map(|(at, _)| at)
        };
        for _ in 0..2 {
            assert_eq!(place(parts.make_or_find::<Own<1>>(0)), Some(0));
            assert_eq!(place(parts.make_or_find::<Own<2>>(0)), Some(1));
            assert_eq!(place(parts.make_or_find::<Own<3>>(0)), Some(2));
            // Behind the last one is the first.
            assert_eq!(place(parts.make_or_find::<Own<4>>(SLOTS - 1)), Some(SLOTS - 1));
            assert_eq!(place(parts.make_or_find::<Own<5>>(SLOTS - 1)), Some(3));
        }
    }
}
