"""A report of one session: gathered as data, then written as one HTML file or as PDF."""
