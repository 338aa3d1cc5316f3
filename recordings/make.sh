#!/bin/sh
# Makes the shipped recordings anew, bit for bit. They are simulated, and each says so in its sidecar.
set -eu
cd "$(dirname "$0")"
imu-ankle simulate single-leg-balance --side left --seed 101 --rate 104 --sway 2.6 --out left-steady.csv
imu-ankle simulate single-leg-balance --side right --seed 102 --rate 104 --sway 4.5 --losses 1 --out right-one-loss.csv
rm -f ./*.truth.json
imu-ankle analyze right-one-loss.csv --plot right-one-loss.png >/dev/null
