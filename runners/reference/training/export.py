"""Writes the trained model as two ONNX files, and reads them back to see that they draw what they should."""

import os

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


def save(path, nodes, inputs, outputs, initializers):
    graph = helper.make_graph(nodes, os.path.basename(path), inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="livepeer-ts")
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)


def write_flow(path, weights, blocks, width, frequencies):
    """Inputs latent [b, k], moment [b, 1], ids int64 [b, n]; output velocity [b, k]. Weights are float16."""
    nodes, stored = [], []

    def half(name):
        stored.append(numpy_helper.from_array(weights[name].astype(numpy.float16), f"{name}_half"))
        nodes.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
        return name

    def constant(name, value):
        stored.append(numpy_helper.from_array(numpy.asarray(value), name))
        return name

    count = 0

    def op(kind, inputs, **attributes):
        nonlocal count
        count += 1
        nodes.append(helper.make_node(kind, inputs, [f"v{count}"], **attributes))
        return f"v{count}"

    def silu(value):
        return op("Mul", [value, op("Sigmoid", [value])])

    def dense(value, matrix, bias=None):
        product = op("MatMul", [value, half(matrix)])
        return product if bias is None else op("Add", [product, half(bias)])

    ones = constant("ones", numpy.ones(width, numpy.float32))
    one = constant("one", numpy.float32(1))
    axis_1, axis_2 = constant("axis_1", numpy.array([1])), constant("axis_2", numpy.array([2]))
    known = op("Cast", [op("Greater", ["ids", constant("zero", numpy.int64(0))])], to=TensorProto.FLOAT)
    rows = op("Mul", [op("Gather", [half("embedding"), "ids"], axis=0), op("Unsqueeze", [known, axis_2])])
    amount = op("Max", [op("ReduceSum", [known, axis_1], keepdims=1), one])
    text = op("Div", [op("ReduceSum", [rows, axis_1], keepdims=0), op("Sqrt", [amount])])
    angles = op("Mul", ["moment", constant("frequencies", (2.0 ** numpy.linspace(0, 7, frequencies)).astype(numpy.float32)[None, :])])
    waves = op("Concat", [op("Sin", [angles]), op("Cos", [angles])], axis=1)
    condition = silu(op("Add", [dense(waves, "time", "time_bias"), dense(text, "text")]))
    hidden = dense("latent", "enter", "enter_bias")
    for block in range(blocks):
        turn = dense(condition, f"turn_{block}", f"turn_bias_{block}")
        nodes.append(helper.make_node("Split", [turn], [f"scale_{block}", f"shift_{block}"], axis=1))
        plain = op("LayerNormalization", [hidden, ones], axis=-1, epsilon=1e-5)
        inner = op("Add", [op("Mul", [plain, op("Add", [f"scale_{block}", one])]), f"shift_{block}"])
        inner = silu(dense(inner, f"up_{block}", f"up_bias_{block}"))
        hidden = op("Add", [hidden, dense(inner, f"down_{block}", f"down_bias_{block}")])
    left = dense(op("LayerNormalization", [hidden, ones], axis=-1, epsilon=1e-5), "leave", "leave_bias")
    nodes.append(helper.make_node("Identity", [left], ["velocity"]))
    size = weights["leave_bias"].shape[0]
    save(
        path,
        nodes,
        [
            helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["b", size]),
            helper.make_tensor_value_info("moment", TensorProto.FLOAT, ["b", 1]),
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["b", "n"]),
        ],
        [helper.make_tensor_value_info("velocity", TensorProto.FLOAT, ["b", size])],
        stored,
    )


def write_pictures(path, mean, components, deviations, size):
    """Input latent [b, k]; output picture [b, size, size, 3] in 0..1. Components are int8 with a scale for each."""
    rows = components * deviations[:, None]
    scales = numpy.abs(rows).max(axis=1) / 127
    whole = numpy.round(rows / scales[:, None]).astype(numpy.int8)
    stored = [
        numpy_helper.from_array(whole, "components"),
        numpy_helper.from_array(scales.astype(numpy.float32), "scales"),
        numpy_helper.from_array(mean.astype(numpy.float32), "mean"),
        numpy_helper.from_array(numpy.float32(0), "black"),
        numpy_helper.from_array(numpy.float32(1), "white"),
        numpy_helper.from_array(numpy.array([-1, size, size, 3]), "shape"),
    ]
    nodes = [
        helper.make_node("Cast", ["components"], ["rows"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["latent", "scales"], ["scaled"]),
        helper.make_node("MatMul", ["scaled", "rows"], ["product"]),
        helper.make_node("Add", ["product", "mean"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["linear"]),
        helper.make_node("Clip", ["linear", "black", "white"], ["picture"]),
    ]
    save(
        path,
        nodes,
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["b", len(whole)])],
        [
            helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["b", size, size, 3]),
            helper.make_tensor_value_info("linear", TensorProto.FLOAT, ["b", size, size, 3]),
        ],
        stored,
    )


def check(folder, names, latents, padded, size):
    """Samples every name once and prints how many are nearest to their own picture."""
    session = onnxruntime.InferenceSession(os.path.join(folder, "flow.onnx"), providers=["CPUExecutionProvider"])
    deviates = numpy.random.default_rng(1).standard_normal((len(names), size)).astype(numpy.float32)
    steps = 20
    ids = padded.astype(numpy.int64)
    nothing = numpy.zeros_like(ids)
    for guidance in (1.0, 1.5, 2.0):
        state = deviates
        for step in range(steps):
            moment = numpy.full((len(names), 1), step / steps, dtype=numpy.float32)
            found = session.run(None, {"latent": state, "moment": moment, "ids": ids})[0]
            if guidance != 1.0:
                blind = session.run(None, {"latent": state, "moment": moment, "ids": nothing})[0]
                found = blind + guidance * (found - blind)
            state = state + found / steps
        squares = (latents**2).sum(axis=1)[None, :] - 2 * state @ latents.T
        own = (squares.argmin(axis=1) == numpy.arange(len(names))).mean()
        print(f"guidance {guidance}: {own * 100:.1f} % nearest to their own picture", flush=True)
