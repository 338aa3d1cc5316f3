/* AnkleIMU v1, the part of the firmware that knows no board. See ankle_imu.h. */
#include "ankle_imu.h"

enum { MAJOR = 1, HEADER_BYTES = 8, SAMPLE_BYTES = 12, ATT_BYTES = 3, SMALLEST_MTU = 23 };
enum { START = 1, STOP, RESEND, TIME, MARK, LED, LOG_START, LOG_STOP, LOG_FETCH, REBOOT_DFU };
static const uint32_t CLOCK_HZ = 1000000u, DFU_MAGIC = 0x5546440Au;

/* Appends a u16, low byte first. */
static uint8_t *put16(uint8_t *p, uint16_t value)
{
    *p++ = (uint8_t)value;
    *p++ = (uint8_t)(value >> 8);
    return p;
}

/* Appends a u32, low byte first. */
static uint8_t *put32(uint8_t *p, uint32_t value)
{
    return put16(put16(p, (uint16_t)value), (uint16_t)(value >> 16));
}

/* Appends the tag and length of an entry of INFO. */
static uint8_t *put_tag(uint8_t *p, uint8_t tag, uint8_t len)
{
    *p++ = tag;
    *p++ = len;
    return p;
}

/* Appends an entry of INFO that is a float. */
static uint8_t *put_float(uint8_t *p, uint8_t tag, float value)
{
    union { float f; uint32_t bits; } both = {value};
    return put32(put_tag(p, tag, 4), both.bits);
}

/* Reads a u16. */
static uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] | (p[1] << 8)); }

/* Reads a u32. */
static uint32_t get32(const uint8_t *p) { return get16(p) | ((uint32_t)get16(p + 2) << 16); }

/* Returns the smaller one. */
static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Returns the larger one. */
static uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }

size_t ankle_pack(uint8_t *out, uint8_t type, uint8_t flags, uint32_t idx, uint32_t t_us,
                  const ankle_row *ring, uint32_t capacity, uint32_t n)
{
    uint8_t *p = put_tag(out, (uint8_t)(type << 4 | MAJOR), flags);
    p = put32(put16(p, (uint16_t)idx), t_us);
    for (uint32_t i = idx; i != idx + n; i++)
        for (int k = 0; k < 6; k++) p = put16(p, (uint16_t)ring[i % capacity].raw[k]);
    return (size_t)(p - out);
}

bool ankle_measuring(const ankle_dev *dev)
{
    return dev->state == ANKLE_STREAMING || dev->state == ANKLE_BUFFERING;
}

/* Changes the state; a change is news for the host. */
static void enter(ankle_dev *dev, uint8_t state)
{
    dev->status_due = dev->status_due || dev->state != state;
    dev->state = state;
}

/* Gives up sending live what lies below `idx`; it stays in the ring. */
static void skip_to(ankle_dev *dev, uint32_t idx)
{
    if (idx <= dev->live) return;
    dev->dropped += idx - dev->live;
    dev->live = idx;
    dev->next_flags |= ANKLE_DROPPED;
}

/* Gives up the oldest of what waits beyond the queue's length, but nothing that is on offer. */
static void limit_queue(ankle_dev *dev)
{
    uint32_t length = least((uint32_t)ANKLE_QUEUE_S * get16(dev->config + 2), dev->capacity);
    if (dev->out_type == 0 && dev->total > length) skip_to(dev, dev->total - length);
}

/* Returns the oldest index that can be resent. */
static uint32_t oldest(const ankle_dev *dev)
{
    return most(dev->floor, dev->total - least(dev->total, dev->capacity));
}

/* Begins a base: index and time start anew. */
static void new_base(ankle_dev *dev)
{
    dev->total = dev->live = dev->floor = dev->missed_from = dev->dropped = 0;
    dev->n_spans = dev->out_type = 0;
    dev->ending = false;
    dev->next_flags = ANKLE_RESTARTED;
    dev->boot_id++;
    dev->status_due = true;
}

void ankle_init(ankle_dev *dev, ankle_row *ring, uint32_t capacity, ankle_apply apply, void *board,
                uint16_t last_boot_id)
{
    const ankle_dev blank = {0};
    *dev = blank;
    dev->ring = ring;
    dev->capacity = least(capacity, 65535u); /* beyond, an index of 16 bits would be ambiguous */
    dev->apply = apply;
    dev->board = board;
    dev->boot_id = (uint16_t)(last_boot_id + 1u);
    dev->temp_c100 = INT16_MIN;
    dev->config[0] = MAJOR;
    put32(dev->config + 8, CLOCK_HZ);
}

/* Decides on CONFIG. */
static uint8_t configure(ankle_dev *dev, const uint8_t *b, size_t len)
{
    if (len != ANKLE_CONFIG_BYTES) return ANKLE_BAD_LENGTH;
    if (b[0] != MAJOR) return ANKLE_BAD_VERSION;
    if (ankle_measuring(dev)) return ANKLE_BAD_STATE;
    if (b[12] != 0 || b[13] > 2) return ANKLE_BAD_ARG; /* axis map, side */
    if (!dev->apply(dev->board, get16(b + 2), b[4], get16(b + 5), &dev->facts))
        return ANKLE_BAD_ARG;
    for (int i = 2; i < 7; i++)
        if (b[i] != dev->config[i]) { /* what the ring holds has another rate or scale */
            skip_to(dev, dev->total);
            dev->floor = dev->total;
            dev->n_spans = dev->out_type = 0;
        }
    for (int i = 2; i < 8; i++) dev->config[i] = b[i];
    dev->config[13] = b[13];
    enter(dev, ANKLE_READY);
    return ANKLE_OK;
}

uint8_t ankle_config_write(ankle_dev *dev, const uint8_t *bytes, size_t len)
{
    return dev->last_err = configure(dev, bytes, len);
}

size_t ankle_config_read(const ankle_dev *dev, uint8_t out[ANKLE_CONFIG_BYTES])
{
    for (int i = 0; i < ANKLE_CONFIG_BYTES; i++) out[i] = dev->config[i];
    return ANKLE_CONFIG_BYTES;
}

/* Begins a stream, or goes on with the one that has this epoch. */
static uint8_t start(ankle_dev *dev, uint32_t epoch)
{
    if (dev->state == ANKLE_IDLE) return ANKLE_BAD_STATE;
    if (!ankle_measuring(dev) || epoch != dev->epoch) {
        if (dev->battery_low) return ANKLE_LOW_BATT;
        new_base(dev);
        dev->epoch = epoch;
    }
    enter(dev, ANKLE_STREAMING);
    return ANKLE_OK;
}

/* Ends the stream; what waits is still sent, and the last packet says so. */
static uint8_t stop(ankle_dev *dev, uint32_t now_us)
{
    if (!ankle_measuring(dev)) return ANKLE_OK;
    dev->ending = true;
    dev->end_us = now_us;
    enter(dev, ANKLE_READY);
    return ANKLE_OK;
}

/* Notes which samples are to be sent again. */
static uint8_t resend(ankle_dev *dev, uint16_t idx_from, uint16_t count)
{
    if (dev->state != ANKLE_STREAMING && dev->state != ANKLE_READY) return ANKLE_BAD_STATE;
    uint32_t ago = (uint16_t)(dev->total - idx_from - 1u); /* how far below the latest sample */
    if (ago >= dev->total) return ANKLE_NOT_AVAILABLE;
    uint32_t from = dev->total - 1u - ago, to = from + least(count, ago + 1u);
    from = most(from, oldest(dev));
    if (from >= to) return ANKLE_NOT_AVAILABLE;
    if (dev->n_spans == ANKLE_SPANS) return ANKLE_BUSY;
    dev->spans[dev->n_spans][0] = from;
    dev->spans[dev->n_spans++][1] = to;
    return ANKLE_OK;
}

/* Notes a question for the time. */
static uint8_t ask_time(ankle_dev *dev, uint32_t nonce, uint32_t now_us)
{
    dev->time_due = true;
    dev->time_nonce = nonce;
    dev->time_us = now_us;
    return ANKLE_OK;
}

/* Notes that the board shall restart into its loader. */
static uint8_t reboot(ankle_dev *dev, uint32_t magic)
{
    if (magic != DFU_MAGIC) return ANKLE_BAD_ARG;
    if (!dev->dfu_allowed) return ANKLE_NOT_AVAILABLE;
    if (ankle_measuring(dev)) return ANKLE_BAD_STATE;
    dev->reboot_dfu = true;
    return ANKLE_OK;
}

/* Obeys a command. */
static uint8_t obey(ankle_dev *dev, const uint8_t *b, size_t len, uint32_t now_us)
{
    static const uint8_t lengths[] = {0, 5, 1, 5, 5, 1, 1, 1, 1, 3, 5};
    if (len == 0 || b[0] < START || b[0] > REBOOT_DFU || len != lengths[b[0]]) return ANKLE_BAD_ARG;
    switch (b[0]) {
    case START: return start(dev, get32(b + 1));
    case STOP: return stop(dev, now_us);
    case RESEND: return resend(dev, get16(b + 1), get16(b + 3));
    case TIME: return ask_time(dev, get32(b + 1), now_us);
    case MARK: ankle_mark(dev); return ANKLE_OK;
    case LED: dev->identify = true; return ANKLE_OK;
    case REBOOT_DFU: return reboot(dev, get32(b + 1));
    default: return ANKLE_NOT_AVAILABLE; /* the log commands: no flash is used */
    }
}

uint8_t ankle_ctrl_write(ankle_dev *dev, const uint8_t *bytes, size_t len, uint32_t now_us)
{
    return dev->last_err = obey(dev, bytes, len, now_us);
}

size_t ankle_status_read(ankle_dev *dev, uint32_t now_us, uint8_t out[ANKLE_STATUS_BYTES])
{
    limit_queue(dev);
    uint8_t *p = put16(put_tag(out, dev->state, dev->last_err), dev->boot_id);
    p = put32(put32(put32(p, now_us), dev->total), dev->dropped);
    put16(put16(p, dev->battery_mv), (uint16_t)dev->temp_c100);
    return ANKLE_STATUS_BYTES;
}

size_t ankle_info_read(const ankle_dev *dev, uint8_t out[ANKLE_INFO_MAX])
{
    const ankle_facts *facts = &dev->facts;
    uint8_t len = 0, *p = out + 2;
    while (facts->chip && len < ANKLE_CHIP_MAX && facts->chip[len])
        *p++ = (uint8_t)facts->chip[len++];
    put_tag(out, 0x01, len);
    if (dev->state != ANKLE_IDLE) { /* before CONFIG nothing of it is in force */
        p = put_float(p, 0x02, facts->acc_g_per_lsb);
        p = put_float(p, 0x03, facts->gyr_dps_per_lsb);
        p = put_float(p, 0x04, facts->rate_hz);
        p = put16(put_tag(p, 0x05, 2), facts->acc_g);
        p = put16(put_tag(p, 0x06, 2), facts->gyr_dps);
    }
    p = put_tag(p, 0x07, 8);
    for (int i = 0; i < 8; i++) *p++ = dev->serial[i];
    p = put32(put_tag(p, 0x08, 4), dev->capacity);
    p = put32(put_tag(p, 0x09, 4), 0); /* bytes of flash */
    return (size_t)(p - out);
}

void ankle_sample(ankle_dev *dev, const int16_t raw[6], uint32_t t_us)
{
    if (dev->state == ANKLE_BUFFERING && dev->total - dev->missed_from >= dev->capacity)
        enter(dev, ANKLE_READY); /* the first missed sample would be overwritten */
    if (!ankle_measuring(dev)) return;
    ankle_row *row = &dev->ring[dev->total++ % dev->capacity];
    for (int k = 0; k < 6; k++) row->raw[k] = raw[k];
    row->t_us = t_us;
    if (dev->state == ANKLE_BUFFERING) skip_to(dev, dev->total);
}

void ankle_restart(ankle_dev *dev)
{
    if (ankle_measuring(dev)) new_base(dev);
}

void ankle_mark(ankle_dev *dev) { dev->next_flags |= ANKLE_MARKED; }

void ankle_disconnected(ankle_dev *dev)
{
    if (dev->state == ANKLE_STREAMING) {
        dev->missed_from = dev->live;
        enter(dev, ANKLE_BUFFERING);
    }
    skip_to(dev, dev->total);
    dev->ending = dev->time_due = false;
    dev->n_spans = dev->out_type = 0;
}

/* Returns the flags of clipped samples among those on offer. */
static uint8_t clipped(const ankle_dev *dev)
{
    uint8_t flags = 0;
    for (uint32_t i = dev->out_idx; i != dev->out_idx + dev->out_n; i++)
        for (int k = 0; k < 6; k++) {
            int value = dev->ring[i % dev->capacity].raw[k];
            int edge = k < 3 ? dev->facts.acc_clip : dev->facts.gyr_clip;
            if (value >= edge || value <= -edge)
                flags |= k < 3 ? ANKLE_ACC_CLIPPED : ANKLE_GYR_CLIPPED;
        }
    return flags;
}

/* Chooses what is on offer: live before resent, so that resending never delays live. */
static void choose(ankle_dev *dev, uint32_t room)
{
    uint32_t n = least(room, most(1, get16(dev->config + 2) / 26u)); /* 1/26 s */
    uint32_t waiting = dev->total - dev->live;
    bool full = dev->state == ANKLE_STREAMING && waiting >= n;
    if (full || dev->ending) {
        dev->out_type = waiting > 0 ? ANKLE_LIVE : ANKLE_EVENT;
        dev->out_idx = dev->live;
        dev->out_n = least(n, waiting);
        dev->out_flags = dev->next_flags;
        if (dev->ending && dev->out_n == waiting) dev->out_flags |= ANKLE_LAST;
        return;
    }
    for (; dev->n_spans > 0; dev->n_spans--) {
        uint32_t from = most(dev->spans[0][0], oldest(dev)), to = dev->spans[0][1];
        if (from < to) { /* else it is done, or was overwritten in the meantime */
            dev->out_type = ANKLE_RESENT;
            dev->out_idx = from;
            dev->out_n = least(room, to - from);
            dev->out_flags = 0;
            return;
        }
        for (uint32_t i = 1; i < dev->n_spans; i++)
            for (int k = 0; k < 2; k++) dev->spans[i - 1][k] = dev->spans[i][k];
    }
}

size_t ankle_next_packet(ankle_dev *dev, uint16_t att_mtu, uint8_t *out)
{
    uint32_t room = (most(att_mtu, SMALLEST_MTU) - ATT_BYTES - HEADER_BYTES) / SAMPLE_BYTES;
    if (dev->config[7] > 0) room = least(room, dev->config[7]);
    dev->out_type = 0;
    limit_queue(dev);
    choose(dev, room);
    if (dev->out_type == 0) return 0;
    uint32_t t_us = dev->out_n > 0 ? dev->ring[dev->out_idx % dev->capacity].t_us : dev->end_us;
    uint8_t flags = (uint8_t)(dev->out_flags | clipped(dev));
    return ankle_pack(out, dev->out_type, flags, dev->out_idx, t_us, dev->ring, dev->capacity,
                      dev->out_n);
}

void ankle_sent(ankle_dev *dev)
{
    if (dev->out_type == ANKLE_RESENT) {
        dev->spans[0][0] = dev->out_idx + dev->out_n;
    } else if (dev->out_type != 0) {
        dev->live += dev->out_n;
        dev->next_flags &= (uint8_t)~dev->out_flags;
        dev->ending = dev->ending && !(dev->out_flags & ANKLE_LAST);
    }
    dev->out_type = 0;
}

size_t ankle_next_status(ankle_dev *dev, uint32_t now_us, uint8_t out[ANKLE_STATUS_BYTES])
{
    bool asked = dev->time_due, news = dev->status_due;
    dev->time_due = false;
    if (asked) return (size_t)(put32(put32(out, dev->time_nonce), dev->time_us) - out);
    dev->status_due = false;
    return news ? ankle_status_read(dev, now_us, out) : 0;
}
