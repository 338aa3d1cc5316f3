"""The edge to the radio: scanning, links, and streams that outlive them.

Only `link` knows bleak.
"""
