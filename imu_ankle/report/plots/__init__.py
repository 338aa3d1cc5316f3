"""Pictures: the only floor that imports matplotlib."""
