//! The packets, positions and progress of streams, and what their devices' power does to them.

use std::ptr::null_mut;
use std::sync::atomic::Ordering;
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{audio_position, descriptor, get_sized, presentation, set_state};
use acx_client::{Direction, File, System};
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::driver::*;
use crate::elements::general_element;

fn endpoint(machine: &Machine) -> Endpoint {
    Endpoint::find(machine, Direction::Render).expect("there is one")
}

fn open(machine: &Machine) -> EventStream {
    EventStream::open(machine, &endpoint(machine), STEREO, &RAW, 480).expect("it opens")
}

/// Asks for a buffer of so many bytes; for one in so many packets if a number is given.
fn buffer(stream: &File, bytes: u32, packets: Option<u32>) -> NTSTATUS {
    let id = match packets {
        Some(_) => KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION,
        None => KSPROPERTY_RTAUDIO_BUFFER,
    };
    let sizes = [bytes.to_le_bytes(), packets.unwrap_or(0).to_le_bytes()].concat();
    let instance = [0_u64.to_le_bytes().to_vec(), sizes].concat();
    get_sized(stream, &KSPROPSETID_RtAudio, id, &instance, 16).0.status
}

/// A capture circuit with a host pin.
fn microphone(device: WDFDEVICE) {
    let own = circuit(device, "Microphone0", _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture, |_| {});
    let pins = vec![pin(own, SOURCE, HOST, |_| {}), pin(own, SINK, BRIDGE, |_| {})];
    list(device, pins[0], STEREO);
    join(own, pins);
    ok!(AcxDeviceAddCircuit(device, own));
}

#[test]
fn positions_in_bytes_are_those_of_the_cyclic_buffer() {
    let at = |stream: &File, frames| {
        FRAMES.store(frames, Ordering::SeqCst);
        audio_position(stream).expect("it answers")
    };
    Plan::new(speaker)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            assert_eq!(at(&stream, 5), (0, 0));
            assert_eq!(buffer(&stream, 3840, None), STATUS_SUCCESS);
            assert_eq!(at(&stream, 11), (44, 44));
            assert_eq!(at(&stream, 960 + 485), (1940, 1940));
            drop(stream);
            let stream = open(machine);
            stream.prepare().expect("it is prepared");
            stream.set_packet(0, None).expect("the driver takes it");
            assert_eq!(at(stream.pin(), 11), (44, 1920));
            stream.set_packet(2, None).expect("the driver takes it");
            assert_eq!(at(stream.pin(), 960 + 485), (1940, 1920));
        })
        .keeps_every_rule();
    Plan::new(microphone)
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Capture).expect("there is one");
            let stream = EventStream::open(machine, &endpoint, STEREO, &RAW, 480);
            let stream = stream.expect("it opens");
            // A client reads whole packets.
            assert_eq!(at(stream.pin(), 960 + 485), (1940, 1920));
        })
        .keeps_every_rule();
}

#[test]
fn a_stream_has_one_buffer_of_whole_packets_before_it_pauses() {
    Plan::new(speaker)
        .run(|machine, device| {
            let endpoint = endpoint(machine);
            let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            let wrong = STATUS_INVALID_PARAMETER;
            for (bytes, packets) in [(0, None), (0, Some(2)), (3841, Some(2)), (3840, Some(3))] {
                assert_eq!(buffer(&stream, bytes, packets), wrong, "{bytes} in {packets:?}");
            }
            device.power_down();
            assert_ne!(buffer(&stream, 3840, Some(2)), STATUS_SUCCESS);
            device.power_up().expect("it is back");
            set_state(&stream, KSSTATE::KSSTATE_ACQUIRE).expect("it goes on");
            assert_eq!(buffer(&stream, 3840, Some(2)), STATUS_SUCCESS);
            assert_eq!(buffer(&stream, 3840, Some(2)), STATUS_INVALID_DEVICE_STATE);
            drop(stream);
            let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            set_state(&stream, KSSTATE::KSSTATE_PAUSE).expect("it goes on");
            assert_eq!(buffer(&stream, 3840, Some(2)), STATUS_INVALID_DEVICE_STATE);
        })
        .keeps_every_rule();
}

#[test]
fn a_packet_has_no_more_pages_than_it_needs() {
    Plan::new(speaker)
        .run(|machine, _| {
            let stream = endpoint(machine).open_stream(STEREO, &RAW).expect("it opens");
            keep("bytes more", PAGE_SIZE as usize as *mut ());
            assert_eq!(buffer(&stream, 3840, None), STATUS_UNSUCCESSFUL);
            keep::<()>("bytes more", null_mut());
            assert_eq!(buffer(&stream, 3840, None), STATUS_SUCCESS);
        })
        .breaks(&[Rule::PacketLayout])
        .saying("packet 0 of 3840 bytes lies at 4352 of 8192");
}

/// The driver completes a packet.
fn complete(machine: &Machine, packet: u64, at: u64) {
    machine.inside(|| ok!(AcxRtStreamNotifyPacketComplete(kept("stream"), packet, at)));
}

#[test]
fn a_client_that_waits_for_a_packet_wakes_when_it_is_complete() {
    let patience = Duration::from_secs(8);
    Plan::new(speaker)
        .threaded()
        .run(|machine, _| {
            let stream = open(machine);
            stream.run().expect("it runs");
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    // The other one waits by then.
                    std::thread::sleep(Duration::from_millis(20));
                    complete(machine, 0, 1);
                });
                let before = std::time::Instant::now();
                assert!(machine.wait_any(&[stream.event()], patience).is_some());
                assert!(before.elapsed() < patience / 2);
            });
        })
        .keeps_every_rule();
}

#[test]
fn packets_are_completed_once_and_while_the_stream_runs() {
    let runs = |deed: fn(&Machine, &EventStream), rule| {
        Plan::new(speaker)
            .run(|machine, _| {
                let stream = open(machine);
                stream.run().expect("it runs");
                deed(machine, &stream);
            })
            .breaks(&[rule]);
    };
    runs(
        |machine, stream| {
            stream.pause().expect("it pauses");
            complete(machine, 0, 1);
        },
        Rule::NotifyWithoutRun,
    );
    runs(
        |machine, _| {
            complete(machine, 0, 1);
            complete(machine, 0, 1);
        },
        Rule::PacketOrder,
    );
}

#[test]
fn a_stopped_stream_begins_anew_and_is_still_watched() {
    Plan::new(speaker)
        .run(|machine, _| {
            let mut stream = open(machine);
            let id = KSPROPERTY_RTAUDIO_PACKETVREGISTER;
            let (set, instance) = (&KSPROPSETID_RtAudio, [0; 8]);
            let (reply, places) = get_sized(stream.pin(), set, id, &instance, 24);
            assert_eq!(reply.status, STATUS_SUCCESS);
            let register = || {
                let place = |at: usize| places[8 * at..8 * at + 8].try_into().expect("eight");
                [0, 1].map(|at| {
                    let place = u64::from_le_bytes(place(at)) as *const u64;
                    // SAFETY: the register is there as long as its stream is.
                    unsafe { place.read_volatile() }
                })
            };
            let at = |stream: &EventStream, frames| {
                FRAMES.store(frames, Ordering::SeqCst);
                presentation(stream.pin()).expect("it answers");
            };
            stream.run().expect("it runs");
            complete(machine, 4, 77);
            assert_eq!(register(), [5, 77]);
            at(&stream, 100);
            stream.stop().expect("it stops");
            assert_eq!(register(), [0, 0]);
            stream.run().expect("it runs again");
            complete(machine, 0, 78);
            at(&stream, 50);
            assert_eq!(machine.report().violations().len(), 0);
            at(&stream, 49);
        })
        .breaks(&[Rule::PositionBackwards]);
}

#[test]
fn the_description_of_a_stream_is_gone_when_it_was_asked_for() {
    Plan::new(speaker)
        .stream_init(|description| keep("description", description))
        .run(|machine, _| {
            let _stream = open(machine);
            let description = kept("description");
            machine.inside(|| {
                acx!(AcxStreamInitSetAcxRtStreamSupportsNotifications(description));
            });
        })
        .breaks(&[Rule::WrongHandle])
        .saying("a stream init that is none (any more)");
}

#[test]
fn a_stream_connects_its_own_elements_and_has_its_own_events() {
    Plan::new(|device| {
        speaker(device);
        keep("other", general_element(kept("circuit")));
    })
    .stream_made(|stream, _| {
        let own = general_element(stream.cast());
        let mut all = [own];
        ok!(AcxStreamAddElements(stream, all.as_mut_ptr(), 1));
        let connect = |from: ACXOBJECT, to: ACXOBJECT| {
            let mut connection = ACX_CONNECTION::default();
            ACX_CONNECTION_INIT(&mut connection, from, to);
            acx!(AcxStreamAddConnections(stream, &raw mut connection, 1))
        };
        assert_eq!(connect(stream.cast(), own.cast()), STATUS_SUCCESS);
        assert_eq!(connect(own.cast(), stream.cast()), STATUS_SUCCESS);
        assert_eq!(connect(own.cast(), kept("other")), STATUS_INVALID_PARAMETER);
        assert_eq!(connect(kept("circuit"), own.cast()), STATUS_INVALID_PARAMETER);
        let mut config = init!(ACX_EVENT_CONFIG, ACX_EVENT_CONFIG_INIT);
        config.Set = &SET;
        config.Id = 24;
        let mut event: ACXEVENT = null_mut();
        ok!(AcxEventCreate(stream.cast(), null_mut(), &raw mut config, &raw mut event));
        ok!(AcxStreamAddEvents(stream, &raw mut event, 1));
        keep("event", event);
    })
    .run(|machine, _| {
        let stream = open(machine);
        let signal = machine.create_event();
        let mut data = [0; size_of::<KSEVENTDATA>()];
        data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
        data[8..16].copy_from_slice(&signal.to_le_bytes());
        let input = descriptor(&SET, 24, KSEVENT_TYPE_ENABLE, &[]);
        let enabled = stream.pin().ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data));
        assert_eq!(enabled.status, STATUS_SUCCESS);
        machine.inside(|| acx!(AcxEventGenerateEvent(kept("event"))));
        assert!(machine.wait_any(&[signal], Duration::ZERO).is_some());
    })
    .keeps_every_rule();
}

#[test]
fn a_device_that_streams_stays_and_one_that_sleeps_releases_its_streams_when_it_goes() {
    let release = "EvtAcxStreamReleaseHardware".to_owned();
    Plan::new(speaker)
        .run(|machine, device| {
            let stream = open(machine);
            stream.run().expect("it runs");
            assert!(device.query_remove().is_err());
            device.power_down();
            assert!(notes().contains(&"EvtAcxStreamPause".to_owned()));
            assert!(!notes().contains(&release));
            assert!(endpoint(machine).open_stream(STEREO, &RAW).is_err());
            device.surprise_remove();
            assert!(notes().contains(&release));
        })
        .keeps_every_rule();
}

#[test]
fn the_parts_of_acx_1_1_are_there() {
    Plan::new(|_| {
        let is_there = |major, minor| {
            let mut version = ACX_DRIVER_VERSION_AVAILABLE_PARAMS::default();
            ACX_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&mut version, major, minor);
            acx!(AcxDriverIsVersionAvailable(kept("driver"), &raw mut version))
        };
        for (major, minor, expected) in [(1, 0, 1), (1, 1, 1), (1, 2, 0), (2, 0, 0), (0, 1, 0)] {
            assert_eq!(is_there(major, minor), expected, "{major}.{minor}");
        }
        assert_eq!(acx!(AcxDriverIsVersionAvailable(kept("driver"), null_mut())), 0);
    })
    .start()
    .keeps_every_rule();
}

/// The driver resumes what it stopped, after five seconds.
unsafe extern "C" fn resume_soon(_timer: WDFTIMER) {
    acx!(AcxStreamResumeIoActual(kept("stream"), null_mut(), 0, std::ptr::null()));
    acx!(AcxCircuitResumeIoActual(kept("circuit"), null_mut(), 0, std::ptr::null()));
}

#[test]
fn only_requests_about_packets_and_positions_pass_a_stopped_queue() {
    const P: u32 = IOCTL_KS_PROPERTY;
    const COUNT: u32 = KSPROPERTY_RTAUDIO_PACKETCOUNT;
    let (rt, audio) = (&KSPROPSETID_RtAudio, &KSPROPSETID_Audio);
    // Through the stream or its filter; how long it takes.
    for (is_stream, code, set, id, expected) in [
        (true, P, rt, COUNT, 0),
        (true, P, rt, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, 0),
        (true, P, audio, KSPROPERTY_AUDIO_POSITION, 0),
        (true, P, rt, KSPROPERTY_RTAUDIO_HWLATENCY, 5),
        (true, P, audio, COUNT, 5),
        (true, IOCTL_KS_METHOD, rt, COUNT, 5),
        (false, P, rt, COUNT, 5),
    ] {
        Plan::new(speaker)
            .run(|machine, _| {
                let endpoint = endpoint(machine);
                let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
                machine.inside(|| {
                    let (circuit, own) = (kept("circuit"), kept("stream"));
                    ok!(AcxStreamStopIoActual(own, 0, null_mut(), 0, std::ptr::null()));
                    ok!(AcxCircuitStopIoActual(circuit, 0, null_mut(), 0, std::ptr::null()));
                    crate::streams::after_five_seconds(circuit.cast(), Some(resume_soon));
                });
                let input = descriptor(set, id, KSPROPERTY_TYPE_GET, &[]);
                let file = if is_stream { &stream } else { &endpoint.filter };
                let before = machine.qpc();
                file.ioctl(code, &input, Some(&mut [0; 16]));
                let took = (machine.qpc() - before) / machine.qpc_frequency();
                assert_eq!(took, expected, "{is_stream} {code:#x} {id}");
                machine.sleep(Duration::from_secs(6));
            })
            .keeps_every_rule();
    }
}

#[test]
fn a_resume_without_a_stop_leaves_the_queue_running() {
    Plan::new(speaker)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            machine.inside(|| {
                let circuit = kept("circuit");
                acx!(AcxCircuitResumeIoActual(circuit, null_mut(), 0, std::ptr::null()));
            });
            let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES);
            let asked = get_sized(&endpoint.filter, set, id, &[], 4).0;
            assert_eq!(asked.status, STATUS_SUCCESS);
        })
        .breaks(&[Rule::Unpaired])
        .saying("of what was not stopped");
}

/// A format that no list has.
const OTHER: WaveFormat = WaveFormat { rate: 96_000, ..STEREO };

#[test]
fn a_stream_has_a_format_of_its_pin() {
    Plan::new(speaker)
        .run(|machine, _| {
            let failed = endpoint(machine).open_stream(OTHER, &RAW).err().expect("no match");
            assert_eq!(failed.status, STATUS_NO_MATCH);
        })
        .keeps_every_rule();
}
