"""Trains emoji-flow-48 and writes it as ONNX. See README.md in this folder.

Usage: python train.py --font NotoColorEmoji.ttf --names data-by-emoji.json --out ../models/emoji-flow-48
"""

import argparse
import json
import os
import time

import jax
import jax.numpy as jnp
import numpy

import export
import pictures
from prompt_ids import BUCKETS, prompt_ids

COMPONENTS = 160
WIDTH = 288
BLOCKS = 3
TEXT = 96
FREQUENCIES = 16
BATCH = 256
STEPS_PER_CALL = 100
RATE = 2e-3
DROPPED = 0.1
EMA = 0.998


def principal(data):
    """Mean, components [k, pixels] and standard deviations [k] of the data."""
    mean = data.mean(axis=0)
    _, values, rows = numpy.linalg.svd(data - mean, full_matrices=False)
    signs = numpy.sign(rows[numpy.arange(len(rows)), numpy.abs(rows).argmax(axis=1)])
    deviations = values[:COMPONENTS] / numpy.sqrt(len(data))
    return mean, (rows * signs[:, None])[:COMPONENTS], deviations


def initial(key):
    def dense(rows, columns, gain=1.0):
        nonlocal key
        key, part = jax.random.split(key)
        return jax.random.normal(part, (rows, columns)) * gain / numpy.sqrt(rows)

    weights = {
        "embedding": dense(BUCKETS + 1, TEXT) * numpy.sqrt(BUCKETS + 1),
        "text": dense(TEXT, WIDTH),
        "time": dense(2 * FREQUENCIES, WIDTH),
        "time_bias": jnp.zeros(WIDTH),
        "enter": dense(COMPONENTS, WIDTH),
        "enter_bias": jnp.zeros(WIDTH),
        "leave": dense(WIDTH, COMPONENTS, 0.1),
        "leave_bias": jnp.zeros(COMPONENTS),
    }
    for block in range(BLOCKS):
        weights[f"turn_{block}"] = dense(WIDTH, 2 * WIDTH, 0.3)
        weights[f"turn_bias_{block}"] = jnp.zeros(2 * WIDTH)
        weights[f"up_{block}"] = dense(WIDTH, WIDTH)
        weights[f"up_bias_{block}"] = jnp.zeros(WIDTH)
        weights[f"down_{block}"] = dense(WIDTH, WIDTH, 0.3)
        weights[f"down_bias_{block}"] = jnp.zeros(WIDTH)
    return weights


def normed(value):
    mean = value.mean(axis=-1, keepdims=True)
    return (value - mean) / jnp.sqrt(value.var(axis=-1, keepdims=True) + 1e-5)


def velocity(weights, latent, moment, ids):
    """latent [b, k], moment [b, 1] in 0 (noise)..1 (picture), ids [b, n] padded by 0 -> velocity [b, k]."""
    known = (ids > 0).astype(jnp.float32)
    rows = weights["embedding"][ids] * known[..., None]
    text = rows.sum(axis=1) / jnp.sqrt(jnp.maximum(known.sum(axis=1), 1))[:, None]
    angles = moment * (2.0 ** jnp.linspace(0, 7, FREQUENCIES))[None, :]
    waves = jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=1)
    condition = jax.nn.silu(waves @ weights["time"] + weights["time_bias"] + text @ weights["text"])
    hidden = latent @ weights["enter"] + weights["enter_bias"]
    for block in range(BLOCKS):
        turn = condition @ weights[f"turn_{block}"] + weights[f"turn_bias_{block}"]
        scale, shift = turn[:, :WIDTH], turn[:, WIDTH:]
        inner = normed(hidden) * (1 + scale) + shift
        inner = jax.nn.silu(inner @ weights[f"up_{block}"] + weights[f"up_bias_{block}"])
        hidden = hidden + inner @ weights[f"down_{block}"] + weights[f"down_bias_{block}"]
    return normed(hidden) @ weights["leave"] + weights["leave_bias"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--font", required=True)
    parser.add_argument("--names", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=24000)
    parser.add_argument("--seed", type=int, default=48)
    options = parser.parse_args()

    names, data = pictures.load(options.font, options.names)
    mean, components, deviations = principal(data)
    latents = ((data - mean) @ components.T / deviations).astype(numpy.float32)
    error = ((data - ((latents * deviations) @ components + mean)) ** 2).mean()
    print(f"{len(names)} pictures, reconstruction {-10 * numpy.log10(error):.1f} dB", flush=True)

    lists = [prompt_ids(name) for name in names]
    longest = max(map(len, lists))
    padded = numpy.zeros((len(names), longest), dtype=numpy.int32)
    for row, ids in enumerate(lists):
        padded[row, : len(ids)] = ids
    importance = jnp.asarray(deviations / deviations.mean(), dtype=jnp.float32)
    targets, prompts = jnp.asarray(latents), jnp.asarray(padded)

    def loss(weights, key):
        pick_key, noise_key, time_key, drop_key = jax.random.split(key, 4)
        pick = jax.random.randint(pick_key, (BATCH,), 0, len(names))
        noise = jax.random.normal(noise_key, (BATCH, COMPONENTS))
        moment = jax.random.uniform(time_key, (BATCH, 1))
        ids = jnp.where(jax.random.uniform(drop_key, (BATCH, 1)) < DROPPED, 0, prompts[pick])
        found = velocity(weights, (1 - moment) * noise + moment * targets[pick], moment, ids)
        return (((found - (targets[pick] - noise)) ** 2) * importance).mean()

    total = options.steps

    def step(state, number):
        weights, first, second, smooth, key = state
        key, part = jax.random.split(key)
        value, slope = jax.value_and_grad(loss)(weights, part)
        count = number + 1.0
        rate = RATE * jnp.minimum(1, count / 100) * jnp.maximum(0, 1 - number / total)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slope)
        weights = jax.tree.map(
            lambda w, m, v: w - rate * (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8),
            weights,
            first,
            second,
        )
        smooth = jax.tree.map(lambda s, w: EMA * s + (1 - EMA) * w, smooth, weights)
        return (weights, first, second, smooth, key), value

    run = jax.jit(lambda state, numbers: jax.lax.scan(step, state, numbers))
    key = jax.random.PRNGKey(options.seed)
    key, part = jax.random.split(key)
    weights = initial(part)
    nothing = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, nothing, nothing, weights, key)
    begun = time.time()
    for start in range(0, total, STEPS_PER_CALL):
        numbers = jnp.arange(start, min(total, start + STEPS_PER_CALL), dtype=jnp.float32)
        state, values = run(state, numbers)
        if (start // STEPS_PER_CALL) % 5 == 0:
            print(f"step {start}: loss {float(values.mean()):.4f}, {time.time() - begun:.0f} s", flush=True)

    smooth = {name: numpy.asarray(value) for name, value in state[3].items()}
    os.makedirs(options.out, exist_ok=True)
    export.write_flow(os.path.join(options.out, "flow.onnx"), smooth, BLOCKS, WIDTH, FREQUENCIES)
    export.write_pictures(os.path.join(options.out, "pictures.onnx"), mean, components, deviations, pictures.SIZE)
    with open(os.path.join(options.out, "names.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(names))
        file.write("\n")
    scale = numpy.abs(latents).max() / 127
    numpy.round(latents / scale).astype(numpy.int8).tofile(os.path.join(options.out, "latents.int8"))
    facts = {"pictures": len(names), "components": COMPONENTS, "latentScale": float(scale), "steps": total, "seed": options.seed}
    with open(os.path.join(options.out, "facts.json"), "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=2)
        file.write("\n")
    export.check(options.out, names, latents, padded, COMPONENTS)


if __name__ == "__main__":
    main()
