"""The history on disk: recordings, sidecars and scores are the truth, the index can be rebuilt."""
