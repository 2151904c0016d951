//! Constants that bindgen drops (macros with casts or `ui64` suffixes), written once for both
//! backends.
//!
//! Sources: `facts/acx-enums.tsv` for ACX; wtypes.h for `VT_*`. Checked by
//! `tests/facts.rs` and `tests/windows_sys.rs`.

use crate::*;

/// `EXT_SET_PARAMETERS::NoWakeTolerance`: the timer never wakes the processor by itself.
pub const EX_TIMER_UNLIMITED_TOLERANCE: LONGLONG = -1;

/// Let ACX choose the pin's id.
pub const AcxPinIdDefault: ULONG = ULONG::MAX;
pub const AcxPinIdNone: ULONG = ULONG::MAX;
/// No limit on the number of streams of a pin.
pub const AcxInstanceIndeterminate: ULONG = ULONG::MAX;
/// Let ACX choose the element's id.
pub const AcxElementIdDefault: ULONG = ULONG::MAX;
pub const AcxElementIdNone: ULONG = ULONG::MAX;
/// Let ACX choose the jack's id.
pub const AcxJackPropertiesIdDefault: ULONG = ULONG::MAX;
pub const AcxJackPropertiesIdNone: ULONG = ULONG::MAX;
pub const AcxCircuitId: ULONG = ULONG::MAX;
pub const AcxStreamId: ULONG = ULONG::MAX;
pub const AcxItemIdAny: ULONG = ULONG::MAX;
pub const AcxItemIdUnknown: ULONG = ULONG::MAX;
pub const AcxItemIdNone: ULONG = ULONG::MAX;
pub const AcxItemFlagsAny: ULONG = ULONG::MAX;
/// Every entry of the ACX 1.1 table is there when the driver requires ACX 1.1.
pub const ACX_ALWAYS_AVAILABLE_FUNCTION_COUNT: ULONG = 221;

/// Front left and right.
pub const KSAUDIO_SPEAKER_STEREO: ULONG = SPEAKER_FRONT_LEFT | SPEAKER_FRONT_RIGHT;
/// Stereo and back left and right.
pub const KSAUDIO_SPEAKER_QUAD: ULONG =
    KSAUDIO_SPEAKER_STEREO | SPEAKER_BACK_LEFT | SPEAKER_BACK_RIGHT;
/// Quad, centre and low frequency.
pub const KSAUDIO_SPEAKER_5POINT1: ULONG =
    KSAUDIO_SPEAKER_QUAD | SPEAKER_FRONT_CENTER | SPEAKER_LOW_FREQUENCY;
/// 5.1 and side left and right.
pub const KSAUDIO_SPEAKER_7POINT1_SURROUND: ULONG =
    KSAUDIO_SPEAKER_5POINT1 | SPEAKER_SIDE_LEFT | SPEAKER_SIDE_RIGHT;

/// `KSFILTER_NODE`: in a `KSTOPOLOGY_CONNECTION`, the filter itself.
pub const KSFILTER_NODE: ULONG = ULONG::MAX;
pub const KSALL_NODES: ULONG = ULONG::MAX;
/// An attribute list follows the format.
pub const KSDATAFORMAT_ATTRIBUTES: ULONG = 1 << KSDATAFORMAT_BIT_ATTRIBUTES;
/// An attribute list follows the range.
pub const KSDATARANGE_ATTRIBUTES: ULONG = 1 << KSDATARANGE_BIT_ATTRIBUTES;
/// The attribute list of the range is required.
pub const KSDATARANGE_REQUIRED_ATTRIBUTES: ULONG = 1 << KSDATARANGE_BIT_REQUIRED_ATTRIBUTES;

pub const VT_I4: WORD = 3;
pub const VT_BOOL: WORD = 11;
pub const VT_UI4: WORD = 19;
