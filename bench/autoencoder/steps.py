"""Repeats a training run of obs in JAX, with its own gradients and Optax's Adam, and prints how far the two differ.

    node bench/autoencoder/steps.ts > /tmp/steps.json
    python3 -m venv /tmp/jax && /tmp/jax/bin/pip install jax optax
    /tmp/jax/bin/python bench/autoencoder/steps.py /tmp/steps.json
"""

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        run = json.load(file)
    sizes = run["sizes"]
    rows = np.array(run["rows"], dtype=np.float32).reshape(-1, sizes[0])
    masks = jnp.array(run["masks"], dtype=jnp.float32).reshape(-1, sizes[0])
    present = jnp.array(~np.isnan(rows), dtype=jnp.float32)
    scaled = (rows - np.array(run["centre"], np.float32)) / np.array(run["scale"], np.float32)
    scaled = jnp.array(np.nan_to_num(np.clip(scaled, np.array(run["low"], np.float32), np.array(run["high"], np.float32))))

    def unpack(flat):
        at, layers = 0, []
        for inputs, outputs in zip(sizes, sizes[1:]):
            matrix = flat[at : at + inputs * outputs].reshape(inputs, outputs)
            at += inputs * outputs
            layers.append((matrix, flat[at : at + outputs]))
            at += outputs
        return layers

    def loss_of(flat, batch, mask_of):
        value = scaled[batch] * masks[mask_of]
        layers = unpack(flat)
        for index, (matrix, bias) in enumerate(layers):
            value = value @ matrix + bias
            if index < len(layers) - 1:
                value = jnp.tanh(value)
        return jnp.mean(((value - scaled[batch]) * present[batch]) ** 2)

    step = jax.jit(jax.value_and_grad(loss_of))
    optimizer = optax.inject_hyperparams(optax.adam)(learning_rate=0.0)
    weights = jnp.array(run["weights"], dtype=jnp.float32)
    state = optimizer.init(weights)
    worst_loss = worst_weight = 0.0
    for number, ours in enumerate(run["steps"], 1):
        loss, gradient = step(weights, jnp.array(ours["batch"]), jnp.array(ours["maskOf"]))
        state.hyperparams["learning_rate"] = jnp.float32(ours["rate"])
        updates, state = optimizer.update(gradient, state)
        weights = optax.apply_updates(weights, updates)
        loss_off = abs(float(loss) - ours["loss"]) / float(loss)
        weight_off = float(jnp.max(jnp.abs(weights - jnp.array(ours["weights"], jnp.float32))))
        worst_loss, worst_weight = max(worst_loss, loss_off), max(worst_weight, weight_off)
        if number in (1, 2, 10, 100, len(run["steps"])):
            print(f"step {number:4}  loss {float(loss):.6f}  relative difference {loss_off:.1e}  weights {weight_off:.1e}")
    print(f"largest over all steps: loss {worst_loss:.1e} (relative), weights {worst_weight:.1e}")


main(sys.argv[1])
