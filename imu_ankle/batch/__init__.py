"""Many recordings at once: one pure function, run here, by a pool, or by a cluster."""
