//! ACX's callbacks. Source: their pages in the `acx*.h` references.

use acx_sys::*;

use crate::kernel::callback::callbacks;

/// The statuses that EVT_ACX_STREAM_SET_RENDER_PACKET may return beside STATUS_SUCCESS: the
/// documented ones, and those of a device that is being removed.
const SET_RENDER_PACKET: &[NTSTATUS] = &[
    STATUS_DATA_LATE_ERROR,
    STATUS_DATA_OVERRUN,
    STATUS_INVALID_DEVICE_STATE,
    STATUS_INVALID_PARAMETER,
    STATUS_DEVICE_NOT_READY,
    STATUS_DEVICE_REMOVED,
    STATUS_ACCESS_VIOLATION,
];

callbacks! {
    EvtAcxAudioEngineAssignEffectsState: control status;
    EvtAcxAudioEngineAssignEngineDeviceFormat: control status;
    EvtAcxAudioEngineRetrieveBufferSizeLimits: control status;
    EvtAcxAudioEngineRetrieveEffectsState: control status;
    EvtAcxAudioEngineRetrieveEngineMixFormat: control status;
    EvtAcxAudioModuleProcessCommand: control status also(STATUS_BUFFER_OVERFLOW);
    EvtAcxCircuitCompositeCircuitInitialize: control status;
    EvtAcxCircuitCompositeDeinitialize: control status;
    EvtAcxCircuitCompositeInitialize: control status;
    EvtAcxCircuitCreateStream: control status;
    EvtAcxCircuitPowerDown: control pnp status;
    EvtAcxCircuitPowerUp: control pnp status;
    EvtAcxCircuitPrepareHardware: control pnp status;
    EvtAcxCircuitReleaseHardware: control pnp status;
    EvtAcxEventDisable: control;
    EvtAcxEventEnable: control status;
    EvtAcxFactoryCircuitCreateCircuit: control status;
    EvtAcxFactoryCircuitCreateCircuitDevice: control status;
    EvtAcxFactoryCircuitDeleteCircuitDevice: control status;
    EvtAcxFactoryCircuitPowerDown: control pnp status;
    EvtAcxFactoryCircuitPowerUp: control pnp status;
    EvtAcxFactoryCircuitPrepareHardware: control pnp status;
    EvtAcxFactoryCircuitReleaseHardware: control pnp status;
    EvtAcxJackRetrievePresenceState: control status;
    EvtAcxKeywordSpotterAssignArm: control status;
    EvtAcxKeywordSpotterAssignPatterns: control status;
    EvtAcxKeywordSpotterAssignReset: control status;
    EvtAcxKeywordSpotterRetrieveArm: control status;
    EvtAcxMuteAssignState: control status;
    EvtAcxMuteRetrieveState: control status;
    EvtAcxObjectPreprocessRequest: control;
    EvtAcxObjectProcessEventRequest: control;
    EvtAcxObjectProcessRequest: control;
    EvtAcxPeakMeterRetrieveLevel: control status;
    EvtAcxPinConnected: control;
    EvtAcxPinDataFormatChangeNotification: control;
    EvtAcxPinDisconnected: control;
    EvtAcxPinRetrieveJackSinkInfo: control status;
    EvtAcxPinRetrieveName: control status;
    EvtAcxPinSetDataFormat: control status;
    EvtAcxRampedVolumeAssignLevel: control status;
    EvtAcxStreamAllocateRtPackets: control status;
    EvtAcxStreamAssignDrmContentId: control status;
    EvtAcxStreamAudioEngineAssignCurrentWritePosition: control status;
    EvtAcxStreamAudioEngineAssignEffectsState: control status;
    EvtAcxStreamAudioEngineAssignLastBufferPosition: control status;
    EvtAcxStreamAudioEngineAssignLoopbackProtection: control status;
    EvtAcxStreamAudioEngineRetrieveEffectsState: control status;
    EvtAcxStreamAudioEngineRetrieveLinearBufferPosition: control status;
    EvtAcxStreamAudioEngineRetrievePresentationPosition: packet status;
    EvtAcxStreamFreeRtPackets: control;
    EvtAcxStreamGetCapturePacket: packet status;
    EvtAcxStreamGetCurrentPacket: packet status;
    EvtAcxStreamGetHwLatency: control status;
    EvtAcxStreamGetPresentationPosition: packet status;
    EvtAcxStreamPause: control status;
    EvtAcxStreamPrepareHardware: control status;
    EvtAcxStreamReleaseHardware: control status;
    EvtAcxStreamRun: control status;
    EvtAcxStreamSetRenderPacket: packet status only(SET_RENDER_PACKET);
    EvtAcxVolumeAssignLevel: control status;
    EvtAcxVolumeRetrieveLevel: control status;
}
