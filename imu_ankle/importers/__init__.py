"""Files of other programs, recognised by their content. To add one: a module and a line below."""

from imu_ankle.importers import generic, ngimu, xsens_dot
from imu_ankle.importers.table import Importer

# in order of trial; the generic one takes what the others leave
IMPORTERS: tuple[Importer, ...] = (ngimu.IMPORTER, xsens_dot.IMPORTER, generic.IMPORTER)
