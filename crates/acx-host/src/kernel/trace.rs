//! ETW: the machine's one trace session. It enables every provider that registers, and keeps their
//! events.
//!
//! TraceLogging events describe themselves and are shown field by field; of others the session
//! knows the id and the bytes. Sources: EtwRegister, EtwSetInformation, EtwWriteTransfer; layout of
//! the metadata: TraceLoggingProvider.h and the `tracelogging` crate (MIT).

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, read_bytes, write};
use crate::kernel::call::invoke;
use crate::kernel::callback;
use crate::kernel::function::exports;
use crate::kernel::loaded;
use crate::kernel::report::Rule;
use acx_client::bytes::guid_bytes;

/// The number of events kept; older ones are dropped.
const KEPT: usize = 65_536;

/// Registration handles begin here, so that one is never a kernel handle, too.
const BASE: u64 = 0x7E7E_0000;

/// An event that a driver wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEvent {
    /// The performance counter when it was written.
    pub qpc: u64,
    /// The provider's name, or its GUID if it has set no name.
    pub provider: String,
    /// The event's name, or `event` and its id.
    pub name: String,
    /// TRACE_LEVEL_*: 1 critical to 5 verbose.
    pub level: u8,
    /// Names and values, in order.
    pub fields: Vec<(String, String)>,
}

impl TraceEvent {
    /// Whether it is a warning or worse.
    pub fn is_warning(&self) -> bool {
        self.level <= 3
    }
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            1 => "critical",
            2 => "error",
            3 => "warning",
            4 => "information",
            _ => "verbose",
        };
        write!(f, "{level}: {}: {}", self.provider, self.name)?;
        self.fields.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// A registered provider.
struct Provider {
    name: Arc<str>,
    /// The number of the driver whose it is.
    owner: u32,
}

/// The session of a machine.
#[derive(Default)]
pub(crate) struct Session {
    providers: RefCell<Vec<Option<Provider>>>,
    events: RefCell<VecDeque<Written>>,
}

/// An event in its raw form. It is decoded on demand: a driver over its limit writes very many.
struct Written {
    qpc: u64,
    provider: Arc<str>,
    id: u16,
    level: u8,
    /// The blocks, one after the other.
    bytes: Vec<u8>,
    /// Kind and end of each.
    ends: Vec<(u32, usize)>,
}

impl Session {
    fn register(&self, kernel: &Kernel, guid: &GUID) -> u64 {
        let bytes = guid_bytes(guid);
        let name = bytes.iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
        let mut providers = self.providers.borrow_mut();
        let owner = loaded::number(kernel);
        providers.push(Some(Provider { name: name.into(), owner }));
        BASE + providers.len() as u64
    }

    fn index(handle: u64) -> Option<usize> {
        usize::try_from(handle.checked_sub(BASE + 1)?).ok()
    }

    fn with<R>(&self, handle: u64, with: impl FnOnce(&mut Option<Provider>) -> R) -> Option<R> {
        let mut providers = self.providers.borrow_mut();
        providers.get_mut(Self::index(handle)?).filter(|found| found.is_some()).map(with)
    }

    /// Whether the handle is a registered provider's.
    pub(crate) fn is_open(&self, handle: u64) -> bool {
        self.with(handle, |_| ()).is_some()
    }

    /// The newest events, and takes them out.
    pub(crate) fn take(&self) -> impl Iterator<Item = TraceEvent> + use<> {
        self.events.take().into_iter().map(|event| event.read())
    }

    /// The newest events, which stay.
    pub(crate) fn events(&self) -> Vec<TraceEvent> {
        self.events.borrow().iter().map(Written::read).collect()
    }

    /// At unload no provider of the driver may be registered.
    pub(crate) fn check_empty(&self, kernel: &Kernel, driver: u32) {
        let own = |own: &mut Provider| own.owner == driver;
        let take = |provider: &mut Option<Provider>| provider.take_if(own);
        let left: Vec<_> = self.providers.borrow_mut().iter_mut().filter_map(take).collect();
        for provider in left {
            let what = format!("the trace provider {} was never unregistered", provider.name);
            kernel.violate(Rule::HandleLeak, what);
        }
    }

    /// Keeps an event.
    pub(crate) fn write(
        &self,
        kernel: &Kernel,
        handle: u64,
        descriptor: *const EVENT_DESCRIPTOR,
        count: u32,
        data: *const EVENT_DATA_DESCRIPTOR,
    ) -> NTSTATUS {
        let name = |provider: &mut Option<Provider>| provider.as_ref().map(|own| own.name.clone());
        let Some(provider) = self.with(handle, name).flatten() else {
            return STATUS_INVALID_HANDLE;
        };
        let Some(descriptor) = read(descriptor) else { return STATUS_INVALID_PARAMETER };
        let (qpc, id, level) = (kernel.qpc(), descriptor.Id, descriptor.Level);
        let mut event = Written { qpc, provider, id, level, bytes: Vec::new(), ends: Vec::new() };
        for block in (0..count as usize).filter_map(|at| read(data.wrapping_add(at))) {
            // SAFETY: both members of the union are plain bits.
            let kind = unsafe { block.__bindgen_anon_1.Reserved } & 0xFF;
            event.bytes.extend(read_bytes(block.Ptr as usize as *const u8, block.Size as usize));
            event.ends.push((kind, event.bytes.len()));
        }
        let mut events = self.events.borrow_mut();
        if events.len() == KEPT {
            events.pop_front();
        }
        events.push_back(event);
        STATUS_SUCCESS
    }
}

/// The name at the beginning of `bytes`, and what follows its zero.
fn name(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes.get(end + 1..).unwrap_or_default())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

impl Written {
    fn read(&self) -> TraceEvent {
        let mut begin = 0;
        let blocks: Vec<(u32, &[u8])> = self
            .ends
            .iter()
            .map(|&(kind, end)| (kind, &self.bytes[std::mem::replace(&mut begin, end)..end]))
            .collect();
        let block =
            |kind: u32| blocks.iter().find(|(own, _)| *own == kind).map(|(_, bytes)| *bytes);
        let provider = block(EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA)
            .filter(|traits| traits.len() > 2)
            .map_or_else(|| self.provider.to_string(), |traits| name(&traits[2..]).0);
        let payload: Vec<u8> = blocks
            .iter()
            .filter(|(kind, _)| *kind == EVENT_DATA_DESCRIPTOR_TYPE_NONE)
            .flat_map(|(_, bytes)| bytes.iter().copied())
            .collect();
        let (name, fields) = match block(EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA) {
            Some(metadata) if metadata.len() > 2 => {
                // Tags: bytes with the high bit set, and one without.
                let tags = metadata[2..].iter().take_while(|byte| **byte & 0x80 != 0).count();
                let (title, described) = name(metadata.get(3 + tags..).unwrap_or_default());
                (title, fields(described, &payload))
            }
            _ => {
                let bytes = ("bytes".to_owned(), hexadecimal(&payload));
                (format!("event {}", self.id), vec![bytes])
            }
        };
        TraceEvent { qpc: self.qpc, provider, name, level: self.level, fields }
    }
}

/// The fields that `described` names, from `payload`. What the session does not know how to read
/// ends the list as bytes.
fn fields(mut described: &[u8], mut payload: &[u8]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    while !described.is_empty() {
        let (name, rest) = name(described);
        let Some((kind, rest)) = rest.split_first() else { break };
        let mut rest = rest;
        let mut output = 0;
        if kind & 0x80 != 0 {
            let Some((first, behind)) = rest.split_first() else { break };
            output = *first;
            rest = behind;
            if output & 0x80 != 0 {
                // Field tags, the same way as an event's.
                let tags = rest.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
                rest = rest.get(tags..).unwrap_or_default();
            }
        }
        described = rest;
        match value(kind & 0x7F, output & 0x7F, payload) {
            Some((value, behind)) => {
                fields.push((name, value));
                payload = behind;
            }
            None => {
                fields.push((name, hexadecimal(payload)));
                break;
            }
        }
    }
    fields
}

/// A value of TraceLogging type `kind` at the beginning of `payload`, and what follows it.
fn value(kind: u8, output: u8, payload: &[u8]) -> Option<(String, &[u8])> {
    fn take<const N: usize>(payload: &[u8]) -> Option<([u8; N], &[u8])> {
        payload.split_first_chunk::<N>().map(|(bytes, rest)| (*bytes, rest))
    }
    fn counted(payload: &[u8]) -> Option<(&[u8], &[u8])> {
        let (length, rest) = take::<2>(payload)?;
        rest.split_at_checked(usize::from(u16::from_le_bytes(length)))
    }
    fn wide(bytes: &[u8]) -> String {
        let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    }
    /// TlgOutHEX
    const HEX: u8 = 4;
    Some(match kind {
        1 => {
            let length = payload.chunks_exact(2).position(|unit| unit == [0, 0])? * 2;
            (wide(&payload[..length]), &payload[length + 2..])
        }
        2 => {
            let length = payload.iter().position(|byte| *byte == 0)?;
            (String::from_utf8_lossy(&payload[..length]).into_owned(), &payload[length + 1..])
        }
        3 => take(payload).map(|(bytes, rest)| (i8::from_le_bytes(bytes).to_string(), rest))?,
        4 => take(payload).map(|(bytes, rest)| (u8::from_le_bytes(bytes).to_string(), rest))?,
        5 => take(payload).map(|(bytes, rest)| (i16::from_le_bytes(bytes).to_string(), rest))?,
        6 => take(payload).map(|(bytes, rest)| (u16::from_le_bytes(bytes).to_string(), rest))?,
        7 if output == HEX => take(payload)
            .map(|(bytes, rest)| (format!("{:#x}", u32::from_le_bytes(bytes)), rest))?,
        7 => take(payload).map(|(bytes, rest)| (i32::from_le_bytes(bytes).to_string(), rest))?,
        8 => take(payload).map(|(bytes, rest)| (u32::from_le_bytes(bytes).to_string(), rest))?,
        9 => take(payload).map(|(bytes, rest)| (i64::from_le_bytes(bytes).to_string(), rest))?,
        10 | 17 => {
            take(payload).map(|(bytes, rest)| (u64::from_le_bytes(bytes).to_string(), rest))?
        }
        11 => take(payload).map(|(bytes, rest)| (f32::from_le_bytes(bytes).to_string(), rest))?,
        12 => take(payload).map(|(bytes, rest)| (f64::from_le_bytes(bytes).to_string(), rest))?,
        13 => take::<4>(payload).map(|(bytes, rest)| ((bytes != [0; 4]).to_string(), rest))?,
        14 | 25 => counted(payload).map(|(bytes, rest)| (hexadecimal(bytes), rest))?,
        15 => take::<16>(payload).map(|(bytes, rest)| (hexadecimal(&bytes), rest))?,
        20 => take(payload)
            .map(|(bytes, rest)| (format!("{:#x}", u32::from_le_bytes(bytes)), rest))?,
        21 => take(payload)
            .map(|(bytes, rest)| (format!("{:#x}", u64::from_le_bytes(bytes)), rest))?,
        22 => counted(payload).map(|(bytes, rest)| (wide(bytes), rest))?,
        23 => counted(payload)
            .map(|(bytes, rest)| (String::from_utf8_lossy(bytes).into_owned(), rest))?,
        _ => return None,
    })
}

fn EtwRegister(
    kernel: &Kernel,
    ProviderId: LPCGUID,
    EnableCallback: PETWENABLECALLBACK,
    CallbackContext: PVOID,
    RegHandle: PREGHANDLE,
) -> NTSTATUS {
    let Some(guid) = read(ProviderId) else { return STATUS_INVALID_PARAMETER };
    write(RegHandle, kernel.part::<Session>().register(kernel, &guid));
    if let Some(enable) = EnableCallback {
        // The session is there already: EVENT_CONTROL_CODE_ENABLE_PROVIDER, every level and
        // keyword.
        let arguments =
            (&raw const guid, 1, u8::MAX, u64::MAX, 0, std::ptr::null_mut(), CallbackContext);
        invoke(kernel, &callback::EtwEnableCallback, 0, enable, arguments);
    }
    STATUS_SUCCESS
}

fn EtwUnregister(kernel: &Kernel, RegHandle: REGHANDLE) -> NTSTATUS {
    if kernel.part::<Session>().with(RegHandle, Option::take).is_none() {
        kernel.violate(
            Rule::BadHandle,
            format!("EtwUnregister of {RegHandle:#x}, which is not registered"),
        );
        return STATUS_INVALID_HANDLE;
    }
    STATUS_SUCCESS
}

fn EtwSetInformation(
    kernel: &Kernel,
    RegHandle: REGHANDLE,
    InformationClass: EVENT_INFO_CLASS,
    EventInformation: PVOID,
    InformationLength: ULONG,
) -> NTSTATUS {
    let bytes = read_bytes(EventInformation, InformationLength as usize);
    let known = kernel.part::<Session>().with(RegHandle, |provider| {
        if InformationClass == _EVENT_INFO_CLASS::EventProviderSetTraits
            && bytes.len() > 2
            && let Some(provider) = provider
        {
            provider.name = name(&bytes[2..]).0.into();
        }
    });
    if known.is_some() { STATUS_SUCCESS } else { STATUS_INVALID_HANDLE }
}

fn EtwWriteTransfer(
    kernel: &Kernel,
    RegHandle: REGHANDLE,
    EventDescriptor: PCEVENT_DESCRIPTOR,
    _activity: LPCGUID,
    _related: LPCGUID,
    UserDataCount: ULONG,
    UserData: PEVENT_DATA_DESCRIPTOR,
) -> NTSTATUS {
    kernel.part::<Session>().write(kernel, RegHandle, EventDescriptor, UserDataCount, UserData)
}

exports! {
    /// What both forms of drivers write events with.
    exports:
    EtwRegister(
        ProviderId: LPCGUID, EnableCallback: PETWENABLECALLBACK, CallbackContext: PVOID,
        RegHandle: PREGHANDLE
    ) -> NTSTATUS: PASSIVE;
    EtwUnregister(RegHandle: REGHANDLE) -> NTSTATUS: PASSIVE;
    EtwSetInformation(
        RegHandle: REGHANDLE, InformationClass: EVENT_INFO_CLASS, EventInformation: PVOID,
        InformationLength: ULONG
    ) -> NTSTATUS: APC;
    EtwWriteTransfer(
        RegHandle: REGHANDLE, EventDescriptor: PCEVENT_DESCRIPTOR, _activity: LPCGUID,
        _related: LPCGUID, UserDataCount: ULONG, UserData: PEVENT_DATA_DESCRIPTOR
    ) -> NTSTATUS: ANY;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An event as TraceLoggingProvider.h lays it out, every kind of field that the session reads.
    #[test]
    fn a_self_describing_event_is_read_field_by_field() {
        let described =
            b"Count\0\x08Name\0\x16Signed\0\x07Text\0\x02Flags\0\x15Status\0\x87\x04What\0\x18";
        let mut payload = 7u32.to_le_bytes().to_vec();
        payload.extend([4, 0, b'h', 0, b'i', 0]);
        payload.extend((-3i32).to_le_bytes());
        payload.extend(b"ok\0");
        payload.extend(255u64.to_le_bytes());
        payload.extend(0xC000_0001u32.to_le_bytes());
        payload.push(9);
        let found = fields(described, &payload);
        let found: Vec<_> = found.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let wanted = [
            "Count=7",
            "Name=hi",
            "Signed=-3",
            "Text=ok",
            "Flags=0xff",
            "Status=0xc0000001",
            "What=0x09",
        ];
        assert_eq!(found, wanted);
        // Cut anywhere, it is read as far as it goes.
        for length in 0..payload.len() {
            assert!(fields(described, &payload[..length]).len() <= wanted.len());
        }
    }

    #[test]
    fn a_value_of_each_type_is_read_and_no_more_than_it() {
        let text = [4, 0, b'h', 0, b'i', 0];
        let cases: [(u8, u8, &[u8], &str); 24] = [
            (1, 0, &[b'h', 0, b'i', 0, 0, 0], "hi"),
            (2, 0, b"hi\0", "hi"),
            (3, 0, &[0xFE], "-2"),
            (4, 0, &[0xFE], "254"),
            (5, 0, &[0xFE, 0xFF], "-2"),
            (6, 0, &[0xFE, 0xFF], "65534"),
            (7, 0, &[0xFE, 0xFF, 0xFF, 0xFF], "-2"),
            (7, 4, &[0xFE, 0xFF, 0xFF, 0xFF], "0xfffffffe"),
            (8, 0, &[1, 2, 0, 0], "513"),
            (8, 4, &[1, 2, 0, 0], "513"),
            (9, 0, &[0xFF; 8], "-1"),
            (10, 0, &[1, 1, 0, 0, 0, 0, 0, 0], "257"),
            (17, 0, &[1, 1, 0, 0, 0, 0, 0, 0], "257"),
            (11, 0, &1.5_f32.to_le_bytes(), "1.5"),
            (12, 0, &2.5_f64.to_le_bytes(), "2.5"),
            (13, 0, &[0, 0, 0, 1], "true"),
            (13, 0, &[0; 4], "false"),
            (14, 0, &[2, 0, 0xAB, 1], "0xab01"),
            (25, 0, &[2, 0, 0xAB, 1], "0xab01"),
            (15, 0, &[0x1F; 16], "0x1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f"),
            (20, 0, &[1, 2, 0, 0], "0x201"),
            (21, 0, &[1, 2, 0, 0, 0, 0, 0, 0], "0x201"),
            (22, 0, &text, "hi"),
            (23, 0, &[2, 0, b'h', b'i'], "hi"),
        ];
        for (kind, output, bytes, wanted) in cases {
            let payload = [bytes, &[0xEE]].concat();
            let found = value(kind, output, &payload);
            assert_eq!(found, Some((wanted.to_owned(), &[0xEE][..])), "{kind}");
            assert_eq!(value(kind, output, &bytes[..bytes.len() - 1]), None, "{kind}");
        }
        for kind in [0, 16, 18, 19, 24, 26, 0x28] {
            assert_eq!(value(kind, 0, &[0; 32]), None, "{kind}");
        }
    }

    #[test]
    fn tags_are_passed_over_and_an_unknown_type_ends_the_fields() {
        let shown = |described: &[u8], payload: &[u8]| {
            let all = fields(described, payload);
            all.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        // The first has an output type and two bytes of tags, the second an output type alone.
        let described = b"A\0\x84\x81\x82\x03B\0\x84\x01C\0\x04";
        assert_eq!(shown(described, &[1, 2, 3]), ["A=1", "B=2", "C=3"]);
        // An array of bytes.
        assert_eq!(shown(b"A\0\x04B\0\x24C\0\x04", &[1, 2, 3]), ["A=1", "B=0x0203"]);
        // A name without a type; an output type that is not there.
        assert_eq!(shown(b"A\0\x04B\0", &[1, 2]), ["A=1"]);
        assert_eq!(shown(b"A\0\x04B\0\x84", &[1, 2]), ["A=1"]);
    }

    #[test]
    fn an_event_says_who_wrote_it_and_what_it_is() {
        let event = |blocks: &[(u32, &[u8])]| {
            let mut event = Written {
                qpc: 5,
                provider: "registered".into(),
                id: 9,
                level: 3,
                bytes: Vec::new(),
                ends: Vec::new(),
            };
            for (kind, bytes) in blocks {
                event.bytes.extend(*bytes);
                event.ends.push((*kind, event.bytes.len()));
            }
            event.read()
        };
        let (traits, metadata, data) = (
            EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA,
            EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA,
            EVENT_DATA_DESCRIPTOR_TYPE_NONE,
        );
        let full = [
            (traits, &b"\x07\0Own\0\0"[..]),
            (metadata, b"\x0C\0\x81\x01Went\0A\0\x06"),
            (data, &[1]),
            (data, &[2]),
        ];
        let found = event(&full);
        assert_eq!(found.to_string(), "warning: Own: Went A=513");
        assert_eq!((found.qpc, found.level), (5, 3));
        assert_eq!(event(&full[2..]).to_string(), "warning: registered: event 9 bytes=0x0102");
        // Two bytes of length and nothing behind them are no name; one byte is.
        let short = [(traits, &[2, 0][..]), (metadata, &[2, 0])];
        assert_eq!(event(&short).to_string(), "warning: registered: event 9 bytes=0x");
        let named = [(traits, &b"\x03\0P"[..]), (metadata, b"\x05\0\0N\0")];
        assert_eq!(event(&named).to_string(), "warning: P: N");
        let without_a_name = [(metadata, &[3, 0, 0][..])];
        assert_eq!(event(&without_a_name).to_string(), "warning: registered: ");
        for (level, text, is_warning) in [
            (0, "verbose", true),
            (1, "critical", true),
            (2, "error", true),
            (3, "warning", true),
            (4, "information", false),
            (5, "verbose", false),
        ] {
            let event = TraceEvent { level, ..found.clone() };
            assert_eq!(event.to_string(), format!("{text}: Own: Went A=513"));
            assert_eq!(event.is_warning(), is_warning, "{text}");
        }
    }
}
