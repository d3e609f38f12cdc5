"""Prompts as numbers. src/emoji/prompt-ids.ts does the same; test/emoji.test.ts compares the two."""

import re

BUCKETS = 4095
STOP_WORDS = {"a", "an", "and", "at", "image", "in", "of", "on", "photo", "picture", "the", "to", "with"}


def fnv1a(text):
    """32-bit FNV-1a of the UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def prompt_ids(prompt):
    """Sorted distinct ids in 1..BUCKETS: one for each word and for each three characters of it."""
    words = [word for word in re.findall(r"[a-z0-9]+", prompt.lower()) if word not in STOP_WORDS]
    pieces = set()
    for word in words:
        pieces.add(word)
        framed = f"^{word}$"
        pieces.update("#" + framed[at : at + 3] for at in range(len(framed) - 2))
    return sorted({1 + fnv1a(piece) % BUCKETS for piece in pieces})
