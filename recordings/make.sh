#!/bin/sh
# Makes the shipped recordings anew, bit for bit. They are simulated, and each says so in its sidecar.
set -eu
cd "$(dirname "$0")"

# day, seed of its first recording, wearer, sway of the left and of the right foot in deg/s
session() {
    mkdir -p "$1"
    simulate="imu-ankle simulate --wearer $3 --rate 104 --started-at $1T18:0"
    for side in left right; do
        sway=$4
        if [ "$side" = right ]; then sway=$5; fi
        $simulate"0:00+01:00" single-leg-balance --side $side --sway "$sway" --losses "$6" --seed $(($2)) --out "$1/single-leg-balance-$side.csv"
        $simulate"4:00+01:00" lateral-hops --side $side --seed $(($2 + 2)) --out "$1/lateral-hops-$side.csv"
        set -- "$1" $(($2 + 1)) "$3" "$4" "$5" 0
    done
    $simulate"8:00+01:00" jump-squats --side left --seed $(($2 + 2)) --out "$1/jump-squats-left.csv"
}

session 2026-10-04 101 recovering 5.2 6.4 1
session 2026-10-11 111 novice 4.6 5.8 0
session 2026-10-18 121 novice 4.4 4.9 0
session 2026-10-25 131 expert 3.6 4.3 0
rm -f ./*/*.truth.json
# three months for a picture of progress; the recordings of it aren't kept
season=$(mktemp -d)
trap 'rm -rf "$season"' EXIT
TZ=UTC python3 -c "
import datetime, pathlib, imu_ankle
imu_ankle.write_season('runner', home=pathlib.Path('$season'), last_day=datetime.date(2026, 11, 22))"
TZ=UTC imu-ankle trends --data "$season" --exercise single-leg-balance --metric sway_rms_dps --png progress.png >/dev/null
imu-ankle analyze 2026-10-25/lateral-hops-left.csv --plot lateral-hops.png >/dev/null
