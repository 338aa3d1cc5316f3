"""Simulated wearers, for tests, demonstrations and shipped recordings.

Truth is a trajectory; what a sensor would read is derived from it. This package knows nothing of the
analysis, and the analysis nothing of it.
"""
