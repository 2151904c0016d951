//! Callbacks of drivers: what is known of each, in tables, and what is looked at when one comes
//! back.

use acx_sys::*;

/// Which way through a driver a callback is on. The packet path must never wait for a control path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// Neither.
    Other,
    /// State changes, formats, PnP, power: what may wait.
    Control,
    /// The calls that ACX makes past a stream's queue: packets and positions.
    Packet,
    /// A timer or DPC. It is on the packet path once it has completed a packet.
    Clock,
}

/// Which statuses a callback may answer.
#[derive(Clone, Copy, Debug)]
enum Answers {
    /// It answers none, or any.
    Any,
    /// STATUS_SUCCESS, or an error of ntstatus.h.
    Documented,
    /// As `Documented`, and one that is neither.
    Also(NTSTATUS),
    /// STATUS_SUCCESS, or one of these errors.
    Only(&'static [NTSTATUS]),
}

/// A callback, as its table describes it.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) name: &'static str,
    pub(crate) path: Path,
    /// Whether PnP or the power manager waits for it.
    pub(crate) is_pnp: bool,
    /// KMDF's verifier looks at the critical region that it returns in.
    regions: bool,
    answers: Answers,
}

impl std::fmt::Display for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Callback {
    pub(crate) const fn named(name: &'static str) -> Self {
        Self { name, path: Path::Other, is_pnp: false, regions: false, answers: Answers::Any }
    }

    /// It is on the control path.
    pub(crate) const fn control(self) -> Self {
        Self { path: Path::Control, ..self }
    }

    /// It is on the packet path.
    pub(crate) const fn packet(self) -> Self {
        Self { path: Path::Packet, ..self }
    }

    /// It may be a stream's clock.
    pub(crate) const fn clock(self) -> Self {
        Self { path: Path::Clock, ..self }
    }

    /// PnP or the power manager waits for it.
    pub(crate) const fn pnp(self) -> Self {
        Self { is_pnp: true, ..self }
    }

    /// KMDF's verifier looks at the critical region that it returns in.
    pub(crate) const fn watched(self) -> Self {
        Self { regions: true, ..self }
    }

    /// Whether it has to return in the critical region that it was called in.
    pub(crate) const fn is_watched(&self) -> bool {
        self.regions || self.is_pnp
    }

    /// It answers a status, which is documented.
    pub(crate) const fn status(self) -> Self {
        Self { answers: Answers::Documented, ..self }
    }

    /// Like [`status`](Self::status), or this one.
    pub(crate) const fn also(self, status: NTSTATUS) -> Self {
        Self { answers: Answers::Also(status), ..self }
    }

    /// Like [`status`](Self::status), for errors only these.
    pub(crate) const fn only(self, statuses: &'static [NTSTATUS]) -> Self {
        Self { answers: Answers::Only(statuses), ..self }
    }

    /// Whether it may answer `status`. Source: the callbacks' pages; [MS-ERREF] on the parts of an
    /// NTSTATUS.
    pub(crate) fn may_answer(&self, status: NTSTATUS) -> bool {
        let bits = status.cast_unsigned();
        // Severity 3, an error; not a customer's, not an HRESULT's; facilities end at 0xFF.
        let is_error = bits >> 30 == 3 && bits & 0x3000_0000 == 0 && (bits >> 16) & 0xFFF < 0x100;
        status == STATUS_SUCCESS
            || match self.answers {
                Answers::Any => true,
                Answers::Documented => is_error,
                Answers::Also(also) => is_error || status == also,
                Answers::Only(only) => is_error && only.contains(&status),
            }
    }
}

/// A framework call or callback that is under way.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) name: &'static str,
    /// The callback, and the handle of the object that it is for, or 0; None for a call of the
    /// driver's.
    pub(crate) callback: Option<(&'static Callback, usize)>,
}

/// A table of callbacks with their flags, each a method of [`Callback`].
macro_rules! callbacks {
    ($($name:ident $(: $($flag:ident $(($argument:expr))?)+)?;)*) => {
        $(
            pub(crate) static $name: $crate::kernel::callback::Callback =
                $crate::kernel::callback::Callback::named(stringify!($name))
                    $($(.$flag($($argument)?))+)?;
        )*
    };
}
pub(crate) use callbacks;

callbacks! {
    DriverUnload;
    EtwEnableCallback;
    EvtCleanupCallback;
    EvtDestroyCallback;
    FxDriverEntry;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_held_to_the_table() {
        let plain = Callback::named("plain").status();
        assert!(plain.may_answer(STATUS_SUCCESS) && plain.may_answer(STATUS_UNSUCCESSFUL));
        assert!(!plain.may_answer(STATUS_PENDING) && !plain.may_answer(STATUS_BUFFER_OVERFLOW));
        // The last facility, and the one behind it; a customer's; an HRESULT's.
        let at = |bits: u32| plain.may_answer(bits.cast_signed());
        assert!(at(0xC0FF_FFFF) && !at(0xC100_0000) && !at(0xE000_0001) && !at(0xD000_0001));
        assert!(plain.also(STATUS_BUFFER_OVERFLOW).may_answer(STATUS_BUFFER_OVERFLOW));
        let few = Callback::named("few").only(&[STATUS_INVALID_PARAMETER]);
        assert!(few.may_answer(STATUS_INVALID_PARAMETER) && !few.may_answer(STATUS_UNSUCCESSFUL));
        assert!(Callback::named("any").may_answer(STATUS_PENDING));
    }
}
