//! Stream states: every transition of the table, at both ends, event and timer driven.
//!
//! A client may skip states; the driver gets single steps (STOP, PAUSE, RUN), and ACQUIRE is
//! between STOP and PAUSE without a separate callback.

mod variants;

use std::time::Duration;

use acx_client::File;
use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{number, presentation, rt, set_state};
use acx_client::timer::TimerStream;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_sys::*;

variants::test_each_form!(
    every_edge_of_the_state_table_holds,
    states_outside_the_table_are_refused
);

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };
const STATES: [i32; 4] =
    [KSSTATE::KSSTATE_STOP, KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_PAUSE, KSSTATE::KSSTATE_RUN];

fn state(pin: &File) -> u32 {
    let value = acx_client::request::get_known(
        pin,
        "the state",
        &KSPROPSETID_Connection,
        KSPROPERTY_CONNECTION_STATE,
        &[],
        4,
    );
    number(&value.unwrap(), 0)
}

/// Takes every transition and checks the guarantees of each state.
fn walk(machine: &Machine, pin: &File) {
    for from in STATES {
        for to in STATES {
            set_state(pin, KSSTATE::KSSTATE_STOP).unwrap();
            set_state(pin, from).unwrap();
            machine.sleep(Duration::from_millis(30));
            let (before, _) = presentation(pin).unwrap();
            assert_eq!(before, if from == 3 { 1440 } else { 0 }, "in state {from}");
            set_state(pin, to).unwrap();
            assert_eq!(state(pin), to as u32, "from {from} to {to}");
            machine.sleep(Duration::from_millis(30));
            let (after, _) = presentation(pin).unwrap();
            let expected = match to {
                0 => 0,
                3 => before + 1440,
                _ => before,
            };
            assert_eq!(after, expected, "position from {from} to {to}");
            let packets = rt(pin, "the packet count", KSPROPERTY_RTAUDIO_PACKETCOUNT, 4).unwrap();
            if to == 0 {
                assert_eq!(number(&packets, 0), 0, "packet count from {from} to {to}");
            }
        }
    }
}

fn every_edge_of_the_state_table_holds() {
    let machine = Machine::builder().build();
    {
        let driver = variants::load(&machine).unwrap();
        let _device = driver.add_device().unwrap();
        for direction in [Direction::Render, Direction::Capture] {
            let endpoint = Endpoint::find(&machine, direction).unwrap();
            let mode = &AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
            let stream = EventStream::open(&machine, &endpoint, STEREO, mode, 480).unwrap();
            walk(&machine, stream.pin());
            let stream = TimerStream::open(&endpoint, STEREO, mode, 1024).unwrap();
            walk(&machine, stream.pin());
        }
    }
    assert_eq!(machine.report().count(), 0, "{:?}", machine.report().violations());
}

fn states_outside_the_table_are_refused() {
    let machine = Machine::builder().build();
    let driver = variants::load(&machine).unwrap();
    let _device = driver.add_device().unwrap();
    let endpoint = Endpoint::find(&machine, Direction::Render).unwrap();
    let pin = endpoint.open_stream(STEREO, &AUDIO_SIGNALPROCESSINGMODE_DEFAULT).unwrap();
    for wrong in [-1, 4, i32::MAX] {
        assert_eq!(set_state(&pin, wrong).unwrap_err().status, STATUS_INVALID_PARAMETER);
    }
    // Without packets there is nothing to run.
    let run = set_state(&pin, KSSTATE::KSSTATE_RUN).unwrap_err();
    assert_eq!(run.status, STATUS_INVALID_DEVICE_STATE);
    assert_eq!(state(&pin), 2, "the last good state");
}
