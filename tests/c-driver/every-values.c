/* Every function of formats, lists of formats, object bags and rights, with its answer. */
#include "every.h"

#define TAG 'blob'

void *make_format(void *device, USHORT channels)
{
    struct { ULONG size, flags, sample, reserved; GUID major, sub, specifier; USHORT tag, channels; ULONG rate, average; USHORT align, bits, extra, valid; ULONG mask; GUID own; } wave;
    SIZED(ACX_DATAFORMAT_CONFIG, config);
    void *format = NULL;
    memset(&wave, 0, sizeof wave);
    wave.size = 104;
    wave.sample = wave.align = 2 * channels;
    wave.major = KSDATAFORMAT_TYPE_AUDIO;
    wave.sub = wave.own = KSDATAFORMAT_SUBTYPE_PCM;
    wave.specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    wave.tag = 0xFFFE;
    wave.channels = channels;
    wave.rate = 48000;
    wave.average = 48000 * wave.align;
    wave.bits = wave.valid = 16;
    wave.extra = 22;
    wave.mask = channels == 1 ? 4 : 3;
    config.Type = AcxDataFormatKsFormat;
    config.u_KsFormat = &wave;
    OK(AcxDataFormatCreate(device, NULL, &config, &format));
    return format;
}

static BOOLEAN same(GUID one, const GUID *other) { return memcmp(&one, other, sizeof one) == 0; }

static void use_lists(void *device, void *stereo, void *mono)
{
    SIZED(ACX_DATAFORMAT_LIST_CONFIG, config);
    SIZED(ACX_DATAFORMAT_LIST_ITERATOR, iterator);
    void *list, *found = NULL;
    ULONG count = 0;
    OK(AcxDataFormatListCreate(device, NULL, &config, &list));
    OK(AcxDataFormatListAddDataFormat(list, stereo));
    OK(AcxDataFormatListAddDataFormat(list, mono));
    OK(AcxDataFormatListRetrieveDefaultDataFormat(list, &found));
    CHECK(found == stereo);
    OK(AcxDataFormatListAssignDefaultDataFormat(list, mono));
    OK(AcxDataFormatListRetrieveDefaultDataFormat(list, &found));
    CHECK(found == mono);
    AcxDataFormatListBeginIteration(list, &iterator);
    while (NT_SUCCESS(AcxDataFormatListRetrieveNextFormat(list, &iterator, &found)))
        count++;
    AcxDataFormatListEndIteration(list, &iterator);
    CHECK(count == 2);
    OK(AcxDataFormatListRemoveDataFormat(list, mono));
    CHECK(AcxDataFormatListRemoveDataFormat(list, mono) == STATUS_NOT_FOUND);
    OK(AcxDataFormatListRemoveDataFormats(list));
    CHECK(!NT_SUCCESS(AcxDataFormatListRetrieveDefaultDataFormat(list, &found)));
}

void use_formats(void *device)
{
    void *own = make_format(device, 2), *other = make_format(device, 1);
    UCHAR *whole = AcxDataFormatGetKsDataFormat(own);
    ULONG per_block = AcxDataFormatGetSamplesPerBlock(own);
    CHECK(same(AcxDataFormatGetMajorFormat(own), &KSDATAFORMAT_TYPE_AUDIO));
    CHECK(same(AcxDataFormatGetSubFormat(own), &KSDATAFORMAT_SUBTYPE_PCM));
    CHECK(same(AcxDataFormatGetSpecifier(own), &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX));
    CHECK(AcxDataFormatGetChannelsCount(own) == 2 && AcxDataFormatGetChannelMask(own) == 3);
    CHECK(AcxDataFormatGetSampleSize(own) == 4 && AcxDataFormatGetBitsPerSample(own) == 16);
    CHECK(AcxDataFormatGetValidBitsPerSample(own) == 16 && AcxDataFormatGetBlockAlign(own) == 4);
    /* Of a format that is not compressed: the valid bits lie where samples per block would. */
    CHECK(per_block == 16 || per_block == 0);
    CHECK(AcxDataFormatGetSampleRate(own) == 48000 && AcxDataFormatGetAverageBytesPerSec(own) == 192000);
    CHECK(AcxDataFormatGetEncodedSamplesPerSec(own) == 0 && AcxDataFormatGetEncodedChannelCount(own) == 0);
    CHECK(AcxDataFormatGetEncodedAverageBytesPerSec(own) == 0);
    CHECK(whole != NULL && AcxDataFormatGetWaveFormatEx(own) == whole + 64);
    CHECK(AcxDataFormatGetWaveFormatExtensible(own) == whole + 64);
    CHECK(AcxDataFormatGetWaveFormatExtensibleIec61937(own) == NULL);
    CHECK(!AcxDataFormatIsEqual(own, other) && AcxDataFormatIsEqual(own, make_format(device, 2)));
    use_lists(device, own, other);
}

/* A number goes in through one handle, and the same comes out of another. */
#define NUMBER(Kind, Type, number) do { \
        UNICODE_STRING name_; \
        Type found_ = 0; \
        RtlInitUnicodeString(&name_, TEXT(#Kind)); \
        OK(AcxObjectBagAdd##Kind(one, &name_, (Type)(number))); \
        OK(AcxObjectBagRetrieve##Kind(other, &name_, &found_)); \
        CHECK(found_ == (Type)(number)); \
    } while (0)

static void use_texts(void *device, void *one, void *other)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name, content, found;
    WCHAR room[8];
    void *empty = text(device, TEXT("")), *given, *got;
    Attributes(&attributes, NULL, device);
    RtlInitUnicodeString(&name, TEXT("text"));
    OK(AcxObjectBagAddString(one, &name, text(device, TEXT("value"))));
    OK(AcxObjectBagRetrieveString(other, &name, empty));
    WdfStringGetUnicodeString(empty, &found);
    CHECK(found.Length == 10 && memcmp(found.Buffer, TEXT("value"), 10) == 0);
    RtlInitUnicodeString(&name, TEXT("unicode"));
    RtlInitUnicodeString(&content, TEXT("text"));
    found.Length = 0;
    found.MaximumLength = sizeof room;
    found.Buffer = room;
    OK(AcxObjectBagAddUnicodeString(one, &name, &content));
    OK(AcxObjectBagRetrieveUnicodeString(other, &name, &found));
    CHECK(found.Length == 8 && memcmp(room, TEXT("text"), 8) == 0);
    RtlInitUnicodeString(&name, TEXT("many"));
    OK(WdfCollectionCreate(&attributes, &given));
    OK(WdfCollectionCreate(&attributes, &got));
    OK(WdfCollectionAdd(given, text(device, TEXT("one"))));
    OK(WdfCollectionAdd(given, text(device, TEXT("two"))));
    OK(AcxObjectBagAddMultiString(one, &name, given));
    OK(AcxObjectBagRetrieveMultiString(other, &name, &attributes, got));
    WdfStringGetUnicodeString(WdfCollectionGetItem(got, 1), &found);
    CHECK(found.Length == 6 && memcmp(found.Buffer, TEXT("two"), 6) == 0);
}

static void use_blobs(void *device, void *one, void *other)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    void *given, *got, *buffer;
    size_t length = 0;
    Attributes(&attributes, NULL, device);
    RtlInitUnicodeString(&name, TEXT("blob"));
    OK(WdfMemoryCreate(&attributes, 512, TAG, 4, &given, &buffer));
    memcpy(buffer, "abcd", 4);
    OK(AcxObjectBagAddBlob(one, &name, given));
    OK(AcxObjectBagRetrieveBlob(other, &name, &attributes, &got));
    CHECK(memcmp(WdfMemoryGetBuffer(got, &length), "abcd", 4) == 0 && length == 4);
}

void use_bags(void *device)
{
    SIZED(ACX_OBJECTBAG_CONFIG, config);
    UNICODE_STRING title, name;
    GUID found;
    void *one, *other;
    RtlInitUnicodeString(&title, TEXT("drv_every_values"));
    config.Name = &title;
    config.Flags = AcxObjectBagConfigEnableReads | AcxObjectBagConfigEnableWrites;
    OK(AcxObjectBagCreate(NULL, &config, &one));
    OK(AcxObjectBagOpen(NULL, &config, &other));
    NUMBER(I1, CHAR, -1);
    NUMBER(UI1, UCHAR, 2);
    NUMBER(I2, SHORT, -3);
    NUMBER(UI2, USHORT, 4);
    NUMBER(I4, LONG, -5);
    NUMBER(UI4, ULONG, 6);
    NUMBER(I8, LONG64, -7);
    NUMBER(UI8, ULONG64, 8);
    NUMBER(SizeT, size_t, 9);
    RtlInitUnicodeString(&name, TEXT("id"));
    OK(AcxObjectBagAddGuid(one, &name, own_set));
    OK(AcxObjectBagRetrieveGuid(other, &name, &found));
    CHECK(same(found, &own_set));
    RtlInitUnicodeString(&name, TEXT("none"));
    CHECK(AcxObjectBagRetrieveGuid(other, &name, &found) == STATUS_OBJECT_NAME_NOT_FOUND);
    use_texts(device, one, other);
    use_blobs(device, one, other);
}

static void handler(void) {}

void use_rights(void)
{
    ULONG ids[2] = { 0, 0 }, mixed = 0;
    ACXDRMRIGHTS rights = { 1, 0, 0 };
    ACXDRMFORWARD forward;
    void *handlers[1] = { (void *)handler };
    memset(&forward, 0, sizeof forward);
    OK(AcxDrmCreateContentMixed(ids, 2, &mixed));
    CHECK(mixed != 0);
    OK(AcxDrmRetrieveContentRights(mixed, &rights));
    CHECK(rights.CopyProtect == 0 && rights.DigitalOutputDisable == 0);
    OK(AcxDrmAddContentHandlers(mixed, handlers, 1));
    OK(AcxDrmForwardContentToDeviceObject(mixed, NULL, &forward));
    OK(AcxDrmDestroyContent(mixed));
    CHECK(AcxDrmRetrieveContentRights(mixed, &rights) == STATUS_INVALID_PARAMETER);
}
