"""Pure functions on arrays: they know nothing of recordings, exercises or files."""
