//! Client operations on filters, on both sides.

use std::time::Duration;

use acx_client::endpoint::{WaveFormat, connect};
use acx_client::request::{descriptor, node, number, pin as pin_id};
use acx_client::{File, System};
use acx_sys::*;
use acxvad::properties;
use acxvad::properties::PROPERTY_SET;

use crate::op::{Flaw, Who};
use crate::world::*;
use acx_fuzz::oracle::{Answer, Circuit, Memory, PinKind, Stream};

impl World<'_> {
    pub(crate) fn open_filter(&mut self, end: u8, user: bool) -> Outcome<Touched> {
        let open = self.filters.iter().flatten().count();
        if open >= FILTERS {
            return Ok(Touched::Nothing);
        }
        let name = self.ends[usize::from(end) % self.ends.len()].name.clone();
        let link = &self.links[&name];
        let opened = if user { self.user.open(link) } else { self.machine.open(link) };
        let end = self.ends.iter().position(|end| end.name == name && !end.is_gone);
        let status = *opened.as_ref().err().unwrap_or(&STATUS_SUCCESS);
        let wanted = end.map(|_| ()).ok_or(STATUS_OBJECT_NAME_NOT_FOUND);
        self.expect_answer(&format!("opening {name}"), status, wanted)?;
        if let (Ok(file), Some(end)) = (opened, end) {
            self.filters.push(Some(Filter { file, end, is_user: user }));
        }
        Ok(Touched::Other)
    }

    pub(crate) fn count(&self, end: usize, pin: u32) -> u32 {
        self.pins.iter().filter(|own| own.end == end && own.id == pin).count() as u32
    }

    /// The checks of an opening, in their order.
    pub(crate) fn opens(
        &self,
        end: usize,
        pin: u32,
        mode: usize,
        format: &WaveFormat,
        flaw: Flaw,
    ) -> Answer {
        let End { circuit, is_gone, .. } = &self.ends[end];
        if *is_gone {
            return Err(STATUS_DEVICE_REMOVED);
        }
        match flaw {
            Flaw::CutConnect | Flaw::PinId => return Err(STATUS_INVALID_PARAMETER),
            Flaw::Interface | Flaw::Medium => return Err(STATUS_NO_MATCH),
            _ => {}
        }
        let kind = circuit.pins()[pin as usize];
        let most = if kind == PinKind::Keyword { 1 } else { INSTANCES };
        if kind == PinKind::Bridge || self.count(end, pin) >= most {
            return Err(STATUS_INSUFFICIENT_RESOURCES);
        }
        match flaw {
            Flaw::AttributeSize => Err(STATUS_INVALID_PARAMETER),
            Flaw::UnknownAttribute => Err(STATUS_NOT_SUPPORTED),
            Flaw::CutFormat | Flaw::Mode | Flaw::Rate => Err(STATUS_NO_MATCH),
            _ if !is_listed(kind, mode, format) => Err(STATUS_NO_MATCH),
            _ if !self.is_powered => Err(STATUS_DEVICE_NOT_READY),
            _ => Ok(()),
        }
    }

    pub(crate) fn open_pin(
        &mut self,
        filter: usize,
        pin: u8,
        format: u8,
        mode: u8,
        flaw: Flaw,
    ) -> Outcome<Touched> {
        if self.pins.len() >= STREAMS {
            return Ok(Touched::Nothing);
        }
        let end = self.end_of(filter);
        let circuit = self.ends[end].circuit;
        let pins = circuit.pins();
        let id = match pins.iter().filter(|kind| **kind != PinKind::Bridge).count() {
            // Mostly one that takes streams; bridges are among the last.
            0 => usize::from(pin) % pins.len(),
            some if pin < 224 => {
                let streams = (0..pins.len()).filter(|id| pins[*id] != PinKind::Bridge);
                streams.cycle().nth(usize::from(pin) % some).unwrap_or(0)
            }
            _ => usize::from(pin) % pins.len(),
        };
        let kind = pins[id];
        let format = match kind {
            PinKind::Keyword if flaw != Flaw::Rate => KEYWORD,
            _ if format < 6 => RARE,
            _ => FORMATS[usize::from(format) % FORMATS.len()],
        };
        let mode = match kind {
            // Mostly one that it has.
            PinKind::Keyword | PinKind::Loopback if mode < 200 => 0,
            _ => usize::from(mode) % MODES.len(),
        };
        let asked = match flaw {
            Flaw::Rate => WaveFormat { rate: 47_999, ..format },
            _ => format,
        };
        let shown = if flaw == Flaw::PinId { pins.len() as u32 + 7 } else { id as u32 };
        let guid = if flaw == Flaw::Mode { &KSCATEGORY_AUDIO } else { &MODES[mode] };
        let mut bytes = connect(shown, &asked.to_ks(), Some(guid));
        match flaw {
            Flaw::Interface => bytes[16] ^= 2,
            Flaw::Medium => bytes[24] ^= 1,
            // Behind KSPIN_CONNECT and the format: KSMULTIPLE_ITEM, then the attribute with its
            // size and its GUID.
            Flaw::AttributeSize => bytes[72 + 104 + 8] = 39,
            Flaw::UnknownAttribute => bytes[72 + 104 + 16] ^= 1,
            Flaw::CutFormat => bytes.truncate(72 + 103),
            Flaw::CutConnect => bytes.truncate(72 + 63),
            _ => {}
        }
        let opened = self.file_of(filter).create_pin(&bytes);
        let wanted = self.opens(end, id as u32, mode, &format, flaw);
        let status = *opened.as_ref().err().unwrap_or(&STATUS_SUCCESS);
        let what = format!("opening pin {id} of {}, {format}", self.ends[end].name);
        self.expect_answer(&what, status, wanted)?;
        let Ok(file) = opened else { return Ok(Touched::Other) };
        let stream = Stream::new(kind, circuit.is_render(kind), format);
        self.pins.push(Pin { file, end, id: id as u32, stream });
        Ok(Touched::Pin(self.pins.len() - 1))
    }

    /// Opens streams until the pin takes no more.
    pub(crate) fn fill_pin(&mut self, filter: usize, pin: u8) -> Outcome<Touched> {
        let end = self.end_of(filter);
        let pins = self.ends[end].circuit.pins();
        let id = usize::from(pin) % pins.len();
        let format = match pins[id] {
            PinKind::Keyword => KEYWORD,
            PinKind::Offload => WIDE,
            _ => FORMATS[0],
        };
        let bytes = connect(id as u32, &format.to_ks(), Some(&MODES[0]));
        let mut files = Vec::new();
        let first = self.opens(end, id as u32, 0, &format, Flaw::None);
        let capacity = INSTANCES - self.count(end, id as u32);
        for at in 0..=INSTANCES {
            let opened = self.file_of(filter).create_pin(&bytes);
            let status = *opened.as_ref().err().unwrap_or(&STATUS_SUCCESS);
            let most = if pins[id] == PinKind::Keyword { 1 } else { capacity };
            let full = first.is_ok() && at >= most;
            let wanted = if full { Err(STATUS_INSUFFICIENT_RESOURCES) } else { first };
            self.expect_answer(&format!("stream {at} of pin {id}"), status, wanted)?;
            let Ok(file) = opened else { break };
            files.push(file);
        }
        if pins[id] == PinKind::Offload {
            self.use_up(&files, self.memory(end))?;
        }
        Ok(Touched::Other)
    }

    /// Takes the longest packets for each of some offload streams, for as long as there is memory.
    fn use_up(&mut self, files: &[File], mut memory: Memory) -> Outcome {
        "Buffer".clone_into(&mut self.op);
        let total = 2 * 2 * WIDE.rate * WIDE.block_align() as u32;
        let mut instance = vec![0; 8];
        instance.extend(total.to_le_bytes());
        instance.extend(2_u32.to_le_bytes());
        let id = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
        for file in files {
            let mut stream = Stream::new(PinKind::Offload, true, WIDE);
            let wanted = stream.allocate(2, total, memory);
            let (reply, _) = Self::get(file, &KSPROPSETID_RtAudio, id, &instance, 16);
            self.expect_answer("packets", reply.status, wanted)?;
            if wanted.is_err() {
                break;
            }
            let packets = stream.packets.expect("it got them");
            memory.offload += packets.total();
            memory.device += packets.pages();
        }
        Ok(())
    }

    pub(crate) fn level(
        &mut self,
        who: Who,
        mute: bool,
        channel: i8,
        value: Option<i32>,
    ) -> Outcome<Touched> {
        let (end, own) = match who {
            Who::Filter(at) => match self.filter(at) {
                Some(filter) => (self.end_of(filter), Err(filter)),
                None => return Ok(Touched::Nothing),
            },
            Who::Pin(at) => match self.pin(at) {
                Some(pin) => (self.pins[pin].end, Ok(pin)),
                None => return Ok(Touched::Nothing),
            },
        };
        let End { circuit, controls, is_gone, .. } = self.ends[end];
        let (volume, muted) = circuit.controls();
        let there = if mute { muted } else { volume };
        let id = if mute { KSPROPERTY_AUDIO_MUTE } else { KSPROPERTY_AUDIO_VOLUMELEVEL };
        // Of a circuit that has none, its first node is asked, which is another.
        let instance = node(there.unwrap_or(0), u32::try_from(channel).ok());
        let file = match own {
            Ok(pin) => &self.pins[pin].file,
            Err(filter) => self.file_of(filter),
        };
        let (status, got) = match value {
            Some(value) => {
                let words = [value.cast_unsigned()];
                (Self::set(file, &KSPROPSETID_Audio, id, &instance, &words), None)
            }
            None => {
                let (reply, bytes) = Self::get(file, &KSPROPSETID_Audio, id, &instance, 4);
                (reply.status, Some(number(&bytes, 0).cast_signed()))
            }
        };
        let is_own = own.is_ok_and(|pin| self.pins[pin].stream.kind == PinKind::Offload);
        let wanted = if is_gone {
            Err(STATUS_DEVICE_REMOVED)
        } else if there.is_none() {
            Err(STATUS_NOT_SUPPORTED)
        } else {
            let levels = match own {
                Ok(pin) if is_own => &mut self.pins[pin].stream.own,
                _ => &mut self.controls[controls],
            };
            match value {
                Some(value) => levels.set(mute, channel, value).map(|()| None),
                None => levels.get(mute, channel).map(Some),
            }
        };
        self.expect_answer("a level", status, wanted.map(|_| ()))?;
        if let (Ok(Some(wanted)), Some(got)) = (wanted, got)
            && got != wanted
        {
            return Err(format!("a level is {got}, and should be {wanted}"));
        }
        Ok(Touched::Other)
    }

    pub(crate) fn ask_filter(&mut self, filter: usize, what: u8, capacity: u8) -> Outcome {
        let end = self.end_of(filter);
        let End { circuit, is_gone, controls, plug, .. } = self.ends[end];
        let default = self.defaults[controls];
        let pins = circuit.pins();
        let is_end = circuit.is_end();
        let own = |size: usize| if is_end { Ok(size) } else { Err(STATUS_PROPSET_NOT_FOUND) };
        let id = u32::from(what >> 4) % pins.len() as u32;
        let live =
            self.pins.iter().filter(|pin| pin.end == end && pin.stream.kind != PinKind::Keyword);
        let streams = live.count();
        let most = match pins[id as usize] {
            PinKind::Bridge => 0,
            PinKind::Keyword => 1,
            _ => INSTANCES,
        };
        let words = |words: &[u32]| -> Vec<u8> {
            words.iter().flat_map(|word| word.to_le_bytes()).collect()
        };
        let (set, id, instance, wanted, value) = match what & 15 {
            0 => {
                (KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, vec![], Ok(4), words(&[pins.len() as u32]))
            }
            1..=3 => {
                let value = words(&[most, self.count(end, id)]);
                (KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES, pin_id(id), Ok(8), value)
            }
            4 => (
                KSPROPSETID_Pin,
                KSPROPERTY_PIN_CINSTANCES,
                pin_id(99),
                Err(STATUS_INVALID_PARAMETER),
                vec![],
            ),
            5 => (KSPROPSETID_Pin, 0x77, pin_id(id), Err(STATUS_NOT_FOUND), vec![]),
            6 => (KSCATEGORY_AUDIO, 0, pin_id(id), Err(STATUS_PROPSET_NOT_FOUND), vec![]),
            7 => (
                KSPROPSETID_Connection,
                KSPROPERTY_CONNECTION_STATE,
                vec![],
                Err(STATUS_INVALID_DEVICE_REQUEST),
                vec![],
            ),
            8 | 9 => {
                let value = words(&[u32::from(self.plugs[plug])]);
                (PROPERTY_SET, properties::JACK_CONNECTED, vec![], own(4), value)
            }
            10 => (PROPERTY_SET, properties::DEFAULT_FORMAT, vec![], own(12), words(&default)),
            11 => (PROPERTY_SET, properties::CABLES, vec![], own(4), words(&[self.cables])),
            12 | 13 => {
                use acxvad::properties::STREAMS;
                use acxvad::telemetry::{ENTRY_BYTES, HEADER_BYTES};
                // A stream's entry says more than this oracle knows; how many there are, it knows.
                (PROPERTY_SET, STREAMS, vec![], own(HEADER_BYTES + streams * ENTRY_BYTES), vec![])
            }
            _ => {
                let (wanted, value) = match circuit.jack() {
                    Some(jack) if jack == id => (Ok(8 + 28), words(&[u32::from(self.plugs[plug])])),
                    _ => (Err(STATUS_NOT_SUPPORTED), vec![]),
                };
                (KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, pin_id(id), wanted, value)
            }
        };
        let wanted = if is_gone { Err(STATUS_DEVICE_REMOVED) } else { wanted };
        let is_unsure = self.is_unsure(plug);
        let question = Question { asked: Who::Filter(filter as u8), set, id, instance, wanted };
        if let Some(got) = self.ask_with_capacity(&question, capacity)? {
            // Of a jack's description the last word says whether it is plugged in.
            let is_jack = matches!(what & 15, 8 | 9 | 14 | 15);
            let is_known = !is_jack || !is_unsure;
            if is_known && !value.is_empty() && !got.ends_with(&value) {
                return Err(format!("property {id} is {got:?}, and should be {value:?}"));
            }
        }
        Ok(())
    }

    pub(crate) fn plug(&mut self, filter: usize, value: u32) -> Outcome {
        let End { circuit, is_gone, plug, .. } = self.ends[self.end_of(filter)];
        let status = Self::set(
            self.file_of(filter),
            &PROPERTY_SET,
            properties::JACK_CONNECTED,
            &[],
            &[value],
        );
        let wanted = match value {
            _ if is_gone => Err(STATUS_DEVICE_REMOVED),
            _ if !circuit.is_end() => Err(STATUS_PROPSET_NOT_FOUND),
            _ if self.is_users(filter) => Err(STATUS_ACCESS_DENIED),
            0 | 1 => Ok(()),
            _ => Err(STATUS_INVALID_PARAMETER),
        };
        self.expect_answer("plugging", status, wanted)?;
        let changed =
            wanted.is_ok() && std::mem::replace(&mut self.plugs[plug], value == 1) != (value == 1);
        self.notified(|ends, listener| listener.is_jack && ends[listener.end].plug == plug, changed)
    }

    pub(crate) fn default_format(&mut self, filter: usize, asked: [u32; 3]) -> Outcome {
        let at = self.end_of(filter);
        let End { circuit, is_gone, controls, .. } = self.ends[at];
        let id = properties::DEFAULT_FORMAT;
        let status = Self::set(self.file_of(filter), &PROPERTY_SET, id, &[], &asked);
        let [rate, channels, sample] = asked;
        let wanted = match (is_gone, circuit.is_end()) {
            (true, _) => Err(STATUS_DEVICE_REMOVED),
            (_, false) => Err(STATUS_PROPSET_NOT_FOUND),
            _ if self.is_users(filter) => Err(STATUS_ACCESS_DENIED),
            _ if rate == 47_999 || !(1..=8).contains(&channels) || sample > 4 => {
                Err(STATUS_INVALID_PARAMETER)
            }
            // The pin does not list it.
            _ if channels > 2 && matches!(rate, 16_000 | 384_000)
                || rate == 16_000 && sample == 4
                || matches!(channels, 3 | 5 | 7) && matches!(sample, 2 | 4)
                || channels == 4 && sample == 4 =>
            {
                Err(STATUS_INVALID_PARAMETER)
            }
            _ => Ok(()),
        };
        self.expect_answer("the default format", status, wanted)?;
        if wanted.is_ok() {
            self.defaults[controls] = asked;
        }
        self.notified(|_, listener| !listener.is_jack && listener.end == at, wanted.is_ok())
    }

    /// Notifies the listeners that `concerns` names if something has `changed`, and no others.
    pub(crate) fn notified(
        &mut self,
        concerns: impl Fn(&[End], &Listener) -> bool,
        changed: bool,
    ) -> Outcome {
        let mut at = 0;
        while let Some(listener) = self.listeners.get(at) {
            if listener.is_jack && self.is_unsure(self.ends[listener.end].plug) {
                at += 1;
                continue;
            }
            let wanted = changed && concerns(&self.ends, listener);
            let got = self.machine.wait_any(&[listener.event], Duration::ZERO).is_some();
            if got != wanted {
                let what = if listener.is_jack { "a jack" } else { "formats" };
                return Err(format!("notified of {what}: {got}, and should be: {wanted}"));
            }
            if wanted && listener.once {
                self.listeners.swap_remove(at);
            } else {
                at += 1;
            }
        }
        Ok(())
    }

    pub(crate) fn listen(&mut self, filter: usize, is_jack: bool, once: bool) -> Outcome {
        let end = self.end_of(filter);
        let End { circuit, is_gone, .. } = self.ends[end];
        let pin = if is_jack { circuit.jack().unwrap_or(0) } else { 0 };
        let id =
            if is_jack { KSEVENT_PINCAPS_JACKINFOCHANGE } else { KSEVENT_PINCAPS_FORMATCHANGE };
        let flags = if once { KSEVENT_TYPE_ONESHOT } else { KSEVENT_TYPE_ENABLE };
        let input = descriptor(&KSEVENTSETID_PinCapsChange, id, flags, &pin_id(pin));
        let event = self.machine.create_event();
        let mut data = [KSEVENTF_EVENT_HANDLE.to_le_bytes(), [0; 4]].concat();
        data.extend(event.to_le_bytes());
        data.extend([0; 16]);
        let file = self.file_of(filter);
        let status = file.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data)).status;
        let wanted = match (is_gone, is_jack && circuit.jack().is_none()) {
            (true, _) => Err(STATUS_DEVICE_REMOVED),
            (_, true) => Err(STATUS_NOT_SUPPORTED),
            _ => Ok(()),
        };
        self.expect_answer("listening", status, wanted)?;
        if wanted.is_ok() {
            self.listeners.push(Listener { filter, end, is_jack, once, event, data });
        }
        Ok(())
    }

    pub(crate) fn change_cables(&mut self, filter: usize, count: u32) -> Outcome<Touched> {
        let End { circuit, is_gone, .. } = self.ends[self.end_of(filter)];
        // A device that sleeps is asked nothing that makes others.
        if !self.is_powered && !is_gone {
            return Ok(Touched::Nothing);
        }
        let status =
            Self::set(self.file_of(filter), &PROPERTY_SET, properties::CABLES, &[], &[count]);
        let wanted = match (is_gone, circuit.is_end()) {
            (true, _) => Err(STATUS_DEVICE_REMOVED),
            (_, false) => Err(STATUS_PROPSET_NOT_FOUND),
            _ if self.is_users(filter) => Err(STATUS_ACCESS_DENIED),
            _ if !(self.setup.cables..=16).contains(&count) => Err(STATUS_INVALID_PARAMETER),
            _ => Ok(()),
        };
        self.expect_answer("the cables", status, wanted)?;
        if wanted.is_ok() {
            self.forget(|end| end.child.is_some_and(|index| index >= count));
            for index in self.cables..count {
                // The cable is the child's, and new: a rebalance would keep it.
                self.owners.remove(&format!("Speaker{index}"));
                self.owners.remove(&format!("Microphone{index}"));
                self.cable_clocks.remove(&index.to_string());
                self.add_cable(index, Some(index));
            }
            self.cables = count;
            self.look()?;
        }
        Ok(Touched::All)
    }

    pub(crate) fn arm(&mut self, filter: usize, pattern: bool, arm: bool) -> Outcome {
        let End { circuit, is_gone, .. } = self.ends[self.end_of(filter)];
        let file = self.file_of(filter);
        let set = &KSPROPSETID_SoundDetector;
        let status = if pattern {
            let guid = properties::KEYWORD_PATTERN;
            // KSMULTIPLE_ITEM, SOUNDDETECTOR_PATTERNHEADER, a level, milliseconds.
            let words =
                [36, 1, 28, guid.Data1, u32::from(guid.Data2) | u32::from(guid.Data3) << 16];
            let tail: Vec<u32> = guid
                .Data4
                .as_chunks::<4>()
                .0
                .iter()
                .map(|four| u32::from_le_bytes(*four))
                .collect();
            let words = [&words[..], &tail, &[(-60 * 65_536_i32).cast_unsigned(), 20]].concat();
            Self::set(file, set, KSPROPERTY_SOUNDDETECTOR_PATTERNS, &[], &words)
        } else {
            Self::set(file, set, KSPROPERTY_SOUNDDETECTOR_ARMED, &[], &[arm.into()])
        };
        let has = circuit == Circuit::Microphone { spotter: true };
        let wanted = match (is_gone, has) {
            (true, _) => Err(STATUS_DEVICE_REMOVED),
            (_, false) => Err(STATUS_PROPSET_NOT_FOUND),
            _ => Ok(()),
        };
        self.expect_answer("the keyword spotter", status, wanted)
    }
}
