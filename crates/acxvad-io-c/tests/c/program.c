/* A program in C that uses everything of acxvadio.h: `program virtual` in virtual time,
   `program threads` with a * thread that writes and one that reads, in real time. Says what is
   wrong, and ends with status 1 then. */

#include <acxvadio.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wrong;

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition, acxvad_error_text()); \
            wrong = 1; \
        } \
    } while (0)

/* A call, and what it has to answer. */
#define IS(status, call) CHECK((call) == ACXVAD_STATUS_##status)

/* The same, with a part of what acxvad_error_text says then. */
#define SAYS(status, text, call) \
    do { \
        IS(status, call); \
        CHECK(strstr(acxvad_error_text(), text) != NULL); \
    } while (0)

static const acxvad_options STEREO = {48000, 2, ACXVAD_SAMPLE_S16, 0, 0, 1000};

enum { FRAMES = 480 * 50, PACKET = 480 * 4 };

/* So many frames, no two alike, and none silent. */
static void sound(int16_t *frames, int count) {
    for (int at = 0; at < count; at++) {
        frames[2 * at] = (int16_t)(at % 31991 + 1);
        frames[2 * at + 1] = (int16_t)-(at % 31973 + 1);
    }
}

static void wrong_systems(void) {
    acxvad_system *system = NULL, *other = NULL;
    const char *none[] = {"Sound=1"}, *much[] = {"Cables=17"}, *odd[] = {"\xff=1"};
    const char *absent[] = {NULL}, *bare[] = {"Cables"};
    IS(NULL, acxvad_host_open(NULL, 0, 1, NULL));
    IS(NULL, acxvad_host_open(NULL, 1, 1, &system));
    IS(NULL, acxvad_host_open(absent, 1, 1, &system));
    SAYS(SETTING, "Sound", acxvad_host_open(none, 1, 1, &system));
    SAYS(SETTING, "Cables=17: give a number from 1 to 16", acxvad_host_open(much, 1, 1, &system));
    SAYS(SETTING, "NAME=VALUE", acxvad_host_open(bare, 1, 1, &system));
    SAYS(TEXT, "a setting", acxvad_host_open(odd, 1, 1, &system));
    IS(NULL, acxvad_installed_open(NULL, NULL));
    SAYS(NOT_HERE, "acxvad", acxvad_installed_open(NULL, &system));
    CHECK(system == NULL);
    IS(HANDLE, acxvad_system_close(NULL));
    IS(HANDLE, acxvad_system_sleep(NULL, 1));
    IS(HANDLE, acxvad_host_plug(NULL));
    IS(HANDLE, acxvad_host_unplug(NULL));
    IS(OK, acxvad_host_open(NULL, 0, 1, &system));
    SAYS(BUSY, "acxvad_system_close", acxvad_host_open(NULL, 0, 1, &other));
    IS(OK, acxvad_system_close(system));
    SAYS(HANDLE, "closed", acxvad_system_close(system));
}

static void wrong_ends(acxvad_system *system) {
    acxvad_feed *feed = NULL;
    acxvad_tap *tap = NULL;
    acxvad_options options = STEREO;
    IS(HANDLE, acxvad_feed_open(NULL, "Speaker0", &options, &feed));
    IS(HANDLE, acxvad_tap_open(NULL, "Microphone0", &options, &tap));
    IS(NULL, acxvad_feed_open(system, NULL, &options, &feed));
    IS(NULL, acxvad_feed_open(system, "Speaker0", NULL, &feed));
    IS(NULL, acxvad_feed_open(system, "Speaker0", &options, NULL));
    IS(NULL, acxvad_tap_open(system, NULL, &options, &tap));
    IS(NULL, acxvad_tap_open(system, "Microphone0", NULL, &tap));
    IS(NULL, acxvad_tap_open(system, "Microphone0", &options, NULL));
    IS(TEXT, acxvad_feed_open(system, "\xc3(", &options, &feed));
    SAYS(NO_END, "Speaker7", acxvad_feed_open(system, "Speaker7", &options, &feed));
    IS(NO_END, acxvad_feed_open(system, "", &options, &feed));
    IS(NO_END, acxvad_feed_open(system, "Microphone0", &options, &feed));
    SAYS(NO_END, "Speaker0", acxvad_tap_open(system, "Speaker0", &options, &tap));
    options.sample = 5;
    SAYS(FORMAT, "sample 5", acxvad_feed_open(system, "Speaker0", &options, &feed));
    options = STEREO;
    options.channels = 0;
    SAYS(FORMAT, "0 channels", acxvad_feed_open(system, "Speaker0", &options, &feed));
    options.channels = 17;
    SAYS(FORMAT, "17 channels", acxvad_tap_open(system, "Microphone0", &options, &tap));
    options = STEREO;
    options.rate = 0;
    SAYS(FORMAT, "rate of 0", acxvad_feed_open(system, "Speaker0", &options, &feed));
    options.rate = 12345;
    SAYS(REFUSED, "Speaker0", acxvad_feed_open(system, "Speaker0", &options, &feed));
    options = STEREO;
    options.packet_frames = 96001;
    SAYS(FORMAT, "96001 frames", acxvad_feed_open(system, "Speaker0", &options, &feed));
    options.packet_frames = UINT32_MAX;
    IS(FORMAT, acxvad_tap_open(system, "Microphone0", &options, &tap));
    options.packet_frames = 1;
    IS(REFUSED, acxvad_tap_open(system, "Microphone0", &options, &tap));
    CHECK(feed == NULL && tap == NULL);
}

static void wrong_calls(acxvad_system *system) {
    acxvad_feed *feed;
    acxvad_tap *tap;
    acxvad_counts counts;
    acxvad_event event;
    uint64_t frames;
    size_t count;
    int16_t audio[8] = {0};
    IS(OK, acxvad_feed_open(system, "Speaker0", &STEREO, &feed));
    IS(OK, acxvad_tap_open(system, "Microphone0", &STEREO, &tap));
    IS(IN_USE, acxvad_system_close(system));

    IS(NULL, acxvad_feed_write(feed, NULL, 4));
    IS(NULL, acxvad_feed_try_write(feed, NULL, 4, &count));
    IS(NULL, acxvad_feed_try_write(feed, audio, 4, NULL));
    IS(NULL, acxvad_feed_latency(feed, NULL));
    IS(NULL, acxvad_feed_counts(feed, NULL));
    IS(NULL, acxvad_feed_event(feed, NULL));
    SAYS(FRAMES, "7 bytes", acxvad_feed_write(feed, audio, 7));
    IS(FRAMES, acxvad_feed_try_write(feed, audio, 7, &count));
    IS(FRAMES, acxvad_feed_write(feed, audio, SIZE_MAX));
    IS(OK, acxvad_feed_write(feed, NULL, 0));

    IS(NULL, acxvad_tap_read(tap, NULL, 4));
    IS(NULL, acxvad_tap_try_read(tap, NULL, 4, &count));
    IS(NULL, acxvad_tap_try_read(tap, audio, 4, NULL));
    IS(NULL, acxvad_tap_latency(tap, NULL));
    IS(NULL, acxvad_tap_counts(tap, NULL));
    IS(NULL, acxvad_tap_event(tap, NULL));
    IS(FRAMES, acxvad_tap_read(tap, audio, 7));
    IS(FRAMES, acxvad_tap_try_read(tap, audio, 7, &count));
    IS(FRAMES, acxvad_tap_read(tap, audio, SIZE_MAX));
    IS(OK, acxvad_tap_read(tap, NULL, 0));

    /* A handle of another kind. */
    IS(HANDLE, acxvad_feed_close((acxvad_feed *)tap));
    IS(HANDLE, acxvad_system_close((acxvad_system *)feed));
    IS(HANDLE, acxvad_tap_read((acxvad_tap *)feed, audio, 4));

    IS(OK, acxvad_feed_close(feed));
    IS(OK, acxvad_tap_close(tap));
    /* Handles that were closed, and NULL. */
    for (int turn = 0; turn < 2; turn++) {
        IS(HANDLE, acxvad_feed_write(feed, audio, 4));
        IS(HANDLE, acxvad_feed_try_write(feed, audio, 4, &count));
        IS(HANDLE, acxvad_feed_drain(feed));
        IS(HANDLE, acxvad_feed_latency(feed, &frames));
        IS(HANDLE, acxvad_feed_counts(feed, &counts));
        IS(HANDLE, acxvad_feed_event(feed, &event));
        IS(HANDLE, acxvad_feed_close(feed));
        IS(HANDLE, acxvad_tap_read(tap, audio, 4));
        IS(HANDLE, acxvad_tap_try_read(tap, audio, 4, &count));
        IS(HANDLE, acxvad_tap_latency(tap, &frames));
        IS(HANDLE, acxvad_tap_counts(tap, &counts));
        IS(HANDLE, acxvad_tap_event(tap, &event));
        IS(HANDLE, acxvad_tap_close(tap));
        feed = NULL;
        tap = NULL;
    }
}

/* What is fed is what is read, bit by bit; `end` is hidden or not. */
static void streams(acxvad_system *system, const char *end) {
    static int16_t fed[2 * FRAMES], heard[4 * FRAMES];
    acxvad_feed *feed;
    acxvad_tap *tap;
    acxvad_counts counts;
    acxvad_event event;
    uint64_t frames = 0;
    size_t written = 0, read = 0, count = 0;
    sound(fed, FRAMES);
    IS(OK, acxvad_tap_open(system, "Microphone1", &STEREO, &tap));
    IS(OK, acxvad_feed_open(system, end, &STEREO, &feed));
    for (int turn = 0; turn < 80; turn++) {
        /* With nothing left, too: the last packet waits for its time. */
        IS(OK, acxvad_feed_try_write(feed, (char *)fed + written, sizeof fed - written, &count));
        written += count;
        if (turn == 20) {
            IS(OK, acxvad_feed_latency(feed, &frames));
            CHECK(frames >= 480 && frames <= 4 * 480);
        }
        /* This waits, and so time passes. */
        IS(OK, acxvad_tap_read(tap, (char *)heard + read, PACKET));
        read += PACKET;
    }
    CHECK(written == sizeof fed);
    IS(OK, acxvad_tap_latency(tap, &frames));
    CHECK(frames == 480);
    size_t first = 0;
    while (first < 2 * FRAMES && heard[first] == 0) {
        first++;
    }
    CHECK(memcmp(heard + first, fed, sizeof fed) == 0);
    IS(OK, acxvad_tap_counts(tap, &counts));
    CHECK(counts.packets == 80 && counts.overruns == 0 && counts.gone == 0);
    IS(OK, acxvad_tap_event(tap, &event));
    CHECK(event.kind == ACXVAD_EVENT_KIND_NONE);

    /* Too late, and it is said. */
    IS(OK, acxvad_system_sleep(system, 200));
    IS(OK, acxvad_feed_try_write(feed, fed, PACKET, &count));
    IS(OK, acxvad_feed_counts(feed, &counts));
    CHECK(counts.underruns >= 20);
    IS(OK, acxvad_feed_event(feed, &event));
    CHECK(event.kind == ACXVAD_EVENT_KIND_UNDERRUN && event.packets >= 20);
    IS(OK, acxvad_tap_try_read(tap, heard, sizeof heard, &count));
    CHECK(count == PACKET);
    IS(OK, acxvad_tap_event(tap, &event));
    CHECK(event.kind == ACXVAD_EVENT_KIND_OVERRUN && event.packets >= 18);
    IS(OK, acxvad_feed_drain(feed));

    /* A device that goes, and comes back. */
    IS(OK, acxvad_host_unplug(system));
    IS(OK, acxvad_system_sleep(system, 50));
    SAYS(GONE, "gone", acxvad_feed_write(feed, fed, sizeof fed));
    IS(GONE, acxvad_tap_read(tap, heard, PACKET));
    IS(OK, acxvad_host_plug(system));
    IS(OK, acxvad_feed_write(feed, fed, PACKET));
    IS(OK, acxvad_tap_read(tap, heard, PACKET));
    IS(OK, acxvad_feed_event(feed, &event));
    CHECK(event.kind == ACXVAD_EVENT_KIND_GONE && event.ntstatus != 0);
    IS(OK, acxvad_feed_event(feed, &event));
    CHECK(event.kind == ACXVAD_EVENT_KIND_BACK);
    IS(OK, acxvad_tap_counts(tap, &counts));
    CHECK(counts.gone == 1);
    IS(OK, acxvad_feed_close(feed));
    IS(OK, acxvad_tap_close(tap));
}

static void in_virtual_time(void) {
    const char *settings[] = {"Cables=2", "Speaker1Hidden=1", "Microphone1Name=Camera"};
    acxvad_system *system;
    CHECK(strcmp(acxvad_status_text(ACXVAD_STATUS_OK), "done") == 0);
    CHECK(strcmp(acxvad_status_text(1000), "unknown status") == 0);
    CHECK(strlen(acxvad_version()) > 0);
    CHECK(strlen(acxvad_error_text()) == 0);
    wrong_systems();
    IS(OK, acxvad_host_open(settings, 3, 1, &system));
    wrong_ends(system);
    wrong_calls(system);
    streams(system, "camera");
    /* What is on its way in the cable is heard. */
    IS(OK, acxvad_system_sleep(system, 100));
    streams(system, "Speaker1");
    IS(OK, acxvad_system_close(system));
}

/* Frames of 32 bits that count, from 1. */
enum { COUNTED = 48000 };

static void *feeder(void *argument) {
    acxvad_feed *feed = argument;
    static int32_t packet[2 * 480];
    for (int32_t at = 0; at < COUNTED; at += 480) {
        for (int32_t frame = 0; frame < 480; frame++) {
            packet[2 * frame] = packet[2 * frame + 1] = at + frame + 1;
        }
        IS(OK, acxvad_feed_write(feed, packet, sizeof packet));
    }
    IS(OK, acxvad_feed_drain(feed));
    return NULL;
}

/* However busy the machine is, frames come in order, and no thread waits for another one without an
   end. What * is lost on the way is judged by the tests of acxvad-io. */
static void in_threads(void) {
    acxvad_options options = {48000, 2, ACXVAD_SAMPLE_S32, 0, 0, 0};
    acxvad_system *system;
    acxvad_feed *feed;
    acxvad_tap *tap;
    acxvad_counts late, lost;
    pthread_t thread;
    static int32_t packet[2 * 480];
    int32_t last = 0, missing = 0, silent = 0, since = 0, seen = 0;
    IS(OK, acxvad_host_open(NULL, 0, 0, &system));
    IS(OK, acxvad_tap_open(system, "Microphone0", &options, &tap));
    IS(OK, acxvad_feed_open(system, "Speaker0", &options, &feed));
    pthread_create(&thread, NULL, feeder, feed);
    for (int turn = 0; turn < 1000 && last < COUNTED && since < 4 * 48000; turn++) {
        IS(OK, acxvad_tap_read(tap, packet, sizeof packet));
        for (int frame = 0; frame < 480; frame++) {
            int32_t now = packet[2 * frame];
            CHECK(now == packet[2 * frame + 1]);
            if (now == 0) {
                since++;
                continue;
            }
            CHECK(now > last);
            missing += now - last - 1;
            silent += last > 0 ? since : 0;
            since = 0;
            last = now;
            seen++;
        }
    }
    pthread_join(thread, NULL);
    IS(OK, acxvad_feed_counts(feed, &late));
    IS(OK, acxvad_tap_counts(tap, &lost));
    missing += COUNTED - last;
    fprintf(stderr, "%d frames, %d missing, %d silent between; late %d, lost %d\n", (int)seen, (int)missing,
            (int)silent, (int)late.underruns, (int)lost.overruns);
    CHECK(seen + missing == COUNTED);
    IS(OK, acxvad_feed_close(feed));
    IS(OK, acxvad_tap_close(tap));
    IS(OK, acxvad_system_close(system));
}

int main(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[1], "virtual") == 0) {
        in_virtual_time();
    } else if (count == 2 && strcmp(arguments[1], "threads") == 0) {
        in_threads();
    } else {
        fprintf(stderr, "usage: %s virtual|threads\n", arguments[0]);
        return 2;
    }
    return wrong;
}
