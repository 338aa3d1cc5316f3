"""Printing that all commands share."""

from __future__ import annotations

import json


def print_json(content: object) -> None:
    """Print `content` as JSON on stdout; NaN can't get in."""
    print(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))
