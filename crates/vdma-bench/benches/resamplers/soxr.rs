//! The SoX resampler library, if this machine has it.

use std::ffi::{c_char, c_uint, c_ulong, c_void};
use std::ptr::null;

use libloading::Library as Loaded;

/// soxr_quality_spec_t.
#[repr(C)]
struct Quality {
    precision: f64,
    phase_response: f64,
    passband_end: f64,
    stopband_begin: f64,
    e: *mut c_void,
    flags: c_ulong,
}

/// SOXR_HQ.
const HIGH_QUALITY: c_ulong = 4;

type QualitySpec = unsafe extern "C" fn(c_ulong, c_ulong) -> Quality;
type Create = unsafe extern "C" fn(
    f64,
    f64,
    c_uint,
    *mut *const c_char,
    *const c_void,
    *const Quality,
    *const c_void,
) -> *mut c_void;
type Process = unsafe extern "C" fn(
    *mut c_void,
    *const f32,
    usize,
    *mut usize,
    *mut f32,
    usize,
    *mut usize,
) -> *const c_char;
type Delete = unsafe extern "C" fn(*mut c_void);

/// The library's functions.
pub(crate) struct Library {
    quality_spec: QualitySpec,
    create: Create,
    process: Process,
    delete: Delete,
    /// Keeps them.
    _loaded: Loaded,
}

impl Library {
    pub(crate) fn open() -> Option<Self> {
        // SAFETY: libsoxr has no initializers of its own that could do harm.
        let loaded = unsafe { Loaded::new("libsoxr.so.0") }.ok()?;
        // SAFETY: the types are those of soxr.h, version 0.1.
        let quality_spec = *unsafe { loaded.get::<QualitySpec>(b"soxr_quality_spec\0") }.ok()?;
        // SAFETY: the type is that of soxr_create in soxr.h, version 0.1.
        let create = *unsafe { loaded.get::<Create>(b"soxr_create\0") }.ok()?;
        // SAFETY: the type is that of soxr_process in soxr.h, version 0.1.
        let process = *unsafe { loaded.get::<Process>(b"soxr_process\0") }.ok()?;
        // SAFETY: the type is that of soxr_delete in soxr.h, version 0.1.
        let delete = *unsafe { loaded.get::<Delete>(b"soxr_delete\0") }.ok()?;
        Some(Self { quality_spec, create, process, delete, _loaded: loaded })
    }

    fn quality(&self) -> Quality {
        // SAFETY: a recipe that the library has.
        unsafe { (self.quality_spec)(HIGH_QUALITY, 0) }
    }

    /// As SOXR_HQ has it.
    pub(crate) fn high_quality(&self, rates: (u32, u32)) -> Soxr<'_> {
        self.make(rates, &self.quality())
    }

    /// SOXR_HQ with a pass band and a stop band of one's own, of which 1 is half the lower rate.
    pub(crate) fn with_bands(&self, rates: (u32, u32), pass: f64, stop: f64) -> Soxr<'_> {
        let quality = Quality { passband_end: pass, stopband_begin: stop, ..self.quality() };
        self.make(rates, &quality)
    }

    fn make(&self, (from, to): (u32, u32), quality: &Quality) -> Soxr<'_> {
        let mut error = null();
        // SAFETY: without specifications of format and threads: interleaved floats, one thread.
        let handle = unsafe {
            (self.create)(from.into(), to.into(), 2, &raw mut error, null(), quality, null())
        };
        assert!(error.is_null() && !handle.is_null(), "soxr refuses {from} to {to}");
        Soxr { library: self, handle, out: vec![0.0; 65_536] }
    }
}

/// A stereo resampler.
pub(crate) struct Soxr<'a> {
    library: &'a Library,
    handle: *mut c_void,
    out: Vec<f32>,
}

impl Soxr<'_> {
    /// Takes interleaved frames, and appends what comes out.
    pub(crate) fn process(&mut self, packet: &[f32], to: &mut Vec<f32>) {
        let (mut taken, mut made) = (0, 0);
        // SAFETY: a handle of `create`; both buffers have as many stereo frames as is said.
        let error = unsafe {
            (self.library.process)(
                self.handle,
                packet.as_ptr(),
                packet.len() / 2,
                &raw mut taken,
                self.out.as_mut_ptr(),
                self.out.len() / 2,
                &raw mut made,
            )
        };
        assert!(error.is_null() && taken == packet.len() / 2, "soxr took {taken} frames");
        to.extend_from_slice(&self.out[..made * 2]);
    }
}

impl Drop for Soxr<'_> {
    fn drop(&mut self) {
        // SAFETY: a handle of `create`, once.
        unsafe { (self.library.delete)(self.handle) };
    }
}
