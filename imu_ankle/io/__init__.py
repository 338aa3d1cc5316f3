"""Files on disk: recordings, sidecars, calibrations. All reading and writing happens here."""
