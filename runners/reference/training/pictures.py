"""The training data: every picture of a color emoji font, and its name."""

import json

import numpy
from PIL import Image, ImageDraw, ImageFont

SIZE = 48
STRIKE = 109
LEFT_OUT = {"Flags", "People & Body"}


def load(font_path, names_path):
    """Returns names and float32 pictures [n, SIZE * SIZE * 3] in 0..1 on white, in the order of the names file."""
    font = ImageFont.truetype(font_path, STRIKE)
    with open(names_path, encoding="utf-8") as file:
        listed = json.load(file)
    names, pictures = [], []
    for characters, facts in listed.items():
        if facts["group"] in LEFT_OUT:
            continue
        bare = characters.replace("\ufe0f", "")
        if len(bare) != 1:  # joined pictures need a text shaper
            continue
        canvas = Image.new("RGBA", (160, 160), (255, 255, 255, 255))
        ImageDraw.Draw(canvas).text((12, 12), bare, font=font, embedded_color=True)
        plain = numpy.asarray(canvas.convert("RGB"))
        inked = numpy.argwhere((plain < 250).any(axis=2))
        if len(inked) < 50:
            continue
        top, left = inked.min(axis=0)
        bottom, right = inked.max(axis=0) + 1
        side = max(bottom - top, right - left) + 6
        box = canvas.convert("RGB").crop((left, top, right, bottom))
        square = Image.new("RGB", (side, side), (255, 255, 255))
        square.paste(box, ((side - box.width) // 2, (side - box.height) // 2))
        small = square.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        names.append(facts["name"])
        pictures.append(numpy.asarray(small, dtype=numpy.float32).reshape(-1) / 255)
    return names, numpy.stack(pictures)
