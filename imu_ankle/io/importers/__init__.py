"""Files of other programs, recognised by their content.

To add one: a module and a line below; a plain table with units in its header: a line in `described`.
"""

from imu_ankle.io.importers import (
    core_motion,
    described,
    generic,
    movesense,
    sensor_logger,
    sensorlog,
    shimmer,
    xsens_dot,
    xsens_mt,
)
from imu_ankle.io.importers.table import Importer

# in order of trial; the generic one takes what the others leave
IMPORTERS: tuple[Importer, ...] = (
    *described.IMPORTERS,
    xsens_mt.IMPORTER,
    xsens_dot.IMPORTER,
    shimmer.IMPORTER,
    core_motion.IMPORTER,
    sensor_logger.IMPORTER,
    sensorlog.IMPORTER,
    movesense.IMPORTER,
    generic.IMPORTER,
)
