"""Feet that stand: static ones, and standing on one leg."""
