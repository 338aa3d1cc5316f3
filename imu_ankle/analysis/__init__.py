"""From a recording to a result: preprocessing, finding repetitions, measuring them."""
