/* AnkleIMU v1, the part of the firmware that knows no board: packets, ring, states.
 * Portable C99 without libc and malloc; the specification is ../ankle_imu_v1.md.
 * Calls must not overlap: make them from one task, or put a lock around each of them. */
#ifndef ANKLE_IMU_H
#define ANKLE_IMU_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

enum { ANKLE_IDLE, ANKLE_READY, ANKLE_STREAMING, ANKLE_BUFFERING };
enum { ANKLE_LIVE = 1, ANKLE_RESENT = 2, ANKLE_EVENT = 3 };
enum { ANKLE_DROPPED = 0x01, ANKLE_ACC_CLIPPED = 0x02, ANKLE_GYR_CLIPPED = 0x04,
       ANKLE_LAST = 0x08, ANKLE_RESTARTED = 0x10, ANKLE_MARKED = 0x20 };
enum { ANKLE_OK = 0, ANKLE_BAD_LENGTH = 0x0D, ANKLE_BAD_STATE = 0x80, ANKLE_BAD_ARG = 0x81,
       ANKLE_BAD_VERSION = 0x82, ANKLE_BUSY = 0x83, ANKLE_NOT_AVAILABLE = 0x84,
       ANKLE_LOW_BATT = 0x85 };
enum { ANKLE_CONFIG_BYTES = 16, ANKLE_STATUS_BYTES = 20, ANKLE_INFO_MAX = 96, ANKLE_CHIP_MAX = 32,
       ANKLE_QUEUE_S = 4, ANKLE_SPANS = 8 };

/* One sample of the ring: ax ay az gx gy gz as the chip gives them, and when. */
typedef struct { int16_t raw[6]; uint32_t t_us; } ankle_row;

/* What is in force after CONFIG; raw values from the clip values on count as clipped. */
typedef struct {
    const char *chip;
    float acc_g_per_lsb, gyr_dps_per_lsb, rate_hz;
    uint16_t acc_g, gyr_dps;
    int16_t acc_clip, gyr_clip;
} ankle_facts;

/* Sets the chip up as wished and fills in the facts; false, and nothing done, if not offered. */
typedef bool (*ankle_apply)(void *board, uint16_t rate_hz, uint8_t acc_g, uint16_t gyr_dps,
                            ankle_facts *facts);

typedef struct {
    /* written by the board; 0 mV and INT16_MIN mean not measured */
    uint16_t battery_mv;
    int16_t temp_c100;
    bool battery_low, dfu_allowed;
    uint8_t serial[8];
    /* acted on, and cleared, by the board */
    bool identify, reboot_dfu;
    /* private */
    ankle_apply apply;
    void *board;
    ankle_facts facts;
    ankle_row *ring;
    uint32_t capacity, epoch, dropped, end_us, time_nonce, time_us;
    uint32_t total;       /* index of the next sample */
    uint32_t live;        /* index of the next one to be sent live */
    uint32_t floor;       /* nothing older may be resent */
    uint32_t missed_from; /* while buffering: the first one that the host hasn't got */
    uint16_t boot_id;
    uint8_t state, last_err, next_flags, config[ANKLE_CONFIG_BYTES];
    bool ending;          /* stopped, but the last packet isn't sent yet */
    bool status_due, time_due;
    uint8_t out_type, out_flags; /* the packet on offer; type 0: none */
    uint32_t out_idx, out_n;
    uint32_t spans[ANKLE_SPANS][2], n_spans; /* asked for again: from, to */
} ankle_dev;

/* Prepares a sensor; the boot id goes on from the one before this boot (or a random one). */
void ankle_init(ankle_dev *dev, ankle_row *ring, uint32_t capacity, ankle_apply apply, void *board,
                uint16_t last_boot_id);
/* Takes a write of CONFIG; returns 0 or the ATT error to answer with. */
uint8_t ankle_config_write(ankle_dev *dev, const uint8_t *bytes, size_t len);
/* Takes a write of CTRL; returns 0 or the ATT error to answer with. */
uint8_t ankle_ctrl_write(ankle_dev *dev, const uint8_t *bytes, size_t len, uint32_t now_us);
/* Writes the value of CONFIG; returns its length. */
size_t ankle_config_read(const ankle_dev *dev, uint8_t out[ANKLE_CONFIG_BYTES]);
/* Writes the value of STATUS; returns its length. */
size_t ankle_status_read(ankle_dev *dev, uint32_t now_us, uint8_t out[ANKLE_STATUS_BYTES]);
/* Writes the value of INFO; returns its length. */
size_t ankle_info_read(const ankle_dev *dev, uint8_t out[ANKLE_INFO_MAX]);
/* Takes a sample; without a stream it is forgotten. */
void ankle_sample(ankle_dev *dev, const int16_t raw[6], uint32_t t_us);
/* Samples were lost before they could be counted: index and time base begin anew. */
void ankle_restart(ankle_dev *dev);
/* Somebody pressed the button, or tapped. */
void ankle_mark(ankle_dev *dev);
/* The host went away. */
void ankle_disconnected(ankle_dev *dev);
/* Returns whether the chip has to measure. */
bool ankle_measuring(const ankle_dev *dev);
/* Offers the next DATA packet, or returns 0; nothing counts as sent until ankle_sent(). */
size_t ankle_next_packet(ankle_dev *dev, uint16_t att_mtu, uint8_t *out);
/* The radio took the packet on offer. */
void ankle_sent(ankle_dev *dev);
/* Writes the next STATUS notification (8 bytes: answer to TIME, 20: status), or returns 0. */
size_t ankle_next_status(ankle_dev *dev, uint32_t now_us, uint8_t out[ANKLE_STATUS_BYTES]);
/* Writes a packet of `n` samples of a ring from index `idx` on; returns its length. */
size_t ankle_pack(uint8_t *out, uint8_t type, uint8_t flags, uint32_t idx, uint32_t t_us,
                  const ankle_row *ring, uint32_t capacity, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
