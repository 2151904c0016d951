//! Rows of the tables of properties, so that the rules for lengths and statuses are the same for
//! all. Source: "KS properties", and what the pages of the property sets say of GET, SET and
//! BASICSUPPORT.

use acx_client::Reply;
use acx_client::bytes::number;
use acx_sys::*;

use super::value::words;
use crate::acx::arguments::guid_bytes;
use crate::acx::assumptions;
use crate::acx::circuit::Circuit;
use crate::acx::element::{Element, ElementKind};
use crate::acx::pin::Pin;
use crate::acx::stream::Stream;
use crate::kernel::Kernel;
use crate::kernel::object::{self, Ref};

/// The kind of handle that a property belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The filter.
    Filter,
    /// A pin of the filter, named by a KSP_PIN.
    PinFactory,
    /// A node and a channel of it, named by a KSNODEPROPERTY_AUDIO_CHANNEL.
    Node,
    /// A node, named by a KSNODEPROPERTY.
    Element,
    /// An open pin, by its handle.
    Pin,
}

impl Recipient {
    /// Bytes of the descriptor.
    pub const fn descriptor(self) -> usize {
        match self {
            Self::Filter | Self::Pin => 24,
            Self::PinFactory | Self::Element => 32,
            Self::Node => 40,
        }
    }
}

type Get = fn(&PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS>;
type Assign = fn(&PropertyRequest<'_>, &[u8]) -> Result<(), NTSTATUS>;
type Raw = fn(&PropertyRequest<'_>, &mut [u8]) -> Reply;

/// A property.
pub struct Property {
    /// The property set.
    pub set: GUID,
    /// The id in the set.
    pub id: u32,
    /// Its name in the documentation.
    pub name: &'static str,
    /// The kind of handle that it belongs to.
    pub target: Recipient,
    /// Bytes of the descriptor, where they are more than the target's.
    pub descriptor: usize,
    /// Bytes of the value; 0 if they vary.
    pub size: usize,
    /// Whether the value is a KSMULTIPLE_ITEM list.
    pub is_list: bool,
    pub(crate) get: Option<Get>,
    pub(crate) assign: Option<Assign>,
    /// An answer to GET with lengths of its own making.
    pub(crate) raw: Option<Raw>,
}

impl Property {
    /// Whether a client can read it.
    pub fn can_get(&self) -> bool {
        self.get.is_some() || self.raw.is_some()
    }

    /// Whether a client can set it.
    pub fn can_set(&self) -> bool {
        self.assign.is_some()
    }

    /// Checks that the node or pin of a request exists and has this property. GET and SET check
    /// this first, before the lengths.
    pub(crate) fn check(&self, request: &PropertyRequest<'_>) -> Result<(), NTSTATUS> {
        match self.target {
            Recipient::PinFactory => request.pin().map(drop)?,
            Recipient::Element => request.node().map(drop)?,
            Recipient::Filter | Recipient::Node | Recipient::Pin => {}
        }
        let is_kind = match (self.target, self.id) {
            (Recipient::Node, KSPROPERTY_AUDIO_VOLUMELEVEL) => IS_VOLUME,
            (Recipient::Node, KSPROPERTY_AUDIO_MUTE) => IS_MUTE,
            (Recipient::Node, KSPROPERTY_AUDIO_PEAKMETER2) => IS_METER,
            _ => return Ok(()),
        };
        request.control(is_kind).map(drop)
    }

    fn access(&self) -> u32 {
        let flag = |has: bool, flag: u32| if has { flag } else { 0 };
        KSPROPERTY_TYPE_BASICSUPPORT
            | flag(self.can_get(), KSPROPERTY_TYPE_GET)
            | flag(self.can_set(), KSPROPERTY_TYPE_SET)
    }

    /// The answer to GET, with the length rules of section 2.2. A value of known size is read only
    /// if it fits, because reading may have an effect.
    pub(crate) fn answer(
        &self,
        output: &mut [u8],
        get: impl FnOnce() -> Result<Vec<u8>, NTSTATUS>,
    ) -> Reply {
        if output.len() < self.size {
            return if output.is_empty() {
                Reply { status: STATUS_BUFFER_OVERFLOW, information: self.size }
            } else {
                Reply { status: STATUS_BUFFER_TOO_SMALL, information: 0 }
            };
        }
        match get() {
            Ok(value) => copy_out(output, &value, self.is_list),
            Err(status) => Reply { status, information: 0 },
        }
    }

    /// The answer to BASICSUPPORT: access flags, a description, or a description with its ranges.
    pub(crate) fn basic_support(&self, request: &PropertyRequest<'_>, output: &mut [u8]) -> Reply {
        let ranges = if self.target == Recipient::Node { ranges(self, request) } else { Ok(None) };
        let (kind, members) = match ranges {
            Ok(ranges) => ranges.unwrap_or_default(),
            Err(status) => return Reply { status, information: 0 },
        };
        let full = 40 + members.len();
        let mut value = Vec::with_capacity(full);
        value.extend(self.access().to_le_bytes());
        value.extend((full as u32).to_le_bytes());
        let set = if kind == 0 { [0; 16] } else { guid_bytes(&KSPROPTYPESETID_General) };
        value.extend(set);
        value.extend(u32::from(kind).to_le_bytes());
        value.extend(0u32.to_le_bytes());
        value.extend(u32::from(!members.is_empty()).to_le_bytes());
        value.extend(0u32.to_le_bytes());
        value.extend(members);
        match output.len() {
            4 => copy_out(output, &value[..4], false),
            40 => copy_out(output, &value[..40], false),
            _ => copy_out(output, &value, false),
        }
    }
}

/// Copies a value out, or returns its length. An empty value needs no space.
fn copy_out(output: &mut [u8], value: &[u8], is_list: bool) -> Reply {
    let fits = match output.len() {
        _ if value.is_empty() => 0,
        0 => return Reply { status: STATUS_BUFFER_OVERFLOW, information: value.len() },
        8 if is_list => 8,
        room if room < value.len() => {
            return Reply { status: STATUS_BUFFER_TOO_SMALL, information: 0 };
        }
        _ => value.len(),
    };
    output[..fits].copy_from_slice(&value[..fits]);
    Reply { status: STATUS_SUCCESS, information: fits }
}

/// Type and member list of a node's BASICSUPPORT.
fn ranges(
    row: &Property,
    request: &PropertyRequest<'_>,
) -> Result<Option<(u16, Vec<u8>)>, NTSTATUS> {
    let node = request.node()?;
    let element = match row.id {
        // An engine's own node answers for the elements that it has.
        KSPROPERTY_AUDIO_MUTE => request.part(IS_MUTE).unwrap_or(node),
        KSPROPERTY_AUDIO_PEAKMETER2 => request.part(IS_METER).unwrap_or(node),
        _ => request.part(IS_VOLUME).unwrap_or(node),
    };
    let (kind, step, low, high) = match &element.kind {
        ElementKind::Volume(config, _) => {
            (VT_I4, config.SteppingDelta, config.Minimum, config.Maximum)
        }
        ElementKind::Mute(..) => (VT_BOOL, 1, 0, 1),
        ElementKind::PeakMeter(config, _) => {
            (VT_I4, config.SteppingDelta, config.Minimum, config.Maximum)
        }
        _ => return Ok(None),
    };
    let channels = element.channels();
    let flags = KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL;
    let mut members = words([KSPROPERTY_MEMBER_STEPPEDRANGES, 16, channels, flags]);
    for _ in 0..channels {
        members.extend(words([step, 0, low.cast_unsigned(), high.cast_unsigned()]));
    }
    Ok(Some((kind, members)))
}

/// Elements of this kind.
pub(super) const IS_VOLUME: fn(&ElementKind) -> bool =
    |kind| matches!(kind, ElementKind::Volume(..));
/// Elements of this kind.
pub(super) const IS_MUTE: fn(&ElementKind) -> bool = |kind| matches!(kind, ElementKind::Mute(..));
/// Elements of this kind.
pub(super) const IS_METER: fn(&ElementKind) -> bool =
    |kind| matches!(kind, ElementKind::PeakMeter(..));

/// The environment of a property handler.
pub(crate) struct PropertyRequest<'a> {
    pub(crate) kernel: &'a Kernel,
    pub(crate) circuit: &'a Ref<Circuit>,
    pub(crate) stream: Option<&'a Ref<Stream>>,
    /// The descriptor: the property and what follows it.
    pub(crate) input: &'a [u8],
}

impl PropertyRequest<'_> {
    /// The pin that a KSP_PIN names.
    pub(super) fn pin(&self) -> Result<Ref<Pin>, NTSTATUS> {
        let id = number(self.input, 24);
        self.circuit.pin(id).ok_or(assumptions::of(self.kernel).statuses.no_such_item)
    }

    pub(super) fn stream(&self) -> Result<&Ref<Stream>, NTSTATUS> {
        self.stream.ok_or(STATUS_INVALID_DEVICE_REQUEST)
    }

    /// The node that a request names: an element of the stream or of the circuit.
    pub(crate) fn node(&self) -> Result<Ref<Element>, NTSTATUS> {
        let id = number(self.input, 24);
        let of_stream = self.stream.and_then(|stream| {
            stream.elements.borrow().iter().find(|element| element.id() == Some(id)).cloned()
        });
        let none = assumptions::of(self.kernel).statuses.no_such_item;
        of_stream.or_else(|| self.circuit.element(id)).ok_or(none)
    }

    /// The node itself, if it is of a kind, or the element of that kind that it has.
    fn part(&self, is_kind: fn(&ElementKind) -> bool) -> Result<Ref<Element>, NTSTATUS> {
        let element = self.node()?;
        if is_kind(&element.kind) {
            return Ok(element);
        }
        let parts = element.parts().into_iter();
        let mut parts = parts.filter_map(|part| object::get::<Element>(self.kernel, part).ok());
        let wrong = assumptions::of(self.kernel).statuses.wrong_item;
        parts.find(|part| is_kind(&part.kind)).ok_or(wrong)
    }

    /// The element of a kind that a request means, and the channel.
    pub(crate) fn control(
        &self,
        is_kind: fn(&ElementKind) -> bool,
    ) -> Result<(Ref<Element>, u32), NTSTATUS> {
        let element = self.part(is_kind)?;
        let channel = number(self.input, 32);
        if channel != u32::MAX && channel >= element.channels() {
            return Err(STATUS_INVALID_PARAMETER);
        }
        Ok((element, channel))
    }
}

/// A table of properties, one row each.
macro_rules! rows {
    ($($set:ident { $($id:ident $target:ident $size:tt $(+ $descriptor:literal)? $(raw $raw:ident)? $(get $get:expr)? $(, $(set $assign:expr)?)?;)* })*) => {
        &[$($(Property {
            set: $set,
            id: $id,
            name: stringify!($id),
            target: Recipient::$target,
            descriptor: 0 $(+ $descriptor)?,
            size: rows!(@size $size),
            is_list: rows!(@list $size),
            get: rows!(@some $($get)?),
            assign: rows!(@some $($($assign)?)?),
            raw: rows!(@some $($raw)?),
        },)*)*]
    };
    (@size list) => { 0 };
    (@size any) => { 0 };
    (@size $size:literal) => { $size };
    (@list list) => { true };
    (@list $size:tt) => { false };
    (@some $value:expr) => { Some($value) };
    (@some) => { None };
}
pub(crate) use rows;

/// A callback of a driver that answers a status.
macro_rules! call {
    ($request:ident, $element:ident, $callbacks:ident.$name:ident, ($($argument:expr),*)) => {{
        let callback = $callbacks.$name.ok_or(STATUS_NOT_SUPPORTED)?;
        let answer = $crate::kernel::call::invoke($request.kernel, &$crate::acx::callback::$name, $element.handle(), callback, ($element.object().as_ptr(), $($argument),*));
        if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
    }};
}
pub(super) use call;
