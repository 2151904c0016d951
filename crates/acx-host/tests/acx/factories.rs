//! Factories: circuits that are created on request.

use std::ptr::null_mut;
use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::request::get_known;
use acx_client::{Direction, System};
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::driver::*;

const FACTORY: GUID = GUID { Data1: 0xACE0_0002, ..SET };
/// Driver-defined categories.
const CATEGORY: GUID = GUID { Data1: 0xACE0_0003, ..SET };
const SECOND: GUID = GUID { Data1: 0xACE0_0004, ..SET };

/// The name of a callback of a factory that is written down.
macro_rules! noted {
    ($($function:ident = $name:literal($($kind:ty),*);)*) => {$(
        unsafe extern "C" fn $function($(_: $kind),*) -> NTSTATUS {
            note($name);
            STATUS_SUCCESS
        }
    )*};
}

noted! {
    prepare = "EvtAcxFactoryCircuitPrepareHardware"(
        WDFDEVICE, ACXFACTORYCIRCUIT, WDFCMRESLIST, WDFCMRESLIST
    );
    release = "EvtAcxFactoryCircuitReleaseHardware"(WDFDEVICE, ACXFACTORYCIRCUIT, WDFCMRESLIST);
    up = "EvtAcxFactoryCircuitPowerUp"(WDFDEVICE, ACXFACTORYCIRCUIT, WDF_POWER_DEVICE_STATE);
    down = "EvtAcxFactoryCircuitPowerDown"(WDFDEVICE, ACXFACTORYCIRCUIT, WDF_POWER_DEVICE_STATE);
}

unsafe extern "C" fn prepare_child(
    device: WDFDEVICE,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    acx!(AcxDeviceAddCircuit(device, kept("made")))
}

/// A device that carries a circuit.
pub(crate) unsafe extern "C" fn create_device(
    parent: WDFDEVICE,
    _factory: ACXFACTORYCIRCUIT,
    config: PACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
    place: *mut WDFDEVICE,
) -> NTSTATUS {
    note("EvtAcxFactoryCircuitCreateCircuitDevice");
    // SAFETY: ACX's argument.
    let config = unsafe { config.read() };
    keep("composite bag", config.CompositeProperties);
    keep("factory bag", config.FactoryProperties);
    keep("circuit bag", config.CircuitProperties);
    let child = child_device(parent, prepare_child);
    keep("child", child);
    // SAFETY: ACX's argument.
    unsafe { place.write(child) };
    STATUS_SUCCESS
}

/// A device below another one.
pub(crate) fn child_device(
    parent: WDFDEVICE,
    prepare: unsafe extern "C" fn(WDFDEVICE, WDFCMRESLIST, WDFCMRESLIST) -> NTSTATUS,
) -> WDFDEVICE {
    let (id, instance) = (name("Factory\\Circuit"), name("0"));
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtDevicePrepareHardware = Some(prepare);
    let mut child: WDFDEVICE = null_mut();
    // SAFETY: a live parent, and an init object that the create uses up.
    unsafe {
        let mut description = WdfPdoInitAllocate(parent);
        WdfPdoInitAssignDeviceID(description, &raw const id.string);
        WdfPdoInitAddHardwareID(description, &raw const id.string);
        WdfPdoInitAssignInstanceID(description, &raw const instance.string);
        WdfPdoInitAssignRawDevice(description, &KSCATEGORY_AUDIO);
        describe_device(description);
        WdfDeviceInitSetPnpPowerEventCallbacks(description, &raw mut callbacks);
        let made = WdfDeviceCreate(&raw mut description, null_mut(), &raw mut child);
        assert_eq!(made, STATUS_SUCCESS);
    }
    let mut config = init!(ACX_DEVICE_CONFIG, ACX_DEVICE_CONFIG_INIT);
    ok!(AcxDeviceInitialize(child, &raw mut config));
    child
}

/// The circuit of such a device: a bridge pin of each kind.
unsafe extern "C" fn create_circuit(
    _parent: WDFDEVICE,
    device: WDFDEVICE,
    _factory: ACXFACTORYCIRCUIT,
    _config: PACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
    mut description: PACXCIRCUIT_INIT,
) -> NTSTATUS {
    note("EvtAcxFactoryCircuitCreateCircuit");
    let title = name("Made0");
    ok!(AcxCircuitInitAssignName(description, &raw const title.string));
    acx!(AcxCircuitInitSetCircuitType(description, RENDER));
    ok!(AcxCircuitInitAssignAcxCreateStreamCallback(description, Some(create_stream)));
    let mut own: ACXCIRCUIT = null_mut();
    ok!(AcxCircuitCreate(device, null_mut(), &raw mut description, &raw mut own));
    let pins = vec![pin(own, SINK, BRIDGE, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
    keep("behind", pins[0]);
    join(own, pins);
    keep("made", own);
    STATUS_SUCCESS
}

unsafe extern "C" fn delete_device(
    parent: WDFDEVICE,
    _factory: ACXFACTORYCIRCUIT,
    device: WDFDEVICE,
) -> NTSTATUS {
    note("EvtAcxFactoryCircuitDeleteCircuitDevice");
    let removed = acx!(AcxDeviceRemoveCircuitDevice(parent, device));
    // A test may have it fail.
    if kept::<()>("failing").is_null() { removed } else { STATUS_NO_MEMORY }
}

unsafe extern "C" fn preprocess(factory: ACXOBJECT, _context: ACXCONTEXT, request: WDFREQUEST) {
    note("EvtAcxObjectPreprocessRequest");
    ok!(AcxCircuitDispatchAcxRequest(factory.cast(), request));
}

/// A factory of the device, added to it and kept as "factory".
pub(crate) fn factory(device: WDFDEVICE, deletes: bool) {
    let unused = acx!(AcxFactoryCircuitInitAllocate(device));
    acx!(AcxFactoryCircuitInitFree(unused));
    let mut description = acx!(AcxFactoryCircuitInitAllocate(device));
    let (title, uri) = (name("Factory0"), name("acx:factory"));
    ok!(AcxFactoryCircuitInitAssignName(description, &raw const title.string));
    acx!(AcxFactoryCircuitInitSetComponentId(description, &FACTORY));
    ok!(AcxFactoryCircuitInitAssignComponentUri(description, &raw const uri.string));
    let categories = [CATEGORY, KSCATEGORY_ACXCIRCUIT, SECOND];
    ok!(AcxFactoryCircuitInitAssignCategories(description, categories.as_ptr(), 3));
    let (mut properties, mut methods) = ([property(1)], [method(2)]);
    ok!(AcxFactoryCircuitInitAssignProperties(description, properties.as_mut_ptr(), 1));
    ok!(AcxFactoryCircuitInitAssignMethods(description, methods.as_mut_ptr(), 1));
    ok!(AcxFactoryCircuitInitAssignAcxRequestPreprocessCallback(
        description,
        Some(preprocess),
        null_mut(),
        METHOD,
        &SET,
        AcxItemIdNone,
    ));
    let mut operations = init!(
        ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS,
        ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS_INIT
    );
    operations.EvtAcxFactoryCircuitCreateCircuitDevice = Some(create_device);
    operations.EvtAcxFactoryCircuitCreateCircuit = Some(create_circuit);
    operations.EvtAcxFactoryCircuitDeleteCircuitDevice = deletes.then_some(delete_device);
    acx!(AcxFactoryCircuitInitSetOperationCallbacks(description, &raw mut operations));
    let mut power =
        init!(ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS, ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS_INIT);
    power.EvtAcxFactoryCircuitPrepareHardware = Some(prepare);
    power.EvtAcxFactoryCircuitReleaseHardware = Some(release);
    power.EvtAcxFactoryCircuitPowerUp = Some(up);
    power.EvtAcxFactoryCircuitPowerDown = Some(down);
    acx!(AcxFactoryCircuitInitSetAcxCircuitPnpPowerCallbacks(description, &raw mut power));
    let mut own: ACXFACTORYCIRCUIT = null_mut();
    ok!(AcxFactoryCircuitCreate(device, null_mut(), &raw mut description, &raw mut own));
    let mut config = init!(ACX_ELEMENT_CONFIG, ACX_ELEMENT_CONFIG_INIT);
    let mut properties = [property(3)];
    config.Properties = properties.as_mut_ptr();
    config.PropertiesCount = 1;
    let mut element: ACXELEMENT = null_mut();
    ok!(AcxElementCreate(own.cast(), null_mut(), &raw mut config, &raw mut element));
    ok!(AcxFactoryCircuitAddElements(own, &raw mut element, 1));
    keep("factory", own);
    keep("device", device);
    ok!(AcxDeviceAddFactoryCircuit(device, own));
}

/// How a template names the factory, and the circuit in front.
#[derive(Clone, Copy, Debug)]
enum Naming {
    Id,
    Uri,
    Name,
    /// What nothing is called.
    Other,
}

/// A template's names for its circuit and factory, in tests that do not vary them.
const NAMED: [Naming; 2] = [Naming::Name, Naming::Id];

/// A composite of a speaker and of what a factory makes, of which only the factory is named.
fn compose(device: WDFDEVICE) {
    compose_with(device, true);
}

/// Like [`compose`], with a circuit that is made on demand or at once.
fn compose_with(device: WDFDEVICE, on_demand: bool) {
    factory(device, true);
    speaker(device);
    template(NAMED, on_demand, false);
}

/// A composite of a speaker and of what a factory makes, with a bag of values for the composite,
/// the
/// factory and the circuit each.
pub(crate) fn with_bags(device: WDFDEVICE) {
    factory(device, true);
    speaker(device);
    let bags = [1, 2, 3].map(|number| {
        let bag = crate::bags::nameless();
        assert_eq!(crate::bags::put(bag, "number", number), STATUS_SUCCESS);
        bag
    });
    template_with(NAMED, false, false, bags);
}

/// A template of a speaker and of what a factory makes. The speaker is its core, or it has none.
fn template(naming: [Naming; 2], on_demand: bool, has_core: bool) {
    template_with(naming, on_demand, has_core, [null_mut(); 3]);
}

/// Like [`template`], with values for the composite, the factory and the circuit.
fn template_with(
    [circuit, made_by]: [Naming; 2],
    on_demand: bool,
    has_core: bool,
    [composite_bag, factory_bag, circuit_bag]: [ACXOBJECTBAG; 3],
) {
    let (title, uri) = (name("Speaker0"), name(SPEAKER_URI));
    let component = component_of("Speaker0");
    let (factory, factory_uri) = (name("Factory0"), name("acx:factory"));
    let mut configs = [init!(ACX_CIRCUIT_TEMPLATE_CONFIG, ACX_CIRCUIT_TEMPLATE_CONFIG_INIT); 2];
    match circuit {
        Naming::Id => configs[0].CircuitId = &raw const component,
        Naming::Uri => configs[0].CircuitUri = &raw const uri.string,
        Naming::Name => configs[0].CircuitName = &raw const title.string,
        Naming::Other => configs[0].CircuitId = &FACTORY,
    }
    match made_by {
        Naming::Id => configs[1].FactoryId = &FACTORY,
        Naming::Uri => configs[1].FactoryUri = &raw const factory_uri.string,
        Naming::Name | Naming::Other => configs[1].FactoryName = &raw const factory.string,
    }
    configs[1].FactoryProperties = factory_bag;
    configs[1].CircuitProperties = circuit_bag;
    if on_demand {
        let flag = _ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS::AcxCircuitTemplateCircuitOnDemand;
        configs[1].Flags = flag as u32;
    }
    let mut places = configs.map(|mut config| {
        let mut place: ACXCIRCUITTEMPLATE = null_mut();
        let handle = &raw mut place;
        ok!(AcxCircuitTemplateCreate(kept("driver"), null_mut(), &raw mut config, handle));
        place
    });
    let mut config = init!(ACX_COMPOSITE_TEMPLATE_CONFIG, ACX_COMPOSITE_TEMPLATE_CONFIG_INIT);
    config.Properties = composite_bag;
    let mut template: ACXCOMPOSITETEMPLATE = null_mut();
    let handle = &raw mut template;
    ok!(AcxCompositeTemplateCreate(kept("driver"), null_mut(), &raw mut config, handle));
    ok!(AcxCompositeTemplateAssignCircuits(template, places.as_mut_ptr(), 2));
    if has_core {
        acx!(AcxCompositeTemplateSetCoreCircuit(template, places[0]));
    }
    let manager = acx!(AcxGetManager(null_mut()));
    ok!(AcxManagerAddCompositeTemplate(manager, template));
    keep("template", template);
}

/// The names of the filters of ACX's category.
fn circuits(machine: &Machine) -> Vec<String> {
    let links = machine.interfaces(&KSCATEGORY_ACXCIRCUIT);
    links.iter().filter_map(|link| link.rsplit('\\').next()).map(str::to_owned).collect()
}

#[test]
fn acx_f1_a_template_names_a_circuit_or_the_factory_of_one() {
    Plan::new(compose)
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let path = endpoint.path(machine).expect("it goes on");
            assert_eq!(path, ["Speaker0", "Made0"]);
            assert!(endpoint.open_stream(STEREO, &RAW).is_ok());
            let made = notes().iter().filter(|note| note.contains("CreateCircuit")).count();
            assert_eq!(made, 2, "its device and itself, once");
        })
        .keeps_every_rule();
}

/// The URI of the circuit in front.
const SPEAKER_URI: &str = "acx:speaker";

#[test]
fn acx_f9_a_template_names_its_parts_by_id_uri_or_name() {
    static NAMING: std::sync::Mutex<[Naming; 2]> = std::sync::Mutex::new(NAMED);
    let composed = |naming, expected: &[&str]| {
        *NAMING.lock().unwrap() = naming;
        Plan::new(|device| {
            factory(device, true);
            speaker_with(device, |description| {
                let uri = name(SPEAKER_URI);
                ok!(AcxCircuitInitAssignComponentUri(description, &raw const uri.string));
            });
            template(*NAMING.lock().unwrap(), false, false);
        })
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let path = endpoint.path(machine).expect("it says where it leads");
            assert_eq!(path, expected, "{naming:?}");
        })
        .keeps_every_rule();
    };
    for circuit in [Naming::Id, Naming::Uri, Naming::Name] {
        for factory in [Naming::Id, Naming::Uri, Naming::Name] {
            composed([circuit, factory], &["Speaker0", "Made0"]);
        }
    }
    composed([Naming::Other, Naming::Id], &["Speaker0"]);
}

#[test]
fn acx_f8_a_factory_is_found_by_its_categories_and_acxs_own() {
    Plan::new(|device| factory(device, true))
        .release(|device| ok!(AcxDeviceRemoveFactoryCircuit(device, kept("factory"))))
        .run(|machine, device| {
            let [link] = &machine.interfaces(&CATEGORY)[..] else { panic!("one") };
            assert_eq!(machine.interfaces(&SECOND).len(), 1);
            assert_eq!(circuits(machine), ["Factory0"]);
            // A driver reaches it by either link.
            let ask = |link: &str| {
                machine.inside(|| {
                    let link = name(&link.replacen(r"\\?\", r"\??\", 1));
                    let mut text: WDFSTRING = null_mut();
                    let mut attributes = child_of(kept("device"));
                    let mut config = init!(
                        ACX_TARGET_FACTORY_CIRCUIT_CONFIG,
                        ACX_TARGET_FACTORY_CIRCUIT_CONFIG_INIT
                    );
                    let mut target: ACXTARGETFACTORYCIRCUIT = null_mut();
                    // SAFETY: a string and structures that outlive the calls.
                    unsafe {
                        WdfStringCreate(&raw const link.string, &raw mut attributes, &raw mut text);
                        config.SymbolicLinkName = text;
                        let handle = &raw mut target;
                        let device = kept("device");
                        let made = AcxTargetFactoryCircuitCreate(
                            device,
                            null_mut(),
                            &raw mut config,
                            handle,
                        );
                        if made == STATUS_SUCCESS {
                            WdfObjectDelete(target.cast());
                        }
                        WdfObjectDelete(text.cast());
                        made
                    }
                })
            };
            assert_eq!(ask(link), STATUS_SUCCESS);
            assert_eq!(ask(&machine.interfaces(&KSCATEGORY_ACXCIRCUIT)[0]), STATUS_SUCCESS);
            assert_eq!(ask(&link.replace("Factory0", "Factory1")), STATUS_OBJECT_NAME_NOT_FOUND);
            device.query_remove().expect("it goes");
            assert_eq!(machine.interfaces(&CATEGORY), Vec::<String>::new());
        })
        .keeps_every_rule();
}

#[test]
fn acx_f2_the_manager_asks_a_factory_to_remove_what_it_made() {
    let removes = |prepare: fn(WDFDEVICE)| {
        Plan::new(prepare)
            .run(|machine, _| {
                assert_eq!(circuits(machine), ["Factory0", "Speaker0", "Made0"]);
                notes().clear();
                machine.inside(|| {
                    let manager = acx!(AcxGetManager(null_mut()));
                    ok!(AcxManagerRemoveCompositeTemplate(manager, kept("template")));
                });
                assert_eq!(circuits(machine), ["Factory0", "Speaker0"]);
                assert_eq!(*notes(), ["EvtAcxFactoryCircuitDeleteCircuitDevice"]);
            })
            .keeps_every_rule();
    };
    removes(compose);
    removes(|device| compose_with(device, false));
}

/// Makes the stored factory create a circuit, by its method.
pub(crate) fn ask_for_circuit() -> NTSTATUS {
    let mut config = init!(ACX_FACTORY_CIRCUIT_ADD_CIRCUIT, ACX_FACTORY_CIRCUIT_ADD_CIRCUIT_INIT);
    config.CircuitUniqueId = SET;
    // SAFETY: plain data, as bytes.
    let value = unsafe {
        std::slice::from_raw_parts_mut((&raw mut config).cast::<u8>(), size_of_val(&config))
    };
    request(METHOD, &METHODS, 1, ITSELF, value)
}

/// Makes the stored factory remove the circuit that it created, by its method.
fn ask_to_remove() -> NTSTATUS {
    let mut config =
        init!(ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT, ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT_INIT);
    config.CircuitUniqueId = SET;
    // SAFETY: plain data, as bytes.
    let value = unsafe {
        std::slice::from_raw_parts_mut((&raw mut config).cast::<u8>(), size_of_val(&config))
    };
    request(METHOD, &METHODS, 2, ITSELF, value)
}

/// Queries the driver-defined property of the stored factory.
pub(crate) fn ask_property() -> NTSTATUS {
    request(PROPERTY, &SET, 1, ITSELF, &mut [0; 4])
}

const METHODS: GUID = GUID {
    Data1: 0xC09A_3089,
    Data2: 0x3EEE,
    Data3: 0x47E0,
    Data4: [0xB9, 0x37, 0x4A, 0x74, 0x66, 0xAE, 0xED, 0x6B],
};

/// A request of the driver to its own factory.
fn request(
    kind: ACX_REQUEST_TYPE,
    set: &GUID,
    id: u32,
    item: (ACX_ITEM_TYPE, u32),
    value: &mut [u8],
) -> NTSTATUS {
    let own: ACXFACTORYCIRCUIT = kept("factory");
    let mut config =
        init!(ACX_TARGET_FACTORY_CIRCUIT_CONFIG, ACX_TARGET_FACTORY_CIRCUIT_CONFIG_INIT);
    config.SymbolicLinkName = acx!(AcxFactoryCircuitGetSymbolicLinkName(own.cast()));
    let mut target: ACXTARGETFACTORYCIRCUIT = null_mut();
    let handle = &raw mut target;
    ok!(AcxTargetFactoryCircuitCreate(kept("device"), null_mut(), &raw mut config, handle));
    let io = acx!(AcxTargetFactoryCircuitGetWdfIoTarget(target));
    let mut parameters = parameters(kind, set, id, item, value);
    let place = &raw mut parameters;
    let status = send(io, |request| {
        if kind == METHOD {
            ok!(AcxTargetFactoryCircuitFormatRequestForMethod(target, request, place));
        } else {
            ok!(AcxTargetFactoryCircuitFormatRequestForProperty(target, request, place));
        }
    });
    // SAFETY: the driver's own.
    unsafe { WdfObjectDelete(target.cast()) };
    status
}

#[test]
fn acx_f3_a_factory_that_is_removed_takes_its_circuits_along() {
    for deletes in [true, false] {
        let prepare: fn(WDFDEVICE) =
            if deletes { |device| factory(device, true) } else { |device| factory(device, false) };
        Plan::new(prepare)
            .release(|device| ok!(AcxDeviceRemoveFactoryCircuit(device, kept("factory"))))
            .run(|machine, device| {
                assert_eq!(machine.inside(ask_for_circuit), STATUS_SUCCESS);
                assert_eq!(circuits(machine), ["Factory0", "Made0"]);
                notes().clear();
                device.rebalance().expect("it is rebalanced");
                assert_eq!(circuits(machine), ["Factory0"]);
                let deleted = "EvtAcxFactoryCircuitDeleteCircuitDevice".to_owned();
                assert_eq!(notes().contains(&deleted), deletes);
            })
            .keeps_every_rule();
    }
}

#[test]
fn acx_f4_a_factory_answers_its_own_properties_and_methods() {
    Plan::new(|device| factory(device, true))
        .run(|machine, _| {
            let asked = |kind, set: &GUID, id, item| {
                let mut value = [0; 4];
                notes().clear();
                let status = machine.inside(|| request(kind, set, id, item, &mut value));
                (status, u32::from_le_bytes(value))
            };
            assert_eq!(asked(PROPERTY, &SET, 1, ITSELF), (STATUS_SUCCESS, 42));
            assert_eq!(*notes(), ["EvtAcxObjectProcessRequest"]);
            assert_eq!(asked(METHOD, &SET, 2, ITSELF), (STATUS_SUCCESS, 42));
            assert_eq!(*notes(), ["EvtAcxObjectPreprocessRequest", "EvtAcxObjectProcessRequest"]);
            let element = (_ACX_ITEM_TYPE::AcxItemTypeElement, 0);
            assert_eq!(asked(PROPERTY, &SET, 3, element), (STATUS_SUCCESS, 42));
            assert_eq!(asked(PROPERTY, &SET, 9, ITSELF), (STATUS_PROPSET_NOT_FOUND, 0));
            assert_eq!(asked(METHOD, &METHODS, 9, ITSELF), (STATUS_NOT_FOUND, 0));
        })
        .keeps_every_rule();
}

#[test]
fn acx_f5_a_driver_of_a_factory_only_has_its_power_callbacks() {
    let names = |short: &[&str]| {
        short.iter().map(|name| format!("EvtAcxFactoryCircuit{name}")).collect::<Vec<_>>()
    };
    Plan::new(|device| factory(device, true))
        .run(|machine, device| {
            assert_eq!(*notes(), names(&["PrepareHardware", "PowerUp"]));
            assert_eq!(machine.interfaces(&KSCATEGORY_AUDIO), Vec::<String>::new());
            notes().clear();
            device.query_remove().expect("it goes");
            let mut expected = names(&["PowerDown", "ReleaseHardware"]);
            expected.push("EvtCleanupCallback of the device".to_owned());
            assert_eq!(*notes(), expected);
        })
        .keeps_every_rule();
}

/// The speaker is added at the second start of the device.
fn speaker_later(device: WDFDEVICE, has_core: bool) {
    factory(device, true);
    if kept::<()>("template").is_null() {
        template(NAMED, false, has_core);
    } else {
        speaker(device);
    }
}

#[test]
fn acx_c11_nothing_is_built_before_the_core_circuit_is_there() {
    let made = || notes().iter().filter(|note| note.contains("CreateCircuit")).count();
    let build = |prepare: fn(WDFDEVICE), before: usize| {
        Plan::new(prepare)
            .release(|device| {
                ok!(AcxDeviceRemoveFactoryCircuit(device, kept("factory")));
                if !kept::<()>("circuit").is_null() {
                    ok!(AcxDeviceRemoveCircuit(device, kept("circuit")));
                }
            })
            .run(|machine, device| {
                machine.sleep(Duration::from_millis(1));
                assert_eq!(made(), before);
                assert!(Endpoint::find(machine, Direction::Render).is_err());
                notes().clear();
                device.rebalance().expect("it is rebalanced");
                machine.sleep(Duration::from_millis(1));
                assert_eq!(made(), 2, "its device and itself");
                let endpoint = Endpoint::find(machine, Direction::Render).expect("it is built");
                assert_eq!(endpoint.path(machine).expect("it goes on"), ["Speaker0", "Made0"]);
            })
            .keeps_every_rule();
    };
    // Without a core, the manager requests missing circuits from factories at once.
    build(|device| speaker_later(device, false), 2);
    build(|device| speaker_later(device, true), 0);
}

#[test]
fn acx_f6_a_description_of_a_factory_is_used_up_or_freed() {
    Plan::new(|device| {
        let _left = acx!(AcxFactoryCircuitInitAllocate(device));
    })
    .start()
    .breaks(&[Rule::ObjectLeak])
    .saying("a PACXFACTORYCIRCUIT_INIT was neither used up nor freed");
}

/// EvtAcxFactoryCircuitCreateCircuit of a driver that frees ACX's description.
unsafe extern "C" fn free_description(
    _parent: WDFDEVICE,
    _device: WDFDEVICE,
    _factory: ACXFACTORYCIRCUIT,
    _config: PACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
    description: PACXCIRCUIT_INIT,
) -> NTSTATUS {
    acx!(AcxCircuitInitFree(description));
    STATUS_UNSUCCESSFUL
}

#[test]
fn acx_f7_the_description_of_a_factorys_circuit_is_freed_by_acx() {
    Plan::new(|device| {
        let mut description = acx!(AcxFactoryCircuitInitAllocate(device));
        let title = name("Factory0");
        ok!(AcxFactoryCircuitInitAssignName(description, &raw const title.string));
        acx!(AcxFactoryCircuitInitSetComponentId(description, &FACTORY));
        let mut operations = init!(
            ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS,
            ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS_INIT
        );
        operations.EvtAcxFactoryCircuitCreateCircuitDevice = Some(create_device);
        operations.EvtAcxFactoryCircuitCreateCircuit = Some(free_description);
        acx!(AcxFactoryCircuitInitSetOperationCallbacks(description, &raw mut operations));
        let mut own: ACXFACTORYCIRCUIT = null_mut();
        ok!(AcxFactoryCircuitCreate(device, null_mut(), &raw mut description, &raw mut own));
        keep("factory", own);
        keep("device", device);
        ok!(AcxDeviceAddFactoryCircuit(device, own));
    })
    .run(|machine, _| {
        machine.inside(|| {
            assert_eq!(ask_for_circuit(), STATUS_UNSUCCESSFUL);
            // Its device is gone with it.
            let device: WDFDEVICE = kept("child");
            // SAFETY: the host checks handles.
            unsafe { WdfObjectReferenceActual(device.cast(), null_mut(), 0, null_mut()) };
        });
    })
    .breaks(&[Rule::BadArgument, Rule::FreedObject])
    .saying("ACX's own circuit init was freed");
}

#[test]
fn a_factory_removes_what_it_made_once() {
    Plan::new(|device| factory(device, true))
        .run(|machine, _| {
            assert_eq!(machine.idle_factories(), ["Factory0"]);
            assert_eq!(machine.inside(ask_to_remove), STATUS_NOT_FOUND);
            assert_eq!(machine.inside(ask_for_circuit), STATUS_SUCCESS);
            assert_eq!(machine.idle_factories(), Vec::<String>::new());
            assert_eq!(machine.inside(ask_to_remove), STATUS_SUCCESS);
            assert_eq!(machine.idle_factories(), ["Factory0"]);
            assert_eq!(machine.inside(ask_to_remove), STATUS_NOT_FOUND);
            // Its driver's answer is the answer.
            assert_eq!(machine.inside(ask_for_circuit), STATUS_SUCCESS);
            keep("failing", std::ptr::dangling_mut::<()>());
            assert_eq!(machine.inside(ask_to_remove), STATUS_NO_MEMORY);
        })
        .keeps_every_rule();
}

#[test]
fn a_factory_that_is_removed_is_not_found_any_more() {
    fn once(device: WDFDEVICE) {
        if kept::<()>("factory").is_null() {
            factory(device, true);
        }
    }
    Plan::new(once)
        .release(|device| {
            let removed = acx!(AcxDeviceRemoveFactoryCircuit(device, kept("factory")));
            note(format!("removed: {removed:#x}"));
        })
        .run(|machine, device| {
            assert_eq!(circuits(machine), ["Factory0"]);
            assert_eq!(machine.idle_factories(), ["Factory0"]);
            notes().clear();
            device.rebalance().expect("it is rebalanced");
            assert_eq!(circuits(machine), Vec::<String>::new());
            assert_eq!(machine.interfaces(&SECOND), Vec::<String>::new());
            assert_eq!(machine.idle_factories(), Vec::<String>::new());
            device.rebalance().expect("it is rebalanced");
            let gone = format!("removed: {STATUS_NOT_FOUND:#x}");
            notes().retain(|note| note.starts_with("removed"));
            assert_eq!(*notes(), ["removed: 0x0".to_owned(), gone]);
        })
        .keeps_every_rule();
}

/// Removes the device that is asked, and answers when it is removed.
unsafe extern "C" fn remove_own_device(_owner: ACXOBJECT, request: WDFREQUEST) {
    ok!(AcxDeviceRemoveCircuitDevice(kept("device"), kept("child")));
    keep("request", request);
    crate::streams::after_five_seconds(kept("device"), Some(crate::streams::complete_soon));
}

unsafe extern "C" fn add_removing(
    device: WDFDEVICE,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    speaker_with(device, |description| {
        let mut own = property(1);
        own.EvtAcxObjectProcessRequest = Some(remove_own_device);
        ok!(AcxCircuitInitAssignProperties(description, &raw mut own, 1));
    });
    STATUS_SUCCESS
}

#[test]
fn a_device_that_is_removed_in_a_call_to_it_goes_when_the_call_ends() {
    Plan::new(|device| {
        keep("device", device);
        let child = child_device(device, add_removing);
        keep("child", child);
        ok!(AcxDeviceAddCircuitDevice(device, child));
    })
    .run(|machine, _| {
        let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
        let asked = get_known(&endpoint.filter, "", &SET, 1, &[], 4).expect("it answers");
        assert_eq!(asked, 42_u32.to_le_bytes());
        // The client still has its handle.
        let gone = "EvtCleanupCallback of the circuit";
        assert_eq!(*notes(), ["EvtAcxObjectProcessRequest", gone]);
    })
    .keeps_every_rule();
}

/// AcxDeviceInitConfigRawDevice: no other driver is above it, so it owns its power policy.
#[test]
fn a_child_that_is_raw_to_acx_owns_its_power_policy() {
    Plan::new(|device| {
        speaker(device);
        let raw = _ACX_DEVICEINIT_CONFIG_FLAGS::AcxDeviceInitConfigRawDevice as u32;
        for (flags, wanted) in [(0, STATUS_INVALID_DEVICE_REQUEST), (raw, STATUS_SUCCESS)] {
            let (id, instance) = (name("Raw\\Child"), name("0"));
            let mut config = init!(ACX_DEVICEINIT_CONFIG, ACX_DEVICEINIT_CONFIG_INIT);
            config.Flags = flags;
            let mut settings = WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS::default();
            let cannot_wake = _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0;
            WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&mut settings, cannot_wake);
            let mut child: WDFDEVICE = null_mut();
            // SAFETY: a live parent, and an init object that is described.
            let mut description = unsafe {
                let description = WdfPdoInitAllocate(device);
                WdfPdoInitAssignDeviceID(description, &raw const id.string);
                WdfPdoInitAssignInstanceID(description, &raw const instance.string);
                description
            };
            ok!(AcxDeviceInitInitialize(description, &raw mut config));
            // SAFETY: an init object that the create uses up, and a child that is deleted once.
            unsafe {
                let made = WdfDeviceCreate(&raw mut description, null_mut(), &raw mut child);
                assert_eq!(made, STATUS_SUCCESS);
                let assigned = WdfDeviceAssignS0IdleSettings(child, &raw mut settings);
                assert_eq!(assigned, wanted, "{flags}");
                WdfObjectDelete(child.cast());
            }
        }
    })
    .run(|_, _| {})
    .keeps_every_rule();
}
