//! Code that `samples/flawed-driver` and `samples/flawed-cable` share: the list of flaws, and the
//! packet state of streams.
//!
//! | part | contents |
//! |---|---|
//! | [`flaws!`] | the flaws of a driver, each with the verdict that it turns |
//! | [`says!`], [`one!`] | what the tests of such a driver have in common |
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

/// Makes the test of the flaw that `ACXVAD_FLAW` names: its case fails, with the sentence in
/// `says` and as in the table `$table`, and passes without a flaw. `cargo xtask mutants` tests each
/// flaw separately with it. Without the variable `$first` is tested; `ACXVAD_FLAW=list` prints the
/// names. `$subject` makes the driver with a flaw of `$flaw`.
#[macro_export]
macro_rules! one {
    ($flaw:ty, $first:expr, $subject:expr, $table:expr) => {
        #[test]
        fn a_flaw_turns_its_case() {
            use acx_conform::suite::{self, Selection, Transport};

            let name = std::env::var("ACXVAD_FLAW").unwrap_or_else(|_| format!("{:?}", $first));
            let is_case = |flaw: &&$flaw| suite::ids().any(|id| id == flaw.verdict());
            let mut flaws = <$flaw>::ALL.iter().filter(is_case);
            if name == "list" {
                flaws.for_each(|flaw| println!("flaw {flaw:?}"));
                return;
            }
            let flaw = *flaws.find(|flaw| format!("{flaw:?}") == name).expect("the flaw");
            let selection = Selection { case: Some(flaw.verdict()), ..Selection::default() };
            let failures = |subject| {
                let transport = Transport::Host(acx_conform::run::Time::Virtual);
                let found = suite::run_over(transport, &subject, selection, &mut |_, _| {});
                found.unwrap().failures()
            };
            let turned = failures($subject(flaw, flaw));
            assert_eq!(turned.len(), 1, "{flaw:?}: {turned:?}");
            assert!(turned[0].contains(says::says(flaw)), "{flaw:?}: {turned:?}");
            assert_eq!(failures($subject(<$flaw>::Nothing, flaw)), <[&str; 0]>::default());
            // Other systems' libraries round numbers of floating point otherwise.
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            {
                let found = told::row(&name, flaw.verdict(), &$subject(flaw, flaw));
                let mut table = $table.lines();
                let recorded = table.find(|line| line.split('\t').next() == Some(name.as_str()));
                assert_eq!(Some(found.as_str()), recorded, "it is told otherwise");
            }
        }
    };
}
