"""Slow repetitions of a part of the body that stays where it is, found on its tilt."""
