//! Client operations on streams, on both sides; and the invariants of streams.

use acx_client::System;
use std::time::Duration;

use acx_client::request::{long, number, pin as pin_id};
use acx_sys::*;
use acxvad::properties::PROPERTY_SET;

use crate::op::{Ending, Length, Op, Who};
use crate::world::*;
use acx_fuzz::oracle::{BUDGET, Circuit, Clock, PinKind, RUN, STOP, frame};
use acx_fuzz::status::name;

impl World<'_> {
    pub(crate) fn act_on(&mut self, at: usize, op: &Op) -> Outcome<Touched> {
        let (now, frequency, exact) = (self.now(), self.setup.frequency, self.is_exact());
        let clock = self.clock_of(self.pins[at].end);
        let gone = self.is_gone(at).then_some(STATUS_DEVICE_REMOVED);
        let powered = self.is_powered;
        let memory = self.memory(self.pins[at].end);
        let Pin { file, end, stream, .. } = &mut self.pins[at];
        let set = &KSPROPSETID_RtAudio;
        let (what, got, wanted) = match *op {
            Op::ClosePin { .. } => {
                if let Some(packets) = stream.packets {
                    let end = &mut self.ends[*end];
                    self.taken[end.device] -= packets.pages();
                    end.used -= if stream.kind == PinKind::Offload { packets.total() } else { 0 };
                }
                self.pins.swap_remove(at);
                return Ok(Touched::Other);
            }
            Op::SetState { state, .. } => {
                let id = KSPROPERTY_CONNECTION_STATE;
                let words = [state.cast_unsigned()];
                let got = Self::set(file, &KSPROPSETID_Connection, id, &[], &words);
                let wanted = match (gone, powered) {
                    (Some(gone), _) => Err(gone),
                    _ if !(STOP..=RUN).contains(&state) => Err(STATUS_INVALID_PARAMETER),
                    (_, false) => Err(STATUS_DEVICE_NOT_READY),
                    _ => stream.walk(state, clock.at(now), frequency, exact),
                };
                ("setting the state", got, wanted)
            }
            Op::Buffer { packets, notifies, length, .. } => {
                let block = stream.block();
                // What other streams take is too short for these.
                let length = match length {
                    Length::Milliseconds(long @ 2..1000) if stream.kind == PinKind::Offload => {
                        Length::Milliseconds(1000 + 10 * long)
                    }
                    other => other,
                };
                let bytes = match length {
                    Length::Milliseconds(long) => {
                        stream.format.rate * u32::from(long) / 1000 * block
                    }
                    Length::Pages(pages) => u32::from(pages) * 4096,
                    Length::Frames(frames) => u32::from(frames) * block,
                    Length::Odd => stream.format.rate / 100 * block + 1,
                    Length::Huge => 0xF000_0000,
                };
                let count = if notifies { packets } else { 1 };
                let total = if length == Length::Huge { bytes } else { bytes * count.min(3) };
                let mut instance = vec![0; 8];
                instance.extend(total.to_le_bytes());
                instance.extend(packets.to_le_bytes());
                let id = if notifies {
                    KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION
                } else {
                    KSPROPERTY_RTAUDIO_BUFFER
                };
                let (reply, value) = Self::get(file, set, id, &instance, 16);
                let wanted = match gone {
                    Some(gone) => Err(gone),
                    None if notifies && !matches!(packets, 1 | 2) => Err(STATUS_INVALID_PARAMETER),
                    None if !powered => Err(STATUS_DEVICE_NOT_READY),
                    None => stream.allocate(count, total, memory),
                };
                if wanted.is_ok() {
                    let packets = stream.packets.expect("it got them");
                    let end = &mut self.ends[*end];
                    self.taken[end.device] += packets.pages();
                    if stream.kind == PinKind::Offload {
                        end.used += packets.total();
                        debug_assert!(end.used <= BUDGET);
                    }
                    if reply.status == STATUS_SUCCESS && number(&value, 8) != total {
                        return Err(format!(
                            "a buffer of {} instead of {total} bytes",
                            number(&value, 8)
                        ));
                    }
                }
                ("a buffer", reply.status, wanted)
            }
            Op::Write { ahead, ending, .. } => {
                let packet = (stream.completed as u32).wrapping_add_signed(ahead);
                let bytes = stream.packets.map_or(0, |packets| packets.bytes);
                let last = KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;
                let (flags, end) = match ending {
                    Ending::None => (0, 0),
                    Ending::Blocks(count) => (last, u32::from(count) * stream.block()),
                    Ending::Whole => (last, bytes),
                    Ending::Odd => (last, 1),
                    Ending::TooLong => (last, bytes + stream.block()),
                    Ending::Flags(flags) => (flags, 0),
                };
                let id = KSPROPERTY_RTAUDIO_SETWRITEPACKET;
                let got = Self::set(file, set, id, &[], &[packet, flags, end]);
                let wanted = gone.map_or_else(|| stream.write(packet, flags, end), Err);
                ("setting a packet", got, wanted)
            }
            Op::Register { good, .. } => {
                let event = if good { self.machine.create_event() } else { NO_EVENT };
                // Now and then the same one again.
                let event = if good && now.is_multiple_of(5) {
                    stream.event.unwrap_or(event)
                } else {
                    event
                };
                let id = KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT;
                let (reply, _) = Self::get(file, set, id, &event.to_le_bytes(), 32);
                let wanted = match gone {
                    Some(gone) => Err(gone),
                    None if !good => Err(STATUS_INVALID_HANDLE),
                    None if stream.packets.is_none() => Err(STATUS_INVALID_DEVICE_STATE),
                    None if stream.event == Some(event) => Err(STATUS_UNSUCCESSFUL),
                    None => {
                        (stream.event, stream.signalled) = (Some(event), false);
                        Ok(())
                    }
                };
                ("registering an event", reply.status, wanted)
            }
            Op::Unregister { good, .. } => {
                let other = self.machine.create_event();
                let event = stream.event.filter(|_| good).unwrap_or(other);
                let id = KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT;
                let (reply, _) = Self::get(file, set, id, &event.to_le_bytes(), 32);
                let wanted = match gone {
                    Some(gone) => Err(gone),
                    None if stream.event != Some(event) => Err(STATUS_NOT_FOUND),
                    None => {
                        stream.event = None;
                        Ok(())
                    }
                };
                ("unregistering an event", reply.status, wanted)
            }
            Op::Protect { option, .. } => {
                let id = KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION;
                let got = Self::set(file, &KSPROPSETID_AudioEngine, id, &pin_id(0), &[option]);
                let engine = self.ends[*end].circuit == (Circuit::Speaker { engine: true });
                let wanted = match (gone, engine, stream.kind) {
                    (Some(gone), ..) => Err(gone),
                    (_, false, _) => Err(STATUS_PROPSET_NOT_FOUND),
                    (_, _, PinKind::Offload) if option > 1 => Err(STATUS_INVALID_PARAMETER),
                    (_, _, PinKind::Offload) => Ok(()),
                    _ => Err(STATUS_NOT_SUPPORTED),
                };
                ("protecting from loopback", got, wanted)
            }
            Op::EndAt { last, quarters, .. } => {
                let id = if last {
                    KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION
                } else {
                    KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION
                };
                let bytes = stream.packets.map_or(4, |packets| packets.bytes);
                let position = bytes / 4 * u32::from(quarters);
                let got = Self::set(file, &KSPROPSETID_Audio, id, &pin_id(0), &[position]);
                let whole = stream.packets.map_or(0, |packets| 2 * packets.bytes);
                let wanted = match (gone, stream.kind) {
                    (Some(gone), _) => Err(gone),
                    (_, PinKind::Offload) if last => stream.end_at(position),
                    (_, PinKind::Offload) if position > whole => Err(STATUS_INVALID_PARAMETER),
                    (_, PinKind::Offload) => Ok(()),
                    // Every circuit has a node 0, of another kind.
                    _ => Err(STATUS_NOT_SUPPORTED),
                };
                ("a write position", got, wanted)
            }
            Op::Content { protect, .. } => {
                let got = file.assign_content(protect, false).err().unwrap_or(STATUS_SUCCESS);
                let wanted = match (gone, stream.kind) {
                    (Some(gone), _) => Err(gone),
                    (_, PinKind::Keyword) if protect => Err(STATUS_NOT_SUPPORTED),
                    _ => Ok(()),
                };
                ("protected content", got, wanted)
            }
            Op::Read { .. } => {
                let (reply, value) =
                    Self::get(file, set, KSPROPERTY_RTAUDIO_GETREADPACKET, &[], 24);
                let wanted = match (gone, stream.is_render, stream.completed) {
                    (Some(gone), ..) => Err(gone),
                    (_, true, _) => Err(STATUS_NOT_SUPPORTED),
                    (_, _, 0) => Err(STATUS_DEVICE_NOT_READY),
                    (_, _, completed) => {
                        let (packet, began) = (number(&value, 0), long(&value, 8));
                        if reply.status == STATUS_SUCCESS
                            && (packet != (completed - 1) as u32 || began > now)
                        {
                            return Err(format!(
                                "packet {packet} of {completed}, begun at {began} of {now}"
                            ));
                        }
                        Ok(())
                    }
                };
                ("reading a packet", reply.status, wanted)
            }
            Op::Ask { what, capacity, .. } => {
                self.ask_pin(at, what, capacity)?;
                return Ok(Touched::Pin(at));
            }
            _ => return Ok(Touched::Nothing),
        };
        self.expect_answer(what, got, wanted)?;
        Ok(Touched::Pin(at))
    }

    pub(crate) fn ask_pin(&mut self, at: usize, what: u8, capacity: u8) -> Outcome {
        let stream = &self.pins[at].stream;
        let is_keyword = stream.kind == PinKind::Keyword;
        let rt = KSPROPSETID_RtAudio;
        let (set, id, wanted) = match what % 12 {
            0 => (KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, Ok(4)),
            1 => (KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, Ok(104)),
            2 => (rt, KSPROPERTY_RTAUDIO_HWLATENCY, Ok(12)),
            3 => (rt, KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT, Ok(4)),
            4 => (rt, KSPROPERTY_RTAUDIO_PACKETCOUNT, Ok(4)),
            5 => (rt, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, Ok(16)),
            6 => (KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, Ok(16)),
            7 if is_keyword => (rt, KSPROPERTY_RTAUDIO_PACKETVREGISTER, Err(STATUS_NOT_SUPPORTED)),
            7 => (rt, KSPROPERTY_RTAUDIO_PACKETVREGISTER, Ok(24)),
            8 => (rt, KSPROPERTY_RTAUDIO_POSITIONREGISTER, Err(STATUS_NOT_FOUND)),
            9 if is_keyword => (PROPERTY_SET, 4, Err(STATUS_PROPSET_NOT_FOUND)),
            9 => (PROPERTY_SET, 4, Ok(12)),
            10 => (rt, KSPROPERTY_RTAUDIO_SETWRITEPACKET, Err(STATUS_INVALID_DEVICE_REQUEST)),
            // Sent to a pin's handle, a filter's property is answered.
            _ => (KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, Ok(4)),
        };
        let wanted = if self.is_gone(at) { Err(STATUS_DEVICE_REMOVED) } else { wanted };
        // As much as the longest of these descriptors needs.
        let question =
            Question { asked: Who::Pin(at as u8), set, id, instance: vec![0; 8], wanted };
        let Some(value) = self.ask_with_capacity(&question, capacity)? else { return Ok(()) };
        let stream = &self.pins[at].stream;
        if what % 12 == 6 && stream.kind != PinKind::Keyword {
            let (play, write) = (long(&value, 0), long(&value, 8));
            let whole =
                stream.packets.map_or(1, |packets| u64::from(packets.count * packets.bytes));
            if play >= whole || write >= whole {
                return Err(format!("offsets {play} and {write} in a buffer of {whole} bytes"));
            }
        }
        Ok(())
    }

    /// Checks the invariants of a stream.
    pub(crate) fn check(&mut self, at: usize) -> Outcome {
        let (now, frequency, exact) = (self.now(), self.setup.frequency, self.is_exact());
        let clock = self.clock_of(self.pins[at].end);
        let is_gone = self.is_gone(at);
        let Pin { file, stream, id, end } = &mut self.pins[at];
        let fail = |what: String| {
            Err(format!("pin {id} of {}, {}: {what}", self.ends[*end].name, stream.format))
        };
        let ask = |set: &GUID, id: u32, capacity: usize| Self::get(file, set, id, &[], capacity);
        let (reply, value) = ask(&KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, 4);
        if is_gone {
            if reply.status == STATUS_DEVICE_REMOVED {
                return Ok(());
            }
            return fail(format!("{} after it has gone", name(reply.status)));
        }
        let state = number(&value, 0).cast_signed();
        if (reply.status, state) != (STATUS_SUCCESS, stream.state) {
            let (status, wanted) = (name(reply.status), stream.state);
            return fail(format!("{status}, state {state}, and should be {wanted}"));
        }
        let set = &KSPROPSETID_RtAudio;
        let (reply, value) = ask(set, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, 16);
        let (position, moment) = (long(&value, 0), long(&value, 8));
        let (counted, value) = ask(set, KSPROPERTY_RTAUDIO_PACKETCOUNT, 4);
        let completed = u64::from(number(&value, 0));
        if (reply.status, counted.status) != (STATUS_SUCCESS, STATUS_SUCCESS) {
            return fail(format!("{} and {}", name(reply.status), name(counted.status)));
        }
        let ideal = stream.ideal(clock.at(now), frequency);
        let packet = stream.packet();
        if moment > now || position < stream.reported || completed < stream.completed {
            let (reported, before) = (stream.reported, stream.completed);
            return fail(format!(
                "position {position} after {reported}, at {moment} of {now}; {completed} packets after {before}"
            ));
        }
        let is_right = match (stream.kind, stream.clock) {
            // It gives as fast as it is read, from a second ago on.
            (PinKind::Keyword, _) => position == completed * packet,
            (_, Clock::Running { base, start }) => {
                let then = frame(stream.format.rate, clock.at(moment), frequency);
                let on_line = base + then.saturating_sub(start) == position;
                (on_line || !exact && clock.was_other(moment))
                    && position <= ideal
                    && (!exact || position == ideal)
            }
            (_, Clock::At(standing)) => position == standing,
            (_, Clock::Upto(most)) => position <= most,
        };
        if !is_right {
            let clock = stream.clock;
            return fail(format!(
                "position {position} at {moment} of {now}, ideal {ideal}; {clock:?}, exact: {exact}"
            ));
        }
        let is_counted = match (stream.kind, stream.clock) {
            (PinKind::Keyword, _) => true,
            _ if packet == 0 => completed == 0,
            (_, Clock::Running { start, .. }) if exact => {
                let then = clock.at(now - self.setup.timer_ticks());
                let noticed = stream.ideal(then, frequency) / packet;
                // A stream that runs again has its first tick before it.
                let is_new = frame(stream.format.rate, then, frequency) <= start;
                let least = if is_new { noticed.min(stream.completed) } else { noticed };
                (least..=position / packet).contains(&completed)
            }
            // A tick that is late has not come to the packet's end yet, or just now.
            _ => completed * packet <= position && position <= (completed + 1) * packet,
        };
        if !is_counted {
            return fail(format!(
                "{completed} packets of {packet} frames at {position}, exact: {exact}"
            ));
        }
        stream.signalled |= completed > stream.completed;
        let event = stream.event.filter(|_| stream.kind != PinKind::Keyword && !self.is_stalled);
        if let Some(event) = event {
            let is_signalled = self.machine.wait_any(&[event], Duration::ZERO).is_some();
            if is_signalled != stream.signalled {
                let wanted = stream.signalled;
                return fail(format!(
                    "the event is signalled: {is_signalled}, and should be: {wanted}"
                ));
            }
            stream.signalled = false;
        }
        (stream.reported, stream.completed) = (position, completed);
        stream.stand(position);
        Ok(())
    }
}
