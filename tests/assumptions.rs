//! The driver works with every value of the host's assumptions about ACX, and with every order of
//! equal timers.

mod variants;

use acx_client::endpoint::Endpoint;
use acx_client::request::{get_known, get_sized, pin, set_state};
use acx_client::{Direction, event::EventStream};
use acx_conform::analysis::compare;
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{Options, play};
use acx_host::Machine;
use acx_host::assumptions::{
    Assumptions, Composites, Creation, Destroy, FailedStreams, FormatOffsets, Hardware, Jump,
    PacketHash, RemovedCircuits, SharedLists, Statuses, Unplugged,
};
use acx_sys::*;

variants::test_each!(
    either_hash_and_either_kind_of_offsets_will_do,
    both_kinds_of_offsets_list_the_same_formats,
    a_stack_that_refuses_jumps_still_plays,
    statuses_of_wrong_requests_are_what_is_assumed,
    without_composites_the_cables_are_there_all_the_same,
    without_shared_lists_each_pin_has_its_own,
    what_only_the_driver_sees_may_be_either_way,
    the_order_of_equal_timers_changes_nothing_and_a_seed_repeats_it
);

/// Plays the melody, and checks that the recording equals it. Returns the position of each frame.
#[track_caller]
fn plays(machine: &Machine) -> Vec<u8> {
    let tune = melody();
    let (outcome, findings) = variants::on_machine(machine, |machine, _| {
        play(machine, STEREO, &tune, Options::default(), &mut |_| {})
    })
    .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
    assert_eq!((outcome.glitches, outcome.drift), (0, 0));
    assert!(compare(&tune, &outcome.recording, STEREO.block_align()).bit_exact);
    outcome.recording
}

fn with(assumptions: Assumptions) -> Machine {
    Machine::builder().assumptions(assumptions).build()
}

fn either_hash_and_either_kind_of_offsets_will_do() {
    for packet_hash in [PacketHash::QpcAboveCount, PacketHash::CountAboveQpc] {
        for format_offsets in [FormatOffsets::UlonglongFromStart, FormatOffsets::UlongFromHeaderEnd]
        {
            plays(&with(Assumptions { packet_hash, format_offsets, ..Assumptions::default() }));
        }
    }
}

fn both_kinds_of_offsets_list_the_same_formats() {
    let [long, short] = [FormatOffsets::UlonglongFromStart, FormatOffsets::UlongFromHeaderEnd].map(
        |format_offsets| {
            let machine = with(Assumptions { format_offsets, ..Assumptions::default() });
            let (modes, _) = variants::on_machine(&machine, |machine, _| {
                let endpoint = Endpoint::find(machine, Direction::Render)?;
                Ok(endpoint.host_pin()?.modes.clone())
            })
            .unwrap();
            modes
        },
    );
    assert_eq!(long[0].1.len(), 302);
    assert_eq!(long, short);
}

fn a_stack_that_refuses_jumps_still_plays() {
    let machine = with(Assumptions { jump: Jump::Refuse, ..Assumptions::default() });
    plays(&machine);
    let (answer, _) = variants::on_machine(&machine, |machine, _| {
        let endpoint = Endpoint::find(machine, Direction::Render)?;
        let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        let stream = EventStream::open(machine, &endpoint, STEREO, mode, 480)?;
        Ok(set_state(stream.pin(), KSSTATE::KSSTATE_RUN).unwrap_err().status)
    })
    .unwrap();
    assert_eq!(answer, STATUS_INVALID_DEVICE_STATE);
}

fn statuses_of_wrong_requests_are_what_is_assumed() {
    let statuses = Statuses {
        short_descriptor: STATUS_BUFFER_TOO_SMALL,
        unknown_set: STATUS_NOT_FOUND,
        unknown_id: STATUS_PROPSET_NOT_FOUND,
        wrong_verb: STATUS_NOT_SUPPORTED,
        wrong_target: STATUS_NOT_IMPLEMENTED,
        no_such_item: STATUS_INVALID_DEVICE_REQUEST,
        wrong_item: STATUS_NO_MATCH,
    };
    let machine = with(Assumptions { statuses, ..Assumptions::default() });
    let (found, _) = variants::on_machine(&machine, |machine, _| {
        let endpoint = Endpoint::find(machine, Direction::Render)?;
        let filter = &endpoint.filter;
        let ask = |set: &GUID, id, instance: &[u8]| {
            get_known(filter, "", set, id, instance, 4).unwrap_err().status
        };
        let write = |set: &GUID, id| {
            let request = acx_client::request::set(filter, "", set, id, &pin(0), &[0; 4]);
            request.unwrap_err().status
        };
        let short = filter.ioctl(IOCTL_KS_PROPERTY, &[0; 23], None).status;
        let (jack, _) =
            get_sized(filter, &KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, &pin(0), 0);
        Ok(Statuses {
            short_descriptor: short,
            unknown_set: ask(&KSNODETYPE_SPEAKER, 0, &[]),
            unknown_id: ask(&KSPROPSETID_Pin, 999, &pin(0)),
            wrong_verb: write(&KSPROPSETID_Pin, KSPROPERTY_PIN_DATAFLOW),
            wrong_target: ask(&KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PACKETCOUNT, &[]),
            no_such_item: ask(&KSPROPSETID_Pin, KSPROPERTY_PIN_DATAFLOW, &pin(9)),
            wrong_item: jack.status,
        })
    })
    .unwrap();
    assert_eq!(found, statuses);
}

fn without_composites_the_cables_are_there_all_the_same() {
    let machine = with(Assumptions { composites: Composites::Refused, ..Assumptions::default() });
    plays(&machine);
    let events = machine.take_trace().filter(|event| event.name == "NoComposite");
    let events: Vec<_> = events.map(|event| (event.level, event.fields)).collect();
    let status = STATUS_NOT_SUPPORTED.to_string();
    assert_eq!(events, [(3, vec![("Status".to_owned(), status)])]);
}

fn without_shared_lists_each_pin_has_its_own() {
    let modes = |shared_lists| {
        let machine = with(Assumptions { shared_lists, ..Assumptions::default() });
        plays(&machine);
        let (modes, _) = variants::on_machine(&machine, |machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render)?;
            Ok(endpoint.host_pin()?.modes.clone())
        })
        .unwrap();
        modes
    };
    assert_eq!(modes(SharedLists::Shared), modes(SharedLists::Refused));
}

/// Exhaustive, so that a new switch must be handled here.
fn what_only_the_driver_sees_may_be_either_way() {
    let Assumptions {
        creation: _,
        failed_streams: _,
        removed_circuits: _,
        hardware: _,
        unplugged: _,
        destroy: _,
        // These have tests of their own.
        packet_hash: _,
        format_offsets: _,
        jump: _,
        composites: _,
        shared_lists: _,
        statuses: _,
    } = Assumptions::default();
    let usual = plays(&with(Assumptions::default()));
    let others: [fn(&mut Assumptions); 6] = [
        |own| own.creation = Creation::StreamingCircuitFirst,
        |own| own.failed_streams = FailedStreams::AtOnce,
        |own| own.removed_circuits = RemovedCircuits::Deleted,
        |own| own.hardware = Hardware::AroundPackets,
        |own| own.unplugged = Unplugged::StreamsEnd,
        |own| own.destroy = Destroy::Later,
    ];
    for other in others {
        let mut assumptions = Assumptions::default();
        other(&mut assumptions);
        println!("{assumptions:?}");
        assert_eq!(plays(&with(assumptions)), usual);
    }
}

fn the_order_of_equal_timers_changes_nothing_and_a_seed_repeats_it() {
    let seeded = |seed| plays(&Machine::builder().seed(seed).build());
    let first = seeded(1);
    assert_eq!(first, seeded(1), "a run is repeatable from its seed");
    for seed in 2..12 {
        println!("seed {seed}");
        seeded(seed);
    }
}
