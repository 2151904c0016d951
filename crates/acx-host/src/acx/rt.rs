//! RT streams: packets, positions, completion. Source: acxstreams.h pages, and Microsoft's page
//! acx-streaming.

use acx_sys::*;

use crate::acx::assumptions::{self, Hardware};
use crate::acx::callback;
use crate::acx::packets;
use crate::acx::stream::{ACQUIRE, RUN, Stream};
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::locks::{self, Locks};
use crate::kernel::object::{self, Ref};
use crate::kernel::report::Rule;

impl Ref<Stream> {
    /// Packets for the client: `total` bytes in `count` packets. The address and size it gets.
    pub(crate) fn allocate(
        &self,
        kernel: &Kernel,
        total: u32,
        count: u32,
    ) -> Result<(usize, u32), NTSTATUS> {
        self.device.has_power()?;
        if self.packets.borrow().is_some() || self.state.get() > ACQUIRE {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        if !matches!(count, 1 | 2) || total == 0 || !total.is_multiple_of(count) {
            return Err(STATUS_INVALID_PARAMETER);
        }
        let allocate = self.rt(|rt| rt.EvtAcxStreamAllocateRtPackets)?;
        if assumptions::of(kernel).hardware == Hardware::AroundPackets {
            self.prepare(kernel)?;
        }
        let size = total / count;
        let mut array: PACX_RTPACKET = std::ptr::null_mut();
        let arguments = (self.object().as_ptr(), count, size, &raw mut array);
        let name = &callback::EvtAcxStreamAllocateRtPackets;
        let answer = invoke(kernel, name, self.handle(), allocate, arguments);
        if !NT_SUCCESS(answer) {
            return Err(answer);
        }
        match packets::map(kernel, array, count, size) {
            Ok(packets) => {
                let address = packets.address;
                *self.packets.borrow_mut() = Some(packets);
                Ok((address, total))
            }
            Err((rule, what)) => {
                kernel.violate(rule, format!("{name}: {what}"));
                self.give_back(kernel, array, count);
                Err(STATUS_UNSUCCESSFUL)
            }
        }
    }

    pub(crate) fn give_back(&self, kernel: &Kernel, array: PACX_RTPACKET, count: u32) {
        if let Ok(free) = self.rt(|rt| rt.EvtAcxStreamFreeRtPackets) {
            let arguments = (self.object().as_ptr(), array, count);
            invoke(kernel, &callback::EvtAcxStreamFreeRtPackets, self.handle(), free, arguments);
        }
    }

    pub(crate) fn hw_latency(&self, kernel: &Kernel) -> Result<(u32, u32), NTSTATUS> {
        let (mut fifo, mut delay) = (0, 0);
        let latency = self.rt(|rt| rt.EvtAcxStreamGetHwLatency)?;
        let arguments = (self.object().as_ptr(), &raw mut fifo, &raw mut delay);
        let answer =
            invoke(kernel, &callback::EvtAcxStreamGetHwLatency, self.handle(), latency, arguments);
        if NT_SUCCESS(answer) { Ok((fifo, delay)) } else { Err(answer) }
    }

    pub(crate) fn packet_count(&self, kernel: &Kernel) -> Result<u32, NTSTATUS> {
        let mut packet = 0;
        let current = self.rt(|rt| rt.EvtAcxStreamGetCurrentPacket)?;
        let arguments = (self.object().as_ptr(), &raw mut packet);
        let answer = invoke(
            kernel,
            &callback::EvtAcxStreamGetCurrentPacket,
            self.handle(),
            current,
            arguments,
        );
        if NT_SUCCESS(answer) { Ok(packet) } else { Err(answer) }
    }

    pub(crate) fn presentation(&self, kernel: &Kernel) -> Result<(u64, u64), NTSTATUS> {
        let (mut frames, mut at) = (0, 0);
        let position = self.rt(|rt| rt.EvtAcxStreamGetPresentationPosition)?;
        let arguments = (self.object().as_ptr(), &raw mut frames, &raw mut at);
        let name = &callback::EvtAcxStreamGetPresentationPosition;
        let (known, stops) = (self.progress.position.get(), self.stops.get());
        let answer = invoke(kernel, name, self.handle(), position, arguments);
        if !NT_SUCCESS(answer) {
            return Err(answer);
        }
        // Answers to several threads overtake each other: what counts is what was known when this one was asked for.
        if stops == self.stops.get() && stops.is_multiple_of(2) {
            if frames < known {
                let what = "a position went back without a stop".to_owned();
                kernel.violate(Rule::PositionBackwards, what);
            }
            self.progress.position.set(self.progress.position.get().max(frames));
        }
        Ok((frames, at))
    }

    /// PlayOffset and WriteOffset in bytes of the cyclic buffer.
    pub(crate) fn position(&self, kernel: &Kernel) -> Result<(u64, u64), NTSTATUS> {
        let (frames, _) = self.presentation(kernel)?;
        let (count, size) = self
            .packets
            .borrow()
            .as_ref()
            .map_or((1, 1), |packets| (u64::from(packets.count), u64::from(packets.size)));
        let bytes = frames * u64::from(self.format.block_align());
        let write = if count == 1 {
            bytes
        } else if self.is_render() {
            u64::from(self.progress.written.get()) * size
        } else {
            bytes / size * size
        };
        let buffer = count * size;
        Ok((bytes % buffer, write % buffer))
    }

    pub(crate) fn capture_packet(&self, kernel: &Kernel) -> Result<(u32, u64, bool), NTSTATUS> {
        let (mut packet, mut start, mut more) = (0, 0, 0);
        let get = self.rt(|rt| rt.EvtAcxStreamGetCapturePacket)?;
        let arguments = (self.object().as_ptr(), &raw mut packet, &raw mut start, &raw mut more);
        let answer =
            invoke(kernel, &callback::EvtAcxStreamGetCapturePacket, self.handle(), get, arguments);
        if NT_SUCCESS(answer) { Ok((packet, start, more != 0)) } else { Err(answer) }
    }

    pub(crate) fn set_render_packet(
        &self,
        kernel: &Kernel,
        packet: u32,
        flags: u32,
        end: u32,
    ) -> Result<(), NTSTATUS> {
        let set = self.rt(|rt| rt.EvtAcxStreamSetRenderPacket)?;
        let arguments = (self.object().as_ptr(), packet, flags, end);
        let answer =
            invoke(kernel, &callback::EvtAcxStreamSetRenderPacket, self.handle(), set, arguments);
        if !NT_SUCCESS(answer) {
            return Err(answer);
        }
        self.progress.written.set(packet.wrapping_add(1));
        Ok(())
    }

    /// Where the client sees its packets.
    pub(crate) fn buffer(&self) -> Option<usize> {
        self.packets.borrow().as_ref().map(|packets| packets.address)
    }

    fn notify(&self, kernel: &Kernel, packet: u64, at: u64) {
        if self.state.get() != RUN && !self.starting.get() {
            kernel.violate(
                Rule::NotifyWithoutRun,
                "a packet was completed while the stream did not run".to_owned(),
            );
        }
        if self.progress.completed.get().is_some_and(|last| packet <= last) {
            kernel.violate(
                Rule::PacketOrder,
                format!("packet {packet} was completed after a later one"),
            );
        }
        kernel.part::<Locks>().completes(kernel.callback());
        self.progress.complete(kernel, packet, at);
    }
}

/// Source: AcxRtStreamNotifyPacketComplete: at most DISPATCH_LEVEL; `packet` counts from 0.
fn AcxRtStreamNotifyPacketComplete(
    kernel: &Kernel,
    stream: ACXSTREAM,
    packet: ULONGLONG,
    at: ULONGLONG,
) -> NTSTATUS {
    locks::expect_none(kernel);
    status(
        object::get::<Stream>(kernel, stream as usize)
            .map(|stream| stream.notify(kernel, packet, at)),
    )
}

entries! {
    /// RT streams.
    entries:
    AcxRtStreamNotifyPacketComplete: DISPATCH;
}
