//! A machine with the driver, and the oracle's model of it: each step is made on both, and then
//! they are compared.

use std::collections::BTreeMap;
use std::time::Duration;

use acx_client::endpoint::WaveFormat;
use acx_client::hidden::CATEGORY as HIDDEN_END;
use acx_client::request::descriptor;
use acx_client::{File, Reply, System};
use acx_host::machine::{DeviceNode, Driver, HostError};
use acx_host::security::Token;
use acx_host::{Client, Machine};
use acx_sys::*;
use acxvad_abi::settings::ENDS;

use crate::follow::Follows;
use crate::op::{Op, Setup, Who};
use crate::trim::Trimmed;
use acx_fuzz::oracle::{
    Answer, Circuit, Clock, Levels, Memory, PAUSE, Packets, PinKind, RUN, Stream,
};
use acx_fuzz::status::name;

/// The result of a life: a sentence, if it differs from the oracle.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The count of each result of each kind of step.
pub(crate) type Tally = BTreeMap<(String, &'static str), u64>;

/// As many files as a machine has open at once.
pub(crate) const FILTERS: usize = 8;
pub(crate) const STREAMS: usize = 10;
/// Streams that a pin takes.
pub(crate) const INSTANCES: u32 = 32;
/// A handle that no event has.
pub(crate) const NO_EVENT: u64 = 0xFFFF_FFF0;
/// The time after a disturbance of timers until everything has recovered.
pub(crate) const RECOVERY: Duration = Duration::from_millis(25);

pub(crate) const fn pcm(
    channels: u16,
    mask: u32,
    rate: u32,
    bits: u16,
    valid_bits: u16,
) -> WaveFormat {
    WaveFormat { float: false, channels, mask, rate, bits, valid_bits }
}

/// What clients stream in.
pub(crate) const FORMATS: [WaveFormat; 4] = [
    pcm(2, 3, 48_000, 16, 16),
    pcm(2, 3, 48_000, 32, 24),
    pcm(1, 4, 48_000, 16, 16),
    WaveFormat { float: true, channels: 6, mask: 0x3F, rate: 48_000, bits: 32, valid_bits: 32 },
];
/// What is resampled, which takes long.
pub(crate) const RARE: WaveFormat = pcm(2, 3, 44_100, 16, 16);
/// Three of its largest packets are more than an audio engine has.
pub(crate) const WIDE: WaveFormat = pcm(2, 3, 192_000, 32, 32);
pub(crate) const KEYWORD: WaveFormat = pcm(1, 4, 16_000, 16, 16);

pub(crate) const MODES: [GUID; 5] = [
    AUDIO_SIGNALPROCESSINGMODE_RAW,
    AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
    AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS,
    AUDIO_SIGNALPROCESSINGMODE_MEDIA,
    AUDIO_SIGNALPROCESSINGMODE_MOVIE,
];

/// Whether a pin lists a format in a mode.
pub(crate) fn is_listed(kind: PinKind, mode: usize, format: &WaveFormat) -> bool {
    match kind {
        PinKind::Host => true,
        PinKind::Offload => format.channels == 2 && format.rate >= 44_100,
        PinKind::Loopback => mode == 0,
        PinKind::Keyword => mode == 0 && *format == KEYWORD,
        PinKind::Bridge => false,
    }
}

/// A circuit, as long as it is there and afterwards.
pub(crate) struct End {
    pub(crate) name: String,
    pub(crate) circuit: Circuit,
    /// Whose volume and mute it has, and whose jack.
    pub(crate) controls: usize,
    pub(crate) plug: usize,
    /// Its cable's.
    pub(crate) clock: usize,
    /// Bytes that offload streams have taken.
    pub(crate) used: u64,
    /// Which of the devices that there were has it.
    pub(crate) device: usize,
    /// On a child device: the cable's number.
    pub(crate) child: Option<u32>,
    pub(crate) is_gone: bool,
}

pub(crate) struct Filter {
    pub(crate) file: File,
    pub(crate) end: usize,
    /// Of a plain user's program.
    pub(crate) is_user: bool,
}

pub(crate) struct Pin {
    pub(crate) file: File,
    pub(crate) end: usize,
    pub(crate) id: u32,
    pub(crate) stream: Stream,
}

/// A client that waits for a pin's jack or formats to change.
pub(crate) struct Listener {
    pub(crate) filter: usize,
    pub(crate) end: usize,
    pub(crate) is_jack: bool,
    pub(crate) once: bool,
    pub(crate) event: u64,
    /// The KSEVENTDATA, whose address says which one to disable.
    pub(crate) data: Vec<u8>,
}

pub(crate) struct World<'machine> {
    pub(crate) machine: &'machine Machine,
    pub(crate) driver: &'machine Driver<'machine>,
    /// A plain user's program.
    pub(crate) user: Client<'machine>,
    pub(crate) setup: Setup,
    pub(crate) device: Option<DeviceNode<'machine>>,
    pub(crate) is_powered: bool,
    pub(crate) cables: u32,
    pub(crate) ends: Vec<End>,
    pub(crate) links: BTreeMap<String, String>,
    pub(crate) controls: Vec<Levels>,
    /// The controls of each end of a cable, by name: they outlive a rebalance.
    pub(crate) owners: BTreeMap<String, usize>,
    /// The clocks of cables, by their numbers: they outlive a rebalance, too.
    pub(crate) cable_clocks: BTreeMap<String, usize>,
    pub(crate) clocks: Vec<Trimmed>,
    /// The default formats, as the volumes: a rebalance keeps both.
    pub(crate) defaults: Vec<[u32; 3]>,
    pub(crate) plugs: Vec<bool>,
    /// Those of them that follow the streams at a hidden end.
    pub(crate) follows: Vec<Option<Follows>>,
    /// Bytes that the streams of each device have taken, the newest last.
    pub(crate) taken: Vec<u64>,
    pub(crate) filters: Vec<Option<Filter>>,
    pub(crate) pins: Vec<Pin>,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) lateness: Duration,
    /// When the last disturbance of timers ended, if it is not long ago.
    pub(crate) disturbed: Option<u64>,
    /// Nothing that is due has run since the last step; or before it.
    pub(crate) is_stalled: bool,
    pub(crate) was_stalled: bool,
    pub(crate) tally: &'machine mut Tally,
    pub(crate) op: String,
}

impl<'machine> World<'machine> {
    pub(crate) fn new(
        machine: &'machine Machine,
        driver: &'machine Driver<'machine>,
        setup: Setup,
        tally: &'machine mut Tally,
    ) -> Outcome<Self> {
        let mut world = Self {
            machine,
            driver,
            user: machine.as_client(Token::user()),
            setup,
            device: None,
            is_powered: false,
            cables: 0,
            ends: Vec::new(),
            links: BTreeMap::new(),
            controls: Vec::new(),
            owners: BTreeMap::new(),
            cable_clocks: BTreeMap::new(),
            clocks: Vec::new(),
            defaults: Vec::new(),
            plugs: Vec::new(),
            follows: Vec::new(),
            taken: Vec::new(),
            filters: Vec::new(),
            pins: Vec::new(),
            listeners: Vec::new(),
            lateness: Duration::ZERO,
            disturbed: None,
            is_stalled: false,
            was_stalled: false,
            tally,
            op: String::new(),
        };
        world.add_device()?;
        Ok(world)
    }

    /// Makes a step; whether there was anything to make it with.
    pub(crate) fn step(&mut self, op: &Op) -> Outcome<bool> {
        self.op = op.kind();
        let was_powered = self.is_powered;
        let mut touched = self.act(op)?;
        // A jack whose hold is over is unplugged before anybody asks.
        self.is_stalled = matches!(op, Op::Stall { .. })
            && !matches!(touched, Touched::Nothing)
            && !self.is_jack_due();
        if !self.is_stalled {
            // Whoever waits lets run what is due: from here on nothing is.
            self.machine.sleep(Duration::ZERO);
            if std::mem::take(&mut self.was_stalled) {
                touched = Touched::All;
            }
        }
        if !self.is_stalled {
            self.follow_jacks(was_powered)?;
        }
        self.was_stalled |= self.is_stalled;
        let report = self.machine.report();
        if report.count() > 0 {
            let broken: Vec<String> = report.violations().iter().map(ToString::to_string).collect();
            return Err(format!(
                "rules are broken: {broken:?}; the host lacks {:?}",
                report.gaps()
            ));
        }
        if !matches!(touched, Touched::Nothing) {
            *self.tally.entry((self.op.clone(), "made")).or_default() += 1;
        }
        match touched {
            Touched::Nothing => return Ok(false),
            Touched::Pin(at) => self.check(at)?,
            Touched::Other => {}
            Touched::All => (0..self.pins.len()).try_for_each(|at| self.check(at))?,
        }
        Ok(true)
    }

    /// Closes every handle and takes the device away, in the order that the set-up says.
    pub(crate) fn end(mut self) {
        let device = self.device.take();
        if self.setup.closes_late {
            drop(device);
            self.pins.clear();
            self.filters.clear();
        } else {
            self.filters.clear();
            self.pins.clear();
            drop(device);
        }
    }

    // What is there.

    pub(crate) fn now(&self) -> u64 {
        self.machine.qpc()
    }

    /// Whether every timer has run when it should have.
    pub(crate) fn is_exact(&mut self) -> bool {
        if let Some(since) = self.disturbed {
            let ticks = RECOVERY.as_nanos() * u128::from(self.setup.frequency) / 1_000_000_000;
            if self.now() > since + ticks as u64 {
                self.disturbed = None;
            }
        }
        self.lateness.is_zero() && self.disturbed.is_none()
    }

    pub(crate) fn pin(&self, at: u8) -> Option<usize> {
        usize::from(at).checked_rem(self.pins.len())
    }

    /// Mostly one that suits; any, now and then, or if none does.
    pub(crate) fn suiting(&self, at: u8, suits: impl Fn(&Pin) -> bool) -> Option<usize> {
        let all: Vec<usize> = (0..self.pins.len()).collect();
        choose(at, &all, |at| !self.is_gone(*at) && suits(&self.pins[*at]))
    }

    /// Mostly one whose circuit suits.
    pub(crate) fn filter_of(&self, at: u8, suits: impl Fn(&End) -> bool) -> Option<usize> {
        let all: Vec<usize> =
            (0..self.filters.len()).filter(|at| self.filters[*at].is_some()).collect();
        choose(at, &all, |at| {
            let end = &self.ends[self.end_of(*at)];
            !end.is_gone && suits(end)
        })
    }

    pub(crate) fn filter(&self, at: u8) -> Option<usize> {
        self.filter_of(at, |_| true)
    }

    pub(crate) fn end_of(&self, filter: usize) -> usize {
        self.filters[filter].as_ref().expect("an open one").end
    }

    pub(crate) fn file_of(&self, filter: usize) -> &File {
        &self.filters[filter].as_ref().expect("an open one").file
    }

    /// Whether a change of the device through this filter is denied.
    pub(crate) fn is_users(&self, filter: usize) -> bool {
        self.filters[filter].as_ref().expect("an open one").is_user
    }

    pub(crate) fn is_gone(&self, pin: usize) -> bool {
        self.ends[self.pins[pin].end].is_gone
    }

    /// What the packets of an end's streams have taken of the memory that they share.
    pub(crate) fn memory(&self, end: usize) -> Memory {
        let End { used, device, .. } = self.ends[end];
        let device = self.taken[device];
        Memory { offload: used, device, ..Memory::of(self.setup.packet_megabytes) }
    }

    // Requests.

    /// Compares an answer with what the oracle says.
    pub(crate) fn expect(&mut self, what: &str, got: NTSTATUS, wanted: NTSTATUS) -> Outcome {
        *self.tally.entry((self.op.clone(), name(got))).or_default() += 1;
        if got == wanted {
            return Ok(());
        }
        Err(format!("{what}: {}, and should be {}", name(got), name(wanted)))
    }

    pub(crate) fn expect_answer(&mut self, what: &str, got: NTSTATUS, wanted: Answer) -> Outcome {
        self.expect(what, got, wanted.err().unwrap_or(STATUS_SUCCESS))
    }

    pub(crate) fn get(
        file: &File,
        set: &GUID,
        id: u32,
        instance: &[u8],
        capacity: usize,
    ) -> (Reply, Vec<u8>) {
        let input = descriptor(set, id, KSPROPERTY_TYPE_GET, instance);
        let mut value = vec![0; capacity];
        let output = if capacity == 0 { None } else { Some(&mut value[..]) };
        let reply = file.ioctl(IOCTL_KS_PROPERTY, &input, output);
        (reply, value)
    }

    pub(crate) fn set(
        file: &File,
        set: &GUID,
        id: u32,
        instance: &[u8],
        words: &[u32],
    ) -> NTSTATUS {
        let input = descriptor(set, id, KSPROPERTY_TYPE_SET, instance);
        let mut value: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value)).status
    }

    /// A question with room of the client's choice, and the rules for it.
    pub(crate) fn ask_with_capacity(
        &mut self,
        question: &Question,
        capacity: u8,
    ) -> Outcome<Option<Vec<u8>>> {
        let Question { asked, set, id, instance, wanted } = question;
        let size = *wanted.as_ref().unwrap_or(&16);
        let capacity = match capacity % 8 {
            0 => 0,
            1 => size.saturating_sub(1),
            2 => 8.min(size),
            3 => size + 13,
            _ => size,
        };
        let file = match asked {
            Who::Filter(at) => self.file_of((*at).into()),
            Who::Pin(at) => &self.pins[usize::from(*at)].file,
        };
        let (reply, mut value) = Self::get(file, set, *id, instance, capacity);
        let what = format!("property {id} with room for {capacity} of {size} bytes");
        let is_header = question.is_list() && capacity == 8;
        let expected = match wanted {
            Err(status) => (*status, 0),
            Ok(_) if capacity == 0 => (STATUS_BUFFER_OVERFLOW, size),
            Ok(_) if capacity < size && !is_header => (STATUS_BUFFER_TOO_SMALL, 0),
            Ok(_) => (STATUS_SUCCESS, capacity.min(size)),
        };
        self.expect(&what, reply.status, expected.0)?;
        if reply.information != expected.1 {
            let (got, wanted) = (reply.information, expected.1);
            return Err(format!("{what}: {got} bytes of information, and should be {wanted}"));
        }
        if value[reply.information.min(capacity)..].iter().any(|byte| *byte != 0) {
            return Err(format!("{what}: bytes behind the value were written"));
        }
        value.truncate(reply.information);
        Ok((expected == (STATUS_SUCCESS, size)).then_some(value))
    }

    // The device's life.

    pub(crate) fn add_end(
        &mut self,
        name: String,
        circuit: Circuit,
        plug: usize,
        child: Option<u32>,
    ) {
        // A composite endpoint's volumes are at circuits behind the one where clients stream.
        let owner = match circuit {
            Circuit::SpeakerCodec | Circuit::SpeakerAmp => "SpeakerDsp".to_owned(),
            Circuit::MicrophoneCodec => "MicrophoneDsp".to_owned(),
            _ => name.clone(),
        };
        let fresh = self.controls.len();
        let controls = *self.owners.entry(owner).or_insert(fresh);
        if controls == fresh {
            self.controls.push(Levels::default());
            self.defaults.push([48_000, 2, 0]);
        }
        let clock = self.cable_clock(&name);
        self.ends.push(End {
            name,
            circuit,
            controls,
            plug,
            clock,
            used: 0,
            device: self.taken.len() - 1,
            child,
            is_gone: false,
        });
    }

    pub(crate) fn new_plug(&mut self) -> usize {
        self.new_jack(None)
    }

    pub(crate) fn add_cable(&mut self, index: u32, child: Option<u32>) {
        let Setup { engine, spotter, .. } = self.setup;
        for (name, circuit) in [
            (format!("Speaker{index}"), Circuit::Speaker { engine }),
            (format!("Microphone{index}"), Circuit::Microphone { spotter }),
        ] {
            let other = if name.starts_with(ENDS[0]) { ENDS[1] } else { ENDS[0] };
            let other = format!("{other}{index}");
            let follows = self.setup.switches_follow(&name) && self.setup.hides(&other);
            let plug = self.new_jack(follows.then_some(other));
            self.add_end(name, circuit, plug, child);
        }
    }

    /// The circuits that a start of the device makes.
    pub(crate) fn build(&mut self) -> Outcome {
        for index in 0..self.setup.cables {
            self.add_cable(index, None);
        }
        if self.setup.composite {
            let plug = self.new_plug();
            self.add_end("SpeakerDsp".to_owned(), Circuit::Dsp { render: true }, plug, None);
            self.add_end("SpeakerCodec".to_owned(), Circuit::SpeakerCodec, plug, None);
            self.add_end("SpeakerAmp".to_owned(), Circuit::SpeakerAmp, plug, None);
            let plug = self.new_plug();
            self.add_end("MicrophoneDsp".to_owned(), Circuit::Dsp { render: false }, plug, None);
            self.add_end("MicrophoneCodec".to_owned(), Circuit::MicrophoneCodec, plug, None);
        }
        for index in self.setup.cables..self.cables {
            self.add_cable(index, Some(index));
        }
        self.look()
    }

    /// Compares the interfaces with the circuits that should be there.
    pub(crate) fn look(&mut self) -> Outcome {
        let mut names = Vec::new();
        for (category, is_hidden) in [(&KSCATEGORY_AUDIO, false), (&HIDDEN_END, true)] {
            for link in self.machine.interfaces(category) {
                let name = link.rsplit('\\').next().unwrap_or_default().to_owned();
                if self.setup.hides(&name) != is_hidden {
                    return Err(format!("{name}: hidden {is_hidden}, of {:#x}", self.setup.hidden));
                }
                self.links.insert(name.clone(), link);
                names.push(name);
            }
        }
        names.sort();
        let live = self.ends.iter().filter(|end| !end.is_gone);
        let mut wanted: Vec<String> = live.map(|end| end.name.clone()).collect();
        wanted.sort();
        if names == wanted {
            return Ok(());
        }
        Err(format!("the interfaces are {names:?}, and should be {wanted:?}"))
    }

    pub(crate) fn add_device(&mut self) -> Outcome {
        let device = self.driver.add_device().map_err(|error| error.to_string())?;
        self.device = Some(device);
        self.is_powered = true;
        self.cables = self.setup.cables;
        self.owners.clear();
        self.cable_clocks.clear();
        self.taken.push(0);
        self.build()
    }

    /// Circuits go, and with them everything that is open on them.
    pub(crate) fn forget(&mut self, goes: impl Fn(&End) -> bool) {
        for end in &mut self.ends {
            end.is_gone |= goes(end);
        }
        let ends = &self.ends;
        self.listeners.retain(|listener| !ends[listener.end].is_gone);
    }

    /// Whether a stream runs, which keeps the device where it is.
    pub(crate) fn is_streaming(&self) -> bool {
        let runs = |pin: &&Pin| pin.stream.state == RUN && !self.ends[pin.end].is_gone;
        self.pins.iter().any(|pin| runs(&pin))
    }

    pub(crate) fn power_down(&mut self) {
        let (now, frequency, exact) = (self.now(), self.setup.frequency, self.is_exact());
        if let Some(device) = &self.device {
            device.power_down();
        }
        if !std::mem::replace(&mut self.is_powered, false) {
            return;
        }
        for pin in self.pins.iter_mut().filter(|pin| !self.ends[pin.end].is_gone) {
            let now = self.clocks[self.ends[pin.end].clock].at(now);
            let state = pin.stream.state;
            pin.stream.interrupted.get_or_insert(state);
            let _ = pin.stream.walk(state.min(PAUSE), now, frequency, exact);
        }
    }

    pub(crate) fn power_up(&mut self) -> Outcome {
        let now = self.now();
        if let Some(device) = &self.device {
            device.power_up().map_err(|error| error.to_string())?;
        }
        self.is_powered = true;
        let (frequency, exact) = (self.setup.frequency, self.is_exact());
        for pin in self.pins.iter_mut().filter(|pin| !self.ends[pin.end].is_gone) {
            let now = self.clocks[self.ends[pin.end].clock].at(now);
            if let Some(state) = pin.stream.interrupted.take() {
                let _ = pin.stream.walk(state, now, frequency, exact);
            }
        }
        Ok(())
    }

    pub(crate) fn host_answer(&mut self, got: Result<(), HostError>, refused: bool) -> Outcome {
        let label = match &got {
            Ok(()) => "SUCCESS",
            Err(HostError::Streaming) => "refused: streaming",
            Err(_) => "refused",
        };
        *self.tally.entry((self.op.clone(), label)).or_default() += 1;
        match got {
            Ok(()) if !refused => Ok(()),
            Err(HostError::Streaming) if refused => Ok(()),
            got => Err(format!("{got:?}, and should be refused: {refused}")),
        }
    }

    pub(crate) fn act(&mut self, op: &Op) -> Outcome<Touched> {
        let (frequency, now) = (self.setup.frequency, self.now());
        match *op {
            Op::Sleep { pin, quarters } => {
                let pin = self.pin(pin).map(|at| &self.pins[at].stream);
                let packet = pin.filter(|stream| stream.packets.is_some()).map(|stream| {
                    Duration::from_secs(1) * stream.packet() as u32 / stream.format.rate
                });
                let packet = packet.unwrap_or(Duration::from_millis(10));
                self.sleep(packet * quarters.into() / 4);
                return Ok(Touched::All);
            }
            Op::ToBoundary { pin, ticks } => {
                let Some(at) = self.pin(pin) else { return Ok(Touched::Nothing) };
                let clock = self.clock_of(self.pins[at].end);
                let stream = &self.pins[at].stream;
                let (Clock::Running { base, start }, Some(_)) = (stream.clock, stream.packets)
                else {
                    return Ok(Touched::Nothing);
                };
                let (packet, rate) = (stream.packet(), u64::from(stream.format.rate));
                let next = (stream.ideal(clock.at(now), frequency) / packet + 1) * packet;
                let due = clock.when(((start + next - base) * frequency).div_ceil(rate));
                let ticks = due.saturating_sub(now).saturating_add_signed(ticks.into());
                // Rounded up, so that a tick of the counter is not lost.
                let nanoseconds = (u128::from(ticks) * 1_000_000_000).div_ceil(frequency.into());
                self.sleep(Duration::from_nanos(nanoseconds as u64));
                return Ok(Touched::All);
            }
            Op::Stall { milliseconds } => {
                self.machine.stall(Duration::from_millis(milliseconds.into()));
                self.disturbed = Some(self.now());
                return Ok(Touched::All);
            }
            Op::Lateness { milliseconds } => {
                self.lateness = Duration::from_millis(milliseconds.into());
                self.machine.set_timer_lateness(self.lateness);
                self.disturbed = Some(now);
                return Ok(Touched::All);
            }
            Op::PowerDown if self.device.is_some() => {
                self.power_down();
                return Ok(Touched::All);
            }
            Op::PowerUp if self.device.is_some() && !self.is_powered => {
                self.power_up()?;
                return Ok(Touched::All);
            }
            Op::Rebalance => {
                let Some(device) = &self.device else { return Ok(Touched::Nothing) };
                let answer = device.rebalance();
                let refused = self.is_streaming();
                self.host_answer(answer, refused)?;
                if !refused {
                    self.is_powered = true;
                    self.forget(|_| true);
                    self.build()?;
                }
                return Ok(Touched::All);
            }
            Op::QueryRemove => {
                let Some(device) = &self.device else { return Ok(Touched::Nothing) };
                let answer = device.query_remove();
                let refused = self.is_streaming();
                self.host_answer(answer, refused)?;
                if !refused {
                    self.device = None;
                    self.forget(|_| true);
                    self.look()?;
                }
                return Ok(Touched::All);
            }
            Op::SurpriseRemove => {
                let Some(device) = self.device.take() else { return Ok(Touched::Nothing) };
                device.surprise_remove();
                self.forget(|_| true);
                self.look()?;
                return Ok(Touched::All);
            }
            Op::AddDevice if self.device.is_none() => self.add_device()?,
            Op::OpenFilter { end, user } => return self.open_filter(end, user),
            Op::CloseFilter { filter } => {
                let Some(at) = self.filter(filter) else { return Ok(Touched::Nothing) };
                self.filters[at] = None;
                self.listeners.retain(|listener| listener.filter != at);
            }
            Op::OpenPin { filter, pin, format, mode, flaw } => {
                let streams = |end: &End| end.circuit.is_end();
                let Some(filter) = self.filter_of(filter, streams) else {
                    return Ok(Touched::Nothing);
                };
                return self.open_pin(filter, pin, format, mode, flaw);
            }
            Op::FillPin { filter, pin } => {
                let Some(filter) = self.filter(filter) else { return Ok(Touched::Nothing) };
                return self.fill_pin(filter, pin);
            }
            Op::SetLevel { who, mute, channel, value } => {
                return self.level(who, mute, channel, Some(value));
            }
            Op::GetLevel { who, mute, channel } => return self.level(who, mute, channel, None),
            Op::AskFilter { filter, what, capacity } => {
                let Some(filter) = self.filter(filter) else { return Ok(Touched::Nothing) };
                self.ask_filter(filter, what, capacity)?;
            }
            Op::Trim { filter, trim } => {
                let Some(filter) = self.filter(filter) else { return Ok(Touched::Nothing) };
                self.trim(filter, trim)?;
                return Ok(Touched::All);
            }
            Op::Plug { filter, value } => {
                let Some(filter) = self.filter(filter) else { return Ok(Touched::Nothing) };
                if self.is_unsure(self.ends[self.end_of(filter)].plug) {
                    return Ok(Touched::Nothing);
                }
                self.plug(filter, value)?;
            }
            Op::DefaultFormat { filter, rate, channels, sample } => {
                let Some(filter) = self.filter(filter) else { return Ok(Touched::Nothing) };
                self.default_format(filter, [rate, channels, sample])?;
            }
            Op::Cables { filter, count } => {
                let Some(filter) = self.filter(filter) else { return Ok(Touched::Nothing) };
                return self.change_cables(filter, count);
            }
            Op::Listen { filter, jack, once } => {
                let Some(filter) = self.filter(filter) else { return Ok(Touched::Nothing) };
                self.listen(filter, jack, once)?;
            }
            Op::StopListening { listener } => {
                let at = usize::from(listener).checked_rem(self.listeners.len());
                let Some(at) = at else { return Ok(Touched::Nothing) };
                let Listener { end, is_jack, .. } = self.listeners[at];
                if is_jack && self.is_unsure(self.ends[end].plug) {
                    return Ok(Touched::Nothing);
                }
                let gone = self.listeners.swap_remove(at);
                let file = self.file_of(gone.filter);
                let first = file.ioctl(IOCTL_KS_DISABLE_EVENT, &gone.data, None).status;
                let again = file.ioctl(IOCTL_KS_DISABLE_EVENT, &gone.data, None).status;
                self.expect("disabling an event", first, STATUS_SUCCESS)?;
                self.expect("disabling it again", again, STATUS_UNSUCCESSFUL)?;
            }
            Op::Arm { filter, pattern, arm } => {
                let hears = |end: &End| matches!(end.circuit, Circuit::Microphone { .. });
                let Some(filter) = self.filter_of(filter, hears) else {
                    return Ok(Touched::Nothing);
                };
                self.arm(filter, pattern, arm)?;
            }
            Op::CloseGone => {
                let ends = &self.ends;
                let before = self.pins.len();
                let taken = &mut self.taken;
                self.pins.retain(|pin| {
                    let end = &ends[pin.end];
                    let bytes = pin.stream.packets.map_or(0, Packets::pages);
                    taken[end.device] -= if end.is_gone { bytes } else { 0 };
                    !end.is_gone
                });
                for filter in &mut self.filters {
                    if filter.as_ref().is_some_and(|filter| ends[filter.end].is_gone) {
                        *filter = None;
                    }
                }
                return Ok(if before == self.pins.len() { Touched::Nothing } else { Touched::All });
            }
            Op::ClosePin { pin } | Op::Ask { pin, .. } => {
                return self.pin(pin).map_or(Ok(Touched::Nothing), |at| self.act_on(at, op));
            }
            Op::SetState { pin, .. }
            | Op::Write { pin, .. }
            | Op::Read { pin }
            | Op::Buffer { pin, .. }
            | Op::Register { pin, .. }
            | Op::Unregister { pin, .. }
            | Op::Protect { pin, .. }
            | Op::EndAt { pin, .. }
            | Op::Content { pin, .. } => {
                let suits = |pin: &Pin| match op {
                    Op::Buffer { .. } => pin.stream.packets.is_none(),
                    Op::Write { .. } => pin.stream.is_render && pin.stream.packets.is_some(),
                    Op::Read { .. } => !pin.stream.is_render && pin.stream.state == RUN,
                    Op::Register { .. } => pin.stream.event.is_none(),
                    Op::Unregister { .. } => pin.stream.event.is_some(),
                    Op::Protect { .. } | Op::EndAt { .. } => pin.stream.kind == PinKind::Offload,
                    _ => pin.stream.packets.is_some(),
                };
                let Some(at) = self.suiting(pin, suits) else { return Ok(Touched::Nothing) };
                return self.act_on(at, op);
            }
            Op::PowerDown | Op::PowerUp | Op::AddDevice => return Ok(Touched::Nothing),
        }
        Ok(Touched::Other)
    }

    pub(crate) fn sleep(&mut self, span: Duration) {
        self.machine.sleep(span);
        if !self.lateness.is_zero() {
            self.disturbed = Some(self.now());
        }
    }
}

/// Mostly one of `all` that suits; any of them in one case of eight, or if none does.
pub(crate) fn choose(at: u8, all: &[usize], suits: impl Fn(&usize) -> bool) -> Option<usize> {
    let some: Vec<usize> = all.iter().copied().filter(|at| suits(at)).collect();
    let from = if some.is_empty() || at.is_multiple_of(8) { all } else { &some };
    usize::from(at / 8).checked_rem(from.len()).map(|at| from[at])
}

/// What of the world a step has touched.
pub(crate) enum Touched {
    /// There was nothing to make it with.
    Nothing,
    Other,
    Pin(usize),
    All,
}

/// A GET and what it should come to: the bytes of the value.
pub(crate) struct Question {
    pub(crate) asked: Who,
    pub(crate) set: GUID,
    pub(crate) id: u32,
    pub(crate) instance: Vec<u8>,
    pub(crate) wanted: Result<usize, NTSTATUS>,
}

impl Question {
    pub(crate) fn is_list(&self) -> bool {
        self.set.Data1 == KSPROPSETID_Jack.Data1
    }
}
