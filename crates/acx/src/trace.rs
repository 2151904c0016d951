//! TraceLogging events of a driver. DDI: EtwRegister, EtwSetInformation, EtwWriteTransfer,
//! EtwUnregister.
//!
//! An event carries its own description, so no manifest is installed. The layout is that of
//! TraceLoggingProvider.h in the Windows SDK and of Microsoft's `tracelogging` crate (MIT): a block
//! with a 16-bit size, tags, the name, and for each field its name and a type byte. That crate is
//! not used: it writes nothing if the target is not Windows, and panics if a provider is registered
//! twice (`docs/decisions.md`).
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
//! /// By convention the GUID is a hash of the name.
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

/// The level of an event: TRACE_LEVEL_*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Level {
    /// Audio or data was lost.
    Error = 2,
    /// Something unexpected happened.
    Warning = 3,
    /// An informational event.
    Information = 4,
}

/// The maximum number of fields of an event.
pub const MAX_FIELDS: usize = 14;

/// WINEVENT_CHANNEL_TRACELOGGING: the event describes itself.
const CHANNEL: UCHAR = 11;

/// A source of events, with a name and the GUID by which it is enabled.
#[derive(Debug)]
pub struct Provider {
    guid: GUID,
    traits: &'static [u8],
    /// REGHANDLE; 0 while not registered: EtwWriteTransfer then returns an error, which is ignored.
    handle: AtomicU64,
}

/// The provider to which callbacks are traced; null while they are not.
static CALLBACKS: AtomicPtr<Provider> = AtomicPtr::new(null_mut());

/// Reports that a callback of `object` begins, with its numbers: to the debugger, and in the trace
/// if the driver enabled that. Any IRQL. Costs a load and a branch while disabled.
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

/// The event of a callback. Out of line, to keep callbacks small.
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
    /// The field's bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

/// A block that begins with its own size: a provider's traits or an event's metadata. `N` is the
/// text's length plus 2.
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

/// A [`Provider`] with `$name` and `$guid`, for a static. By convention the GUID is a hash of the
/// name (TraceLoggingProvider.h).
#[macro_export]
macro_rules! trace_provider {
    ($name:literal, $guid:expr) => {{
        const TEXT: &str = concat!($name, "\0");
        static TRAITS: [u8; TEXT.len() + 2] = $crate::trace::sized(TEXT);
        $crate::trace::Provider::new($guid, &TRAITS)
    }};
}

/// Writes an event: `trace!(PROVIDER, Warning, "Glitch", "Underruns": u64 = count)`. A field's type
/// is `u32`, `i32`, `u64`, or `cstr` for a `&CStr`. Any IRQL.
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

    /// Turns callback events on or off. While on, each of the driver's callbacks writes an event
    /// `Callback` with its name, its object, up to two numbers and the IRQL. Timers do not, because
    /// they expire with every packet.
    pub fn trace_callbacks(&'static self, on: bool) {
        let provider = if on { core::ptr::from_ref(self).cast_mut() } else { null_mut() };
        CALLBACKS.store(provider, Ordering::Relaxed);
    }

    /// Registers the provider. If that fails, its events are not written.
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
        // On a failure each event only takes a few more bytes: it then carries the provider's name
        // itself.
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

    /// Unregisters the provider.
    #[doc(alias = "EtwUnregister")]
    pub(crate) fn unregister(&'static self, _passive: &Passive) {
        self.trace_callbacks(false);
        let handle = self.handle.swap(0, Ordering::AcqRel);
        if handle != 0 {
            // SAFETY: registered, and given up by the swap; at PASSIVE_LEVEL. A failure needs no
            // handling.
            let _ = unsafe { EtwUnregister(handle) };
        }
    }

    /// For [`trace!`](crate::trace!). Any IRQL. Costs one call when the provider is not enabled.
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
        // SAFETY: a registered handle; every block is valid for the call, which copies it. An error
        // (no session, full buffers) needs no handling.
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
