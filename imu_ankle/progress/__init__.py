"""Progress over sessions: pure functions from a tidy table to values, noise and verdicts."""
