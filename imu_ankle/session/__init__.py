"""A set or a session with somebody who does it: sources, conductor, guide; whoever shows it."""
