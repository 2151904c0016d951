// The hidden beginning of each example in the documentation: a driver whose device does what the
// example says while its hardware is prepared, in the host. rustdoc runs each example in a process
// of its own, as the driver's one set of globals needs it.
mod host {
    #![allow(dead_code, missing_docs, unreachable_pub, reason = "an example uses a part of it")]

    use acx::circuit::{Circuit, CircuitInit, Direction, NewCircuit};
    use acx::device::{Device, DeviceInit, PrepareHardware};
    use acx::driver::Driver;
    use acx::format::WaveFormat;
    use acx::guid::{GUID, KSNODETYPE_SPEAKER};
    use acx::packets::{PacketLayout, RtPackets};
    use acx::pin::Mode;
    use acx::stream::{CreateStream, HwLatency, Position, RtStream, Stream};
    use acx::time::Qpc;
    use acx::units::{Bytes, Frames};
    use acx::{Passive, Result};
    use acx_host::{LinkedImage, Machine};

    pub const COMPONENT: GUID = acx::guid!("A2F163C0-5D1B-4C1E-9D41-0B7E551A1077");
    pub const STEREO: WaveFormat = WaveFormat::stereo(48_000, 16);

    pub type Prepare = fn(&mut PrepareHardware<'_>) -> Result<()>;

    static PREPARE: std::sync::OnceLock<Prepare> = std::sync::OnceLock::new();

    struct Example;

    impl Driver for Example {
        fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
            init.create(|_, _| Ok(Example), passive)
        }
    }

    impl Device for Example {
        fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
            PREPARE.get().expect("an example runs")(hardware)
        }
    }

    acx::driver!(Example);

    /// Starts a device that does `prepare`, and removes it. No rule may be broken and nothing may
    /// be left.
    pub fn run(prepare: Prepare) {
        run_with(prepare, |_| {});
    }

    /// As [`run`], with a device that works for a second.
    pub fn run_for_a_second(prepare: Prepare) {
        let second = std::time::Duration::from_secs(1);
        run_with(prepare, |machine| acx_client::System::sleep(machine, second));
    }

    /// As [`run`], with a client of the device.
    pub fn run_with(prepare: Prepare, client: impl FnOnce(&Machine)) {
        PREPARE.set(prepare).expect("an example runs once");
        load(LinkedImage { name: "example", entry: FxDriverEntry }, client);
    }

    /// Loads a driver with one device, for `client`.
    pub fn load(image: LinkedImage, client: impl FnOnce(&Machine)) {
        let machine = Machine::builder().build();
        {
            let driver = machine.load(image).expect("the driver loads");
            let device = driver.add_device();
            let found = machine.report().violations();
            let _device = device.unwrap_or_else(|why| panic!("{why}: {found:#?}"));
            client(&machine);
        }
        assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
    }

    /// Opens a stream of the circuit `name` and closes it.
    pub fn play(machine: &Machine, direction: acx_client::Direction) {
        let endpoint = acx_client::endpoint::Endpoint::find(machine, direction);
        let endpoint = endpoint.expect("it is there");
        let raw = acx::pin::Mode::Raw.guid();
        let stream = endpoint.open_stream(client_format(), &raw);
        stream.map(drop).unwrap_or_else(|why| panic!("{why:?}"));
    }

    pub fn client_format() -> acx_client::endpoint::WaveFormat {
        acx_client::endpoint::WaveFormat {
            float: false,
            channels: 2,
            mask: 3,
            rate: 48_000,
            bits: 16,
            valid_bits: 16,
        }
    }

    /// A circuit whose streams do nothing.
    pub struct Still;

    impl Circuit for Still {
        fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
            request.create_rt(|_| Ok((Still, ())))
        }
    }

    impl Stream for Still {
        type Control = ();

        fn prepare_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
            Ok(())
        }
        fn release_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
            Ok(())
        }
        fn run(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
            Ok(())
        }
        fn pause(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
            Ok(())
        }
    }

    impl RtStream for Still {
        fn allocate_packets(
            &self,
            (): &mut (),
            count: u32,
            size: Bytes,
            passive: &mut Passive,
        ) -> Result<RtPackets> {
            RtPackets::new(PacketLayout::contiguous(count, size)?, passive)
        }
        fn hw_latency(&self) -> Result<HwLatency> {
            Ok(HwLatency::default())
        }
        fn current_packet(&self) -> Result<u64> {
            Ok(0)
        }
        fn presentation_position(&self) -> Result<Position> {
            Ok(Position { frames: Frames(0), at: Qpc::now() })
        }
    }

    /// A speaker with a host pin and a bridge pin.
    pub fn speaker<'a>(hardware: &'a mut PrepareHardware<'_>) -> Result<NewCircuit<'a>> {
        speaker_of(hardware, Still)
    }

    /// A speaker whose streams come from `circuit`.
    pub fn speaker_of<'a>(
        hardware: &'a mut PrepareHardware<'_>,
        circuit: impl Circuit,
    ) -> Result<NewCircuit<'a>> {
        let name = acx::wide!("Speaker0");
        let init = CircuitInit::new(hardware, Direction::Render, name, &COMPONENT)?;
        let mut circuit = init.create(circuit)?;
        circuit.host_pin(1)?.formats(Mode::Raw, [STEREO])?;
        circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
        Ok(circuit)
    }
}
