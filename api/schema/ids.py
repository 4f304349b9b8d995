"""Global ids: label and key, such as `Organization:iren`, in base64. Every argument for an id also takes a key of the
seeds."""

from __future__ import annotations

import base64
from binascii import Error as BadBase64

from graph.vocabulary.model import LABELS


def global_id(label: str, key: str) -> str:
    return base64.b64encode(f"{label}:{key}".encode()).decode()


def parse_id(text: str) -> tuple[str | None, str]:
    """The label and key of a global id. Any other text is a key; its label is None.

    The base64 of every label begins with a capital letter, so no key is mistaken for a global id."""
    try:
        label, colon, key = base64.b64decode(text, validate=True).decode().partition(":")
    except (BadBase64, ValueError):
        return None, text
    return (label, key) if colon and label in LABELS else (None, text)


def key_for(text: str, label: str) -> str | None:
    """The key of a global id or key among rows of `label`; None for the global id of another label."""
    id_label, key = parse_id(text)
    return key if id_label in (None, label) else None
