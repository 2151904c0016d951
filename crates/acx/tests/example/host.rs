// The hidden beginning of each example in the documentation: a driver in the host whose device runs
// the example. rustdoc runs each example in its own process, which the driver's globals require; a
// test that includes this file runs its drivers one at a time.
mod host {
    #![allow(dead_code, missing_docs, unreachable_pub, reason = "an example uses a part of it")]

    use std::any::Any;
    use std::sync::{Mutex, OnceLock};

    use acx::circuit::{Circuit, CircuitInit, Direction, NewCircuit};
    use acx::device::{Device, DeviceInit, NewDevice, PrepareHardware};
    use acx::driver::Driver;
    use acx::format::WaveFormat;
    use acx::guid::{GUID, KSNODETYPE_SPEAKER};
    use acx::pin::Mode;
    use acx::stream::CreateStream;
    use acx::{Passive, Result};
    use acx_host::machine::DeviceNode;
    use acx_host::{LinkedImage, Machine};

    use silent::Silent;

    mod silent {
        include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/silent.rs"));
    }

    pub const COMPONENT: GUID = acx::guid!("A2F163C0-5D1B-4C1E-9D41-0B7E551A1077");
    pub const STEREO: WaveFormat = WaveFormat::stereo(48_000, 16);

    /// A stream that does nothing.
    pub const STILL: Silent = Silent { divisor: 1 };

    pub type Add = fn(DeviceInit<'_>, &mut Passive) -> Result<()>;
    pub type Prepare = fn(&mut PrepareHardware<'_>) -> Result<()>;
    type Kept = Box<dyn Any + Send>;
    type Create = Box<dyn FnOnce(&mut NewDevice<'_>) -> Result<Kept> + Send>;

    static ADD: OnceLock<Add> = OnceLock::new();
    static CREATE: Mutex<Option<Create>> = Mutex::new(None);
    static PREPARE: OnceLock<Prepare> = OnceLock::new();

    /// The device, and the values that the example keeps until its removal.
    struct Example(#[expect(dead_code, reason = "dropped with the device")] Mutex<Option<Kept>>);

    struct ExampleDriver;

    impl Driver for ExampleDriver {
        fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
            if let Some(add) = ADD.get() {
                return add(init, passive);
            }
            init.create_with(
                |device| {
                    let create = CREATE.lock().unwrap().take();
                    let kept = create.map(|create| create(device)).transpose()?;
                    Ok(Example(Mutex::new(kept)))
                },
                passive,
            )
        }
    }

    impl Device for Example {
        fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
            PREPARE.get().map_or(Ok(()), |prepare| prepare(hardware))
        }
    }

    acx::driver!(ExampleDriver);

    /// Starts a device that runs `prepare`, and removes it. Checks that no rule is broken and
    /// nothing leaks.
    pub fn run(prepare: Prepare) {
        run_with(prepare, |_| {});
    }

    /// Like [`run`], with a device that runs for a second.
    pub fn run_for_a_second(prepare: Prepare) {
        let second = std::time::Duration::from_secs(1);
        run_with(prepare, |machine| acx_client::System::sleep(machine, second));
    }

    /// Like [`run`], with a client of the device.
    pub fn run_with(prepare: Prepare, client: impl FnOnce(&Machine)) {
        PREPARE.set(prepare).expect("an example runs once");
        load(IMAGE, |machine, _device| client(machine));
    }

    /// Like [`run`], for a whole EvtDriverDeviceAdd, with a client of the device.
    pub fn add(add: Add, client: impl FnOnce(&Machine)) {
        ADD.set(add).expect("an example runs once");
        load(IMAGE, |machine, _device| client(machine));
    }

    /// Like [`run`], for a device that runs `create` before it starts.
    pub fn create(create: impl FnOnce(&mut NewDevice<'_>) -> Result<()> + Send + 'static) {
        create_and(create, |_| {});
    }

    /// Like [`create`], with a client of the device, which keeps the result of `create`.
    pub fn create_and<K: Send + 'static>(
        create: impl FnOnce(&mut NewDevice<'_>) -> Result<K> + Send + 'static,
        client: impl FnOnce(&Machine),
    ) {
        create_then(create, |machine, _device| client(machine));
    }

    /// Like [`create_and`], with the device as well.
    pub fn create_then<K: Send + 'static>(
        create: impl FnOnce(&mut NewDevice<'_>) -> Result<K> + Send + 'static,
        client: impl FnOnce(&Machine, DeviceNode<'_>),
    ) {
        let create: Create =
            Box::new(|device| create(device).map(|kept| -> Kept { Box::new(kept) }));
        *CREATE.lock().unwrap() = Some(create);
        load(IMAGE, client);
    }

    const IMAGE: LinkedImage = LinkedImage { name: "example", entry: FxDriverEntry };

    /// Loads a driver with one device, for `client`.
    pub fn load(image: LinkedImage, client: impl FnOnce(&Machine, DeviceNode<'_>)) {
        let machine = Machine::builder().build();
        {
            let driver = machine.load(image).expect("the driver loads");
            let device = driver.add_device();
            let found = machine.report().violations();
            let device = device.unwrap_or_else(|why| panic!("{why}: {found:#?}"));
            client(&machine, device);
        }
        assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
    }

    /// Opens a stream of the first endpoint in `direction` and closes it.
    pub fn play(machine: &Machine, direction: acx_client::Direction) {
        let endpoint = acx_client::endpoint::Endpoint::find(machine, direction);
        let endpoint = endpoint.expect("it is there");
        let raw = Mode::Raw.guid();
        let stream = endpoint.open_stream(client_format(), &raw);
        stream.map_or_else(|why| panic!("{why:?}"), drop);
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
            request.create_rt(|_| Ok((STILL, ())))
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
