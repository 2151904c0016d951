//! TraceLogging events of a driver. DDI: EtwRegister, EtwSetInformation, EtwWriteTransfer,
//! EtwUnregister.
//!
//! An event carries its own description, so that no manifest is installed. Layout:
//! TraceLoggingProvider.h of the Windows SDK and Microsoft's `tracelogging` crate (MIT): a block of
//! a 16-bit size, tags, the name, and for each field its name and a type byte. That crate itself
//! writes nothing where the target is not Windows, and panics when a provider is registered twice;
//! `docs/decisions.md`.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() {
//! #     host::load(acx_host::LinkedImage { name: "contoso", entry: FxDriverEntry }, |_, _| {});
//! # }
//! use acx::device::{Device, DeviceInit, PrepareHardware};
//! use acx::driver::Driver;
//! use acx::guid::GUID;
//! use acx::trace::Provider;
//! use acx::{Passive, Result};
//!
//! /// The GUID is by custom the one that the name makes.
//! static TRACE: Provider =
//!     acx::trace_provider!("contoso", acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F6"));
//!
//! struct Contoso;
//!
//! impl Driver for Contoso {
//!     const TRACE: Option<&'static Provider> = Some(&TRACE);
//!
//!     fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
//!         init.create(|_settings, _passive| Ok(Contoso), passive)
//!     }
//! }
//!
//! acx::driver!(Contoso);
//!
//! impl Device for Contoso {
//!     fn prepare_hardware(&self, _hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!         acx::trace!(TRACE, Information, "HardwareReady", "Circuits": u32 = 1);
//!         Ok(())
//!     }
//! }
//! ```

use core::ffi::CStr;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use acx_sys::ntddk::{
    EtwRegister, EtwSetInformation, EtwUnregister, EtwWriteTransfer, KeGetCurrentIrql,
};
use acx_sys::*;

use crate::{Passive, debug};

/// How urgent an event is: TRACE_LEVEL_*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Level {
    /// Something was lost.
    Error = 2,
    /// Something is not as it should be.
    Warning = 3,
    /// Worth knowing.
    Information = 4,
}

/// The most fields of an event.
pub const MAX_FIELDS: usize = 14;

/// WINEVENT_CHANNEL_TRACELOGGING: the event describes itself.
const CHANNEL: UCHAR = 11;

/// A source of events, with a name and the GUID that people enable it by.
#[derive(Debug)]
pub struct Provider {
    guid: GUID,
    traits: &'static [u8],
    /// REGHANDLE; 0 while it is not registered, for which EtwWriteTransfer returns an error that is
    /// ignored.
    handle: AtomicU64,
}

/// The provider whose driver traces its callbacks; null while none does.
static CALLBACKS: AtomicPtr<Provider> = AtomicPtr::new(null_mut());

/// Says that a callback of `object` begins, with its numbers: to the debugger, and in the trace
/// where the driver asked for that. Any IRQL. Costs a load and a branch while it did not.
#[inline]
pub(crate) fn callback<T>(
    level: debug::Level,
    name: &'static CStr,
    object: *mut T,
    arguments: [u32; 2],
) {
    debug::callback(level, name);
    let provider = CALLBACKS.load(Ordering::Relaxed);
    // SAFETY: null, or a provider that lives as long as the image.
    if let Some(provider) = unsafe { provider.as_ref() } {
        write_callback(provider, name, object.addr(), arguments);
    }
}

/// The event of a callback. Out of line, so that callbacks do not grow by it.
#[cold]
#[inline(never)]
fn write_callback(provider: &Provider, name: &CStr, object: usize, arguments: [u32; 2]) {
    let [first, second] = arguments;
    // SAFETY: any IRQL.
    let irql = unsafe { KeGetCurrentIrql() };
    crate::trace!(provider, Information, "Callback", "Name": cstr = name,
        "Object": u64 = u64::try_from(object).unwrap_or(0), "First": u32 = first,
        "Second": u32 = second, "Irql": u32 = irql.into());
}

/// The value of a field of an event.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a>(&'a [u8]);

impl<'a> Field<'a> {
    /// The bytes of the field's kind.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

/// A block that begins with its own size: traits of a provider, metadata of an event. `N` is two
/// more than the text's length.
#[doc(hidden)]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "runs in the compiler"
)]
pub const fn sized<const N: usize>(text: &str) -> [u8; N] {
    let text = text.as_bytes();
    assert!(text.len() + 2 == N && N < 0x8000, "the size that the text asks for");
    let mut block = [0; N];
    #[expect(clippy::as_conversions, reason = "TryFrom is not const; asserted above")]
    let size = (N as u16).to_le_bytes();
    (block[0], block[1]) = (size[0], size[1]);
    let mut at = 0;
    while at < text.len() {
        block[at + 2] = text[at];
        at += 1;
    }
    block
}

/// A [`Provider`] of `$name` and `$guid`, for a static. The GUID is by custom the one that the name
/// makes (TraceLoggingProvider.h).
#[macro_export]
macro_rules! trace_provider {
    ($name:literal, $guid:expr) => {{
        const TEXT: &str = concat!($name, "\0");
        static TRAITS: [u8; TEXT.len() + 2] = $crate::trace::sized(TEXT);
        $crate::trace::Provider::new($guid, &TRAITS)
    }};
}

/// Writes an event: `trace!(PROVIDER, Warning, "Glitch", "Underruns": u64 = count)`. Kinds of
/// fields are `u32`, `i32`, `u64`, and `cstr` for a `&CStr`.
#[macro_export]
macro_rules! trace {
    (@kind cstr) => { "\x02" };
    (@kind i32) => { "\x07" };
    (@kind u32) => { "\x08" };
    (@kind u64) => { "\x0A" };
    (@bytes cstr $value:expr) => { $value.to_bytes_with_nul() };
    (@bytes $kind:tt $value:expr) => { &<$kind>::to_le_bytes($value) };
    ($provider:expr, $level:ident, $name:literal $(, $field:literal: $kind:tt = $value:expr)* $(,)?) => {{
        const _: () = {
            let names: &[&str] = &[$($field),*];
            assert!(names.len() <= $crate::trace::MAX_FIELDS);
        };
        const TEXT: &str = concat!("\0", $name, "\0" $(, $field, "\0", $crate::trace!(@kind $kind))*);
        static METADATA: [u8; TEXT.len() + 2] = $crate::trace::sized(TEXT);
        $provider.write(
            $crate::trace::Level::$level,
            &METADATA,
            &[$($crate::trace::Field::new($crate::trace!(@bytes $kind $value))),*],
        );
    }};
}

impl Provider {
    /// For [`trace_provider!`](crate::trace_provider!).
    #[doc(hidden)]
    pub const fn new(guid: GUID, traits: &'static [u8]) -> Self {
        Self { guid, traits, handle: AtomicU64::new(0) }
    }

    /// From now on every callback of the driver's writes an event `Callback` with its name, its
    /// object, up to two of its numbers and the IRQL, or none does. Timers do not: they expire with
    /// every packet.
    pub fn trace_callbacks(&'static self, on: bool) {
        let provider = if on { core::ptr::from_ref(self).cast_mut() } else { null_mut() };
        CALLBACKS.store(provider, Ordering::Relaxed);
    }

    /// Registers the provider. A system without room for it goes without its events.
    #[doc(alias = "EtwRegister")]
    pub(crate) fn register(&self, _passive: &Passive) {
        let mut handle = 0;
        // SAFETY: at PASSIVE_LEVEL; the GUID and the place are valid for the call, and there is no
        // callback.
        let answer =
            unsafe { EtwRegister(&raw const self.guid, None, null_mut(), &raw mut handle) };
        if !NT_SUCCESS(answer) {
            return;
        }
        let length = ULONG::try_from(self.traits.len()).unwrap_or(0);
        // The name of the provider comes with every event as well, so a failure costs nothing but a
        // few bytes each.
        // SAFETY: registered just now; the traits are static and only read.
        let _ = unsafe {
            EtwSetInformation(
                handle,
                _EVENT_INFO_CLASS::EventProviderSetTraits,
                self.traits.as_ptr().cast_mut().cast(),
                length,
            )
        };
        self.handle.store(handle, Ordering::Release);
    }

    /// Ends what [`register`](Self::register) began.
    #[doc(alias = "EtwUnregister")]
    pub(crate) fn unregister(&'static self, _passive: &Passive) {
        self.trace_callbacks(false);
        let handle = self.handle.swap(0, Ordering::AcqRel);
        if handle != 0 {
            // SAFETY: registered, and given up by the swap; at PASSIVE_LEVEL. There is nothing to
            // do about a failure.
            let _ = unsafe { EtwUnregister(handle) };
        }
    }

    /// For [`trace!`](crate::trace!). At any IRQL; costs one call when the provider is not enabled.
    #[doc(hidden)]
    #[inline(never)]
    pub fn write(&self, level: Level, metadata: &'static [u8], fields: &[Field<'_>]) {
        let handle = self.handle.load(Ordering::Acquire);
        if handle == 0 {
            return;
        }
        #[expect(clippy::as_conversions, reason = "the discriminant is the level")]
        let descriptor =
            EVENT_DESCRIPTOR { Channel: CHANNEL, Level: level as UCHAR, ..Default::default() };
        let head = [
            (self.traits, EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA),
            (metadata, EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA),
        ];
        let blocks = head
            .into_iter()
            .chain(fields.iter().map(|field| (field.0, EVENT_DATA_DESCRIPTOR_TYPE_NONE)));
        let mut data = [EVENT_DATA_DESCRIPTOR::default(); MAX_FIELDS + 2];
        let mut count = 0_u32;
        for (place, (bytes, kind)) in data.iter_mut().zip(blocks) {
            place.Ptr = ULONGLONG::try_from(bytes.as_ptr().expose_provenance()).unwrap_or(0);
            place.Size = ULONG::try_from(bytes.len()).unwrap_or(0);
            // The kind is the low byte of the reserved word.
            place.__bindgen_anon_1.Reserved = kind;
            count = count.wrapping_add(1);
        }
        // SAFETY: a registered handle; every block is valid for the call, which copies. What it
        // answers (nobody listens, buffers are full) changes nothing here.
        let _ = unsafe {
            EtwWriteTransfer(
                handle,
                &raw const descriptor,
                core::ptr::null(),
                core::ptr::null(),
                count,
                data.as_mut_ptr(),
            )
        };
    }
}
