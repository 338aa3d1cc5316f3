"""Run the command line with ``python -m imu_ankle``."""

from imu_ankle.cli import main

main()
