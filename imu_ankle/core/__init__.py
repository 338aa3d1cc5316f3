"""The nouns, their words and the mathematics on arrays: no input, no output."""
