"""Feet in the air: take-offs and landings, told from steps by what the ball of the foot does."""
