/* UNVERIFIED: never compiled for or run on a board; the portable part (ankle_imu.c) is tested,
 * this is not. Take it as a list of what a board has to do, and check it against the documents
 * of the board, the chip and the core.
 *
 * AnkleIMU v1 on a Seeed XIAO nRF52840 Sense (LSM6DS3TR-C) with the board package "Seeed nRF52
 * Boards" (the Bluefruit one, not the mbed one). Put this file, ankle_imu.h and ankle_imu.c into
 * a folder named board_xiao and open it with the Arduino IDE. */
#include <Wire.h>
#include <bluefruit.h>
#include "ankle_imu.h"

enum { IMU = 0x6A, MTU = 247, RING = 6000 /* samples of 16 bytes: 28 s at 208 Hz */ };
enum { FIFO_CTRL1 = 0x06, FIFO_CTRL2, FIFO_CTRL3, FIFO_CTRL5 = 0x0A, INT1_CTRL = 0x0D,
       CTRL1_XL = 0x10, CTRL2_G, CTRL3_C, FIFO_STATUS1 = 0x3A, FIFO_DATA = 0x3E };

static ankle_row ring[RING];
static ankle_dev dev;
static SemaphoreHandle_t mutex;
struct Lock {  // round every call of ankle_*, every use of Wire1 and of the timer's channel 1
    Lock() { xSemaphoreTake(mutex, portMAX_DELAY); }
    ~Lock() { xSemaphoreGive(mutex); }
};
#define UUID(n) {0x01,0x00,0x7e,0x5a,0x1d,0x0c,0x2f,0x9d,0x1b,0x4c,0x1e,0x5a,n,0x00,0xea,0xa7}
static const uint8_t uuids[][16] = {UUID(1), UUID(2), UUID(3), UUID(4), UUID(5), UUID(6)};
static BLEService service(uuids[0]);
static BLECharacteristic data(uuids[1]), ctrl(uuids[2]), config(uuids[3]), status(uuids[4]), info(uuids[5]);
static BLEDis dis;
static BLEBas battery;

// The clock: a 32-bit timer that counts microseconds of the crystal. TIMER0 is the radio's.
static uint32_t capture(uint8_t channel) {  // channel 0: interrupt, 1: everybody else
    NRF_TIMER4->TASKS_CAPTURE[channel] = 1;
    return NRF_TIMER4->CC[channel];
}
static void clock_begin() {
    sd_clock_hfclk_request();
    NRF_TIMER4->BITMODE = TIMER_BITMODE_BITMODE_32Bit;
    NRF_TIMER4->PRESCALER = 4;  // 16 MHz / 2^4
    NRF_TIMER4->TASKS_START = 1;
}
static volatile uint32_t edge_us;
static volatile bool edge;
static void on_watermark() { edge_us = capture(0); edge = true; }

// The chip.
static void put(uint8_t reg, uint8_t value) {
    Wire1.beginTransmission(IMU);
    Wire1.write(reg);
    Wire1.write(value);
    Wire1.endTransmission();
}
static void get(uint8_t reg, uint8_t *to, uint8_t len) {
    Wire1.beginTransmission(IMU);
    Wire1.write(reg);
    Wire1.endTransmission(false);
    Wire1.requestFrom(IMU, (int)len);
    while (len--) *to++ = (uint8_t)Wire1.read();
}
static uint8_t rate_code;
static uint32_t watermark, taken, last_us, last_at;  // samples; those of the last watermark
static float period_us;
static void fifo_begin() {  // empties it, too
    put(FIFO_CTRL5, 0);
    put(FIFO_CTRL1, (uint8_t)(watermark * 6));  // in words of 16 bits
    put(FIFO_CTRL2, 0);
    put(FIFO_CTRL3, 0x09);                            // both sensors, none decimated
    put(FIFO_CTRL5, (uint8_t)(rate_code << 3 | 6));   // continuous
    edge = false;
    taken = last_at = 0;
    last_us = capture(1);
}
static bool apply(void *, uint16_t rate, uint8_t acc_g, uint16_t gyr_dps, ankle_facts *facts) {
    uint8_t code = rate == 52 ? 3 : rate == 104 ? 4 : rate == 208 ? 5 : rate == 416 ? 6 : 0;
    int acc = acc_g == 2 ? 0 : acc_g == 16 ? 1 : acc_g == 4 ? 2 : acc_g == 8 ? 3 : -1;
    int gyr = gyr_dps == 250 ? 0 : gyr_dps == 500 ? 1 : gyr_dps == 1000 ? 2 : gyr_dps == 2000 ? 3 : -1;
    if (!code || acc < 0 || gyr < 0) return false;
    rate_code = code;
    watermark = rate / 26;
    period_us = 1e6f / rate;
    put(CTRL1_XL, (uint8_t)(code << 4 | acc << 2));
    put(CTRL2_G, (uint8_t)(code << 4 | gyr << 2));
    fifo_begin();
    // 0.061 mg at 2 g and 8.75 mdps at 250 deg/s per count; the named range ends at count 28571
    *facts = {"LSM6DS3TR-C", 0.000061f * acc_g / 2, 0.00875f * gyr_dps / 250, (float)rate,
              acc_g, gyr_dps, 32760, 28571};
    return true;
}
static void drain() {
    uint8_t state[2], bytes[12];
    uint32_t us = edge_us, at = taken + watermark;  // so many samples were there at the interrupt
    get(FIFO_STATUS1, state, 2);
    if (state[1] & 0x40) {  // overrun: nobody knows how many are lost
        ankle_restart(&dev);
        fifo_begin();
        return;
    }
    if (last_at) period_us = (float)(us - last_us) / (float)(at - last_at);  // as this clock sees it
    last_us = us;
    last_at = at;
    for (uint32_t sets = (state[0] | (state[1] & 7u) << 8) / 6; sets--;) {
        int16_t raw[6];
        get(FIFO_DATA, bytes, 12);  // gyroscope first, then accelerometer
        for (int k = 0; k < 6; k++) raw[(k + 3) % 6] = (int16_t)(bytes[2 * k] | bytes[2 * k + 1] << 8);
        int32_t since = (int32_t)(++taken - at);  // samples after the one that raised the interrupt
        ankle_sample(&dev, raw, us + (uint32_t)(int32_t)((float)since * period_us));
    }
}

// The host.
static void publish() {
    uint8_t bytes[ANKLE_INFO_MAX];
    config.write(bytes, (uint16_t)ankle_config_read(&dev, bytes));
    info.write(bytes, (uint16_t)ankle_info_read(&dev, bytes));
}
static void on_write(uint16_t conn, BLECharacteristic *chr, ble_gatts_evt_write_t *request) {
    Lock lock;
    uint8_t error = chr == &config ? ankle_config_write(&dev, request->data, request->len)
                                   : ankle_ctrl_write(&dev, request->data, request->len, capture(1));
    ble_gatts_rw_authorize_reply_params_t reply = {};
    reply.type = BLE_GATTS_AUTHORIZE_TYPE_WRITE;
    reply.params.write.gatt_status = error ? 0x0100 | error : BLE_GATT_STATUS_SUCCESS;
    reply.params.write.update = !error;
    reply.params.write.len = error ? 0 : request->len;
    reply.params.write.p_data = error ? NULL : request->data;
    sd_ble_gatts_rw_authorize_reply(conn, &reply);
    if (!error && chr == &config) publish();
}
static void on_read_status(uint16_t conn, BLECharacteristic *, ble_gatts_evt_read_t *) {
    Lock lock;
    uint8_t bytes[ANKLE_STATUS_BYTES];
    ble_gatts_rw_authorize_reply_params_t reply = {};
    reply.type = BLE_GATTS_AUTHORIZE_TYPE_READ;
    reply.params.read.gatt_status = BLE_GATT_STATUS_SUCCESS;
    reply.params.read.update = 1;
    reply.params.read.len = (uint16_t)ankle_status_read(&dev, capture(1), bytes);
    reply.params.read.p_data = bytes;
    sd_ble_gatts_rw_authorize_reply(conn, &reply);
}
static void on_connect(uint16_t conn) {
    Bluefruit.Connection(conn)->requestDataLengthUpdate();
    Bluefruit.Connection(conn)->requestMtuExchange(MTU);
}
static void on_disconnect(uint16_t, uint8_t) { Lock lock; ankle_disconnected(&dev); }
static void begin(BLECharacteristic &chr, uint8_t props, uint16_t longest) {
    bool written = props & CHR_PROPS_WRITE;
    chr.setProperties(props);
    chr.setPermission(props == CHR_PROPS_WRITE ? SECMODE_NO_ACCESS : SECMODE_OPEN,
                      written ? SECMODE_OPEN : SECMODE_NO_ACCESS);
    chr.setMaxLen(longest);
    // false: called at once; a queued copy would hold no more than the first byte
    if (written) chr.setWriteAuthorizeCallback(on_write, false);
    if (&chr == &status) chr.setReadAuthorizeCallback(on_read_status, false);
    chr.begin();
}
static uint8_t measure_battery() {  // percent, crude; divider of 1 M over 510 k, reference 3 V
    dev.battery_mv = (uint16_t)(analogRead(PIN_VBAT) * 3000u / 4095u * 1510u / 510u);
    dev.battery_low = dev.battery_mv < 3400;
    return (uint8_t)constrain((dev.battery_mv - 3400) / 8, 0, 100);
}

void setup() {
    mutex = xSemaphoreCreateMutex();
    Bluefruit.configPrphBandwidth(BANDWIDTH_MAX);
    Bluefruit.begin();
    clock_begin();
    uint16_t boot_id = 0;
    sd_rand_application_vector_get((uint8_t *)&boot_id, 2);
    ankle_init(&dev, ring, RING, apply, NULL, boot_id);
    char name[14], serial[17];
    snprintf(name, sizeof name, "AnkleIMU-%04x", (unsigned)(NRF_FICR->DEVICEID[0] & 0xFFFF));
    memcpy(dev.serial, (const void *)NRF_FICR->DEVICEID, 8);
    for (int i = 0; i < 8; i++) snprintf(serial + 2 * i, 3, "%02x", dev.serial[i]);

    pinMode(PIN_LSM6DS3TR_C_POWER, OUTPUT);
    digitalWrite(PIN_LSM6DS3TR_C_POWER, HIGH);
    pinMode(VBAT_ENABLE, OUTPUT);
    digitalWrite(VBAT_ENABLE, LOW);  // and never HIGH while a battery is charged
    pinMode(LED_BLUE, OUTPUT);
    analogReference(AR_INTERNAL_3_0);
    analogReadResolution(12);
    delay(50);
    Wire1.begin();
    Wire1.setClock(400000);
    put(CTRL3_C, 0x44);    // no half-updated values; addresses count up
    put(INT1_CTRL, 0x08);  // the FIFO's watermark
    attachInterrupt(digitalPinToInterrupt(PIN_LSM6DS3TR_C_INT1), on_watermark, RISING);

    Bluefruit.setName(name);
    Bluefruit.Periph.setConnInterval(12, 24);  // 15 to 30 ms
    Bluefruit.Periph.setConnectCallback(on_connect);
    Bluefruit.Periph.setDisconnectCallback(on_disconnect);
    dis.setManufacturer("imu_ankle");
    dis.setModel("AnkleIMU XIAO");
    dis.setSerialNum(serial);
    dis.setFirmwareRev("1.0.0");
    dis.begin();
    battery.begin();
    service.begin();
    begin(data, CHR_PROPS_NOTIFY, MTU - 3);
    begin(ctrl, CHR_PROPS_WRITE, 64);  // longer than needed: wrong lengths are to reach on_write
    begin(config, CHR_PROPS_READ | CHR_PROPS_WRITE, 64);
    begin(status, CHR_PROPS_READ | CHR_PROPS_NOTIFY, ANKLE_STATUS_BYTES);
    begin(info, CHR_PROPS_READ, ANKLE_INFO_MAX);
    publish();
    uint8_t level[] = {0x0F, 0x18, measure_battery()};
    battery.write(level[2]);
    Bluefruit.Advertising.addFlags(BLE_GAP_ADV_FLAGS_LE_ONLY_GENERAL_DISC_MODE);
    Bluefruit.Advertising.addService(service);
    Bluefruit.Advertising.addData(BLE_GAP_AD_TYPE_SERVICE_DATA, level, sizeof level);
    Bluefruit.ScanResponse.addName();
    Bluefruit.Advertising.restartOnDisconnect(true);
    Bluefruit.Advertising.setInterval(32, 160);  // 20 ms at first, then 100 ms
    Bluefruit.Advertising.start(0);
}

void loop() {
    static uint32_t battery_ms, led_ms;
    static bool lit;
    uint8_t bytes[MTU];
    size_t len;
    {
        Lock lock;
        if (edge) { edge = false; drain(); }
        if (ankle_measuring(&dev) && capture(1) - last_us > 1000000) {  // an interrupt was missed
            ankle_restart(&dev);
            fifo_begin();
        }
        if (dev.identify) { dev.identify = false; lit = true; led_ms = millis(); }
        if (millis() - led_ms > 2000) lit = false;
        if (millis() - battery_ms > 30000) { battery_ms = millis(); battery.write(measure_battery()); }
        len = status.notifyEnabled() ? ankle_next_status(&dev, capture(1), bytes) : 0;
    }
    digitalWrite(LED_BLUE, lit ? LOW : HIGH);  // LOW is lit
    if (len) status.notify(bytes, (uint16_t)len);
    for (int i = 0; i < 8 && data.notifyEnabled(); i++) {  // no more: then the FIFO has its turn
        uint16_t mtu = Bluefruit.Connection(Bluefruit.connHandle())->getMtu();
        { Lock lock; len = ankle_next_packet(&dev, mtu < MTU ? mtu : (uint16_t)MTU, bytes); }
        if (!len || !data.notify(bytes, (uint16_t)len)) break;  // waits a while for a buffer
        { Lock lock; ankle_sent(&dev); }
    }
    delay(2);
}
