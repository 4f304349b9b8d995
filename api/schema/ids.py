"""Global ids tell the kind: `Organization:iren`, in base64. Wherever an id is asked, a key of the seeds will do."""

from __future__ import annotations

import base64
from binascii import Error as BadBase64

from graph.vocabulary.model import LABELS


def global_id(label: str, key: str) -> str:
    return base64.b64encode(f"{label}:{key}".encode()).decode()


def parse_id(text: str) -> tuple[str | None, str]:
    """The label and key of a global id; without a label for anything else, which is then a key.

    The ids of all labels begin with a capital letter, so no key is mistaken for one."""
    try:
        label, colon, key = base64.b64decode(text, validate=True).decode().partition(":")
    except (BadBase64, ValueError):
        return None, text
    return (label, key) if colon and label in LABELS else (None, text)


def key_for(text: str, label: str) -> str | None:
    """The key that an id or key names among rows of `label`; None when it is the id of another kind."""
    given, key = parse_id(text)
    return key if given in (None, label) else None
