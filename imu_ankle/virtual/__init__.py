"""Sensors without hardware: software peripherals on a software radio, below bleak's public API.

Needs the extra ``virtual``. Nothing here was ever in the air: signal strength, interference and the
pairing dialogs of operating systems are not imitated.
"""
