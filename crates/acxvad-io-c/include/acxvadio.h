/* acxvadio: feed what a microphone of acxvad records, read what a speaker of it plays.
 *
 * Made by cbindgen from crates/acxvad-io-c: change it there.
 *
 * Errors: every function that can fail answers ACXVAD_STATUS_OK or why not. acxvad_status_text has a
 * sentence for each status; acxvad_error_text says what happened in the last call of this thread that
 * failed, with names and numbers. What a pointer for a result points to is written only with
 * ACXVAD_STATUS_OK.
 *
 * Handles: acxvad_system, acxvad_feed and acxvad_tap are numbers that look like pointers, and nothing
 * is behind them. One that is NULL, was closed or is of another kind is ACXVAD_STATUS_HANDLE, always.
 *
 * Threads: any thread may call any function at any time. Calls for one feed or tap wait for each other;
 * a call for one that another thread closes meanwhile is finished, or answers ACXVAD_STATUS_HANDLE. A
 * feed and a tap do not wait for each other, so one thread may write while another one reads. After
 * fork() the library must not be used in the child.
 *
 * Audio: frames of interleaved samples, little-endian, in the format of acxvad_options. The driver
 * converts. */

#ifndef ACXVADIO_H
#define ACXVADIO_H

#include <stddef.h>
#include <stdint.h>

/**
 * What a function answers. New ones may be added at the end.
 */
typedef enum {
  /**
   * It is done.
   */
  ACXVAD_STATUS_OK = 0,
  /**
   * A pointer is NULL that must not be.
   */
  ACXVAD_STATUS_NULL = 1,
  /**
   * A text is not UTF-8.
   */
  ACXVAD_STATUS_TEXT = 2,
  /**
   * The handle is of nothing that is open, or of something else.
   */
  ACXVAD_STATUS_HANDLE = 3,
  /**
   * The driver does not have such a setting, or does not take the value.
   */
  ACXVAD_STATUS_SETTING = 4,
  /**
   * The driver did not start.
   */
  ACXVAD_STATUS_START = 5,
  /**
   * This process has a host already: it can have one at a time.
   */
  ACXVAD_STATUS_BUSY = 6,
  /**
   * A feed or a tap of the system is still open.
   */
  ACXVAD_STATUS_IN_USE = 7,
  /**
   * This library or this operating system does not have it.
   */
  ACXVAD_STATUS_NOT_HERE = 8,
  /**
   * No end of a cable has this name, or several have it.
   */
  ACXVAD_STATUS_NO_END = 9,
  /**
   * The options are of no format, or the packets are too short or too long.
   */
  ACXVAD_STATUS_FORMAT = 10,
  /**
   * The driver refused a request, such as to open a stream in this format.
   */
  ACXVAD_STATUS_REFUSED = 11,
  /**
   * Not a whole number of frames.
   */
  ACXVAD_STATUS_FRAMES = 12,
  /**
   * The device is gone, and did not come back in time.
   */
  ACXVAD_STATUS_GONE = 13,
  /**
   * No packet passed in a second: the device stands still.
   */
  ACXVAD_STATUS_STALLED = 14,
  /**
   * The host saw the driver break a rule of Windows'.
   */
  ACXVAD_STATUS_VIOLATION = 15,
  /**
   * An error in this library.
   */
  ACXVAD_STATUS_INTERNAL = 16,
} acxvad_status;

/**
 * Kinds of events.
 */
typedef enum {
  /**
   * Nothing has happened since the last one.
   */
  ACXVAD_EVENT_KIND_NONE = 0,
  /**
   * The device went.
   */
  ACXVAD_EVENT_KIND_GONE = 1,
  /**
   * It is there again, and the stream begins anew.
   */
  ACXVAD_EVENT_KIND_BACK = 2,
  /**
   * Packets were silence, for the program came late.
   */
  ACXVAD_EVENT_KIND_UNDERRUN = 3,
  /**
   * Packets are missing, for the program came late.
   */
  ACXVAD_EVENT_KIND_OVERRUN = 4,
} acxvad_event_kind;

/**
 * Sample types, for `acxvad_options`.
 */
typedef enum {
  /**
   * 32-bit float.
   */
  ACXVAD_SAMPLE_F32 = 0,
  /**
   * 16-bit integer.
   */
  ACXVAD_SAMPLE_S16 = 1,
  /**
   * 24-bit integer in 3 bytes.
   */
  ACXVAD_SAMPLE_S24 = 2,
  /**
   * 24-bit integer in the upper bytes of 4.
   */
  ACXVAD_SAMPLE_S24_IN32 = 3,
  /**
   * 32-bit integer.
   */
  ACXVAD_SAMPLE_S32 = 4,
} acxvad_sample;

/**
 * Writes what a microphone records.
 */
typedef struct acxvad_feed acxvad_feed;

/**
 * A system: where cables are.
 */
typedef struct acxvad_system acxvad_system;

/**
 * Reads what a speaker plays.
 */
typedef struct acxvad_tap acxvad_tap;

/**
 * How an end is opened. A zero is the usual value, but for `rate` and `channels`.
 */
typedef struct {
  /**
   * Frames a second.
   */
  uint32_t rate;
  /**
   * Channels, 1 to 16.
   */
  uint32_t channels;
  /**
   * One of `acxvad_sample`; 0 is 32-bit float.
   */
  uint32_t sample;
  /**
   * Speaker positions, one bit each, as WAVEFORMATEXTENSIBLE has them; 0 is the usual ones.
   */
  uint32_t mask;
  /**
   * Frames of a packet, from a millisecond to two seconds; 0 is 10 ms. A feed has two packets
   * ahead of the cable.
   */
  uint32_t packet_frames;
  /**
   * How long a call that waits does so for a device that is gone, in milliseconds; 0 is for
   * ever.
   */
  uint32_t patience_ms;
} acxvad_options;

/**
 * What was counted since the feed or tap was opened. A device that came back counts on.
 */
typedef struct {
  /**
   * Packets handed over, or read.
   */
  uint64_t packets;
  /**
   * Packets that the cable needed and the program had not written: each was silence.
   */
  uint64_t underruns;
  /**
   * Packets that were written over before the program read them.
   */
  uint64_t overruns;
  /**
   * How often the device went.
   */
  uint64_t gone;
} acxvad_counts;

/**
 * What happened.
 */
typedef struct {
  /**
   * What it was.
   */
  acxvad_event_kind kind;
  /**
   * The NTSTATUS with which the device went, with ACXVAD_EVENT_KIND_GONE; else 0.
   */
  int32_t ntstatus;
  /**
   * How many packets, with ACXVAD_EVENT_KIND_UNDERRUN and ACXVAD_EVENT_KIND_OVERRUN; else 0.
   */
  uint64_t packets;
} acxvad_event;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Opens the speaker's end of a cable, to write into it. `end` is a name, in any case: the
 * circuit's, such as "Speaker0", the one that people see, or, of a hidden end, the one that people
 * see at the other end of its cable.
 */
acxvad_status acxvad_feed_open(acxvad_system *system,
                               const char *end,
                               const acxvad_options *options,
                               acxvad_feed **feed);

/**
 * Writes audio of so many bytes, and waits for room. The stream starts with its second packet.
 */
acxvad_status acxvad_feed_write(acxvad_feed *feed, const void *frames, size_t bytes);

/**
 * Writes as many of these bytes as there is room for, in whole frames, and waits for nothing. How
 * many they were goes to `taken`. A packet that was filled before its time is handed over by a
 * later call, be it one with no bytes. ACXVAD_STATUS_GONE while the device is gone.
 */
acxvad_status acxvad_feed_try_write(acxvad_feed *feed,
                                    const void *frames,
                                    size_t bytes,
                                    size_t *taken);

/**
 * Fills the packet that is not full with silence, and waits until all has been played.
 */
acxvad_status acxvad_feed_drain(acxvad_feed *feed);

/**
 * Frames that are played before what is written next. The microphone's end records it the cable's
 * delay later: 10 ms.
 */
acxvad_status acxvad_feed_latency(acxvad_feed *feed, uint64_t *frames);

/**
 * What was counted.
 */
acxvad_status acxvad_feed_counts(acxvad_feed *feed, acxvad_counts *counts);

/**
 * What happened, one event at a time; ACXVAD_EVENT_KIND_NONE when there is no more. The newest 64
 * are kept.
 */
acxvad_status acxvad_feed_event(acxvad_feed *feed, acxvad_event *event);

/**
 * Closes it. What was written and has not been played is not heard: acxvad_feed_drain waits
 * for it.
 */
acxvad_status acxvad_feed_close(acxvad_feed *feed);

/**
 * A sentence for a status, in English. It is never freed; "unknown status" for a number that is
 * none.
 */
const char *acxvad_status_text(int status);

/**
 * What happened in the last call of this thread that failed; empty if none did. It is there until
 * another call of this thread fails.
 */
const char *acxvad_error_text(void);

/**
 * The version of the library, such as "0.1.0". It is never freed.
 */
const char *acxvad_version(void);

/**
 * Opens the installed driver (Windows): nothing is started. `service` is its service, NULL is
 * "acxvad".
 */
acxvad_status acxvad_installed_open(const char *service, acxvad_system **system);

/**
 * Starts the driver in this process, where it is not installed. A process has one such system at a
 * time. `settings` are `count` texts, each NAME=VALUE, such as "Cables=2"; NULL if there are none.
 * With `virtual_time` (not 0) no time passes but while a call waits, and then as fast as the
 * machine can: the same calls of one thread give the same audio in every run.
 */
acxvad_status acxvad_host_open(const char *const *settings,
                               size_t count,
                               int virtual_time,
                               acxvad_system **system);

/**
 * Closes a system. ACXVAD_STATUS_IN_USE: a feed or a tap of a host is open, and so the system
 * stays open. ACXVAD_STATUS_VIOLATION: it is closed, and the driver had an error that the host
 * saw; please report it with the text of acxvad_error_text.
 */
acxvad_status acxvad_system_close(acxvad_system *system);

/**
 * Lets time pass: in virtual time nothing else does but calls that wait.
 */
acxvad_status acxvad_system_sleep(acxvad_system *system, uint32_t milliseconds);

/**
 * Pulls the device of a host out, for tests of programs. Nothing happens if it is out.
 */
acxvad_status acxvad_host_unplug(acxvad_system *system);

/**
 * Puts the device of a host back.
 */
acxvad_status acxvad_host_plug(acxvad_system *system);

/**
 * Opens the microphone's end of a cable, and starts to record. `end` is a name, in any case: the
 * circuit's, such as "Microphone0", the one that people see, or, of a hidden end, the one that
 * people see at the other end of its cable.
 */
acxvad_status acxvad_tap_open(acxvad_system *system,
                              const char *end,
                              const acxvad_options *options,
                              acxvad_tap **tap);

/**
 * Fills `frames`, of so many bytes, and waits for them.
 */
acxvad_status acxvad_tap_read(acxvad_tap *tap, void *frames, size_t bytes);

/**
 * Reads what is there, at most so many bytes, in whole frames, and waits for nothing. How many
 * bytes they were goes to `read`. ACXVAD_STATUS_GONE while the device is gone.
 */
acxvad_status acxvad_tap_try_read(acxvad_tap *tap, void *frames, size_t bytes, size_t *read);

/**
 * Frames since the oldest one that can be read next went past the microphone's end, at most.
 */
acxvad_status acxvad_tap_latency(acxvad_tap *tap, uint64_t *frames);

/**
 * What was counted.
 */
acxvad_status acxvad_tap_counts(acxvad_tap *tap, acxvad_counts *counts);

/**
 * What happened, one event at a time; ACXVAD_EVENT_KIND_NONE when there is no more. The newest 64
 * are kept.
 */
acxvad_status acxvad_tap_event(acxvad_tap *tap, acxvad_event *event);

/**
 * Closes it. A handle that is closed is known as closed for ever.
 */
acxvad_status acxvad_tap_close(acxvad_tap *tap);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ACXVADIO_H */
