//! Code that `samples/flawed-driver` and `samples/flawed-cable` share: the list of flaws, and the
//! packet state of streams.
//!
//! | part | contents |
//! |---|---|
//! | [`flaws!`] | the flaws of a driver, each with the verdict that it turns |
//! | [`Packets`] | packets of a stream: their length, what a client wrote, where the audio ends |

#![no_std]
#![forbid(unsafe_code)]

mod packets;

pub use packets::Packets;

/// The flaws of a driver as an enum `Flaw`: each with a name, the verdict that fails, and a
/// sentence.
#[macro_export]
macro_rules! flaws {
    ($($name:ident $id:literal $sentence:literal)*) => {
        /// The flaw of the driver.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flaw {
            /// No flaw.
            Nothing,
            $(#[doc = $sentence] $name,)*
        }

        impl Flaw {
            /// Every flaw; the number of one is its place, counted from 1.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The verdict that fails: a case of the suite, `violations`, or a check of `faults`.
            pub const fn verdict(self) -> &'static str {
                match self { Self::Nothing => "", $(Self::$name => $id),* }
            }

            /// It in a sentence.
            pub const fn sentence(self) -> &'static str {
                match self { Self::Nothing => "nothing is wrong", $(Self::$name => $sentence),* }
            }
        }

        impl From<u32> for Flaw {
            /// From its number.
            fn from(number: u32) -> Self {
                let place = number.checked_sub(1).and_then(|place| usize::try_from(place).ok());
                place.and_then(|place| Self::ALL.get(place)).copied().unwrap_or(Self::Nothing)
            }
        }
    };
}

/// Makes what the tests of a driver with flaws ask of its list `$says`: of each flaw, a part of the
/// sentence that the suite says.
#[macro_export]
macro_rules! says {
    ($flaw:ty, $says:expr) => {
        /// The part of the sentence; empty where a case has one flaw.
        pub(crate) fn says(flaw: $flaw) -> &'static str {
            $says.iter().find(|(own, _)| *own == flaw).map_or("", |(_, says)| says)
        }

        /// Flaws of which it is not written what the suite says, though another one turns the same
        /// verdict.
        pub(crate) fn unsaid() -> Vec<$flaw> {
            let is_alone = |flaw: &$flaw| {
                let alike = <$flaw>::ALL.iter().filter(|own| own.verdict() == flaw.verdict());
                alike.count() == 1
                    || !flaw.verdict().starts_with(|first: char| first.is_ascii_uppercase())
            };
            <$flaw>::ALL
                .iter()
                .copied()
                .filter(|flaw| !is_alone(flaw) && says(*flaw).is_empty())
                .collect()
        }
    };
}
