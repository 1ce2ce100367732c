#!/usr/bin/env python3
"""layers.py [OUT]   writes algorithms/tests/fixtures/pyg_layers.json: layers of PyTorch Geometric with known weights

For each layer: a small graph, inputs and weights, the output, and the gradients of sum(output * cotangent) with respect to every
weight and the input, all computed in 64 bits by PyTorch Geometric. A unit test of the Rust layers (gnn/layers_tests.rs) takes the
same weights and must agree. Where PyTorch Geometric has no such layer (the gated update of MPNN, the LSTM aggregator over
sequences of unequal length) its MessagePassing or torch's own cells stand in. Needs torch and torch_geometric.
"""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
import torch
import torch_geometric.nn as pyg
from torch.func import functional_call

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Node 7 has no edge; edge 4 is parallel to edge 0, against its direction.
NODES = 8
EDGES = [(0, 1, 0), (1, 2, 1), (2, 3, 2), (0, 4, 0), (1, 0, 1), (4, 5, 1), (5, 6, 2), (6, 0, 0), (3, 5, 0), (2, 6, 2), (1, 5, 2)]
SIMPLE = [edge for edge in EDGES if edge != (1, 0, 1)]
CASES = []


def numbers(*shape):
    """Random numbers that a decimal text and a 32-bit float hold alike."""
    return torch.round(torch.randn(*shape) * 0.7 * 4096) / 4096


def arcs(edges, label=None, along=None):
    """Both directions of each edge as edge_index, and the edge of each arc."""
    pairs = []
    for number, (source, target, of) in enumerate(edges):
        if label is not None and of != label:
            continue
        pairs += [(source, target, number)] if along in (None, True) else []
        pairs += [(target, source, number)] if along in (None, False) else []
    index = torch.tensor([[pair[0] for pair in pairs], [pair[1] for pair in pairs]]).reshape(2, -1)
    return index, torch.tensor([pair[2] for pair in pairs], dtype=torch.long)


def matrix(tensor):
    tensor = tensor.detach()
    tensor = tensor.reshape(1, -1) if tensor.dim() < 2 else tensor.reshape(tensor.shape[0], -1)
    data = [float(f"{value:.8g}") for value in tensor.flatten().tolist()]
    return {"rows": tensor.shape[0], "cols": tensor.shape[1], "data": data}


def case(name, compute, weights, x, edges=EDGES, weight=None, features=None, types=None, typed=False, **shape):
    """`compute(x, weights)` is the reference; `weights` are named and laid out as the Rust layer's."""
    leaves = {key: value.clone().requires_grad_() for key, value in weights.items()}
    x = x.clone().requires_grad_()
    out = compute(x, leaves)
    cotangent = numbers(*out.shape)
    (out * cotangent).sum().backward()
    gradients = {key: leaf.grad if leaf.grad is not None else torch.zeros_like(leaf) for key, leaf in leaves.items()}
    CASES.append({
        "name": name,
        "shape": {"aggregator": "mean", "heads": 1, "bases": 0, "layers": 1, "outputs": out.shape[1], **shape},
        "typed": typed,
        "types": types or [0] * NODES,
        "edges": edges,
        "weights": None if weight is None else weight.tolist(),
        "edgeFeatures": None if features is None else matrix(features),
        "x": matrix(x),
        "parameters": {key: matrix(value) for key, value in weights.items()},
        "output": matrix(out),
        "cotangent": matrix(cotangent),
        "gradients": {"x": matrix(x.grad), **{key: matrix(value) for key, value in gradients.items()}},
    })


def call(layer, weights, *inputs, **named):
    return functional_call(layer, weights, inputs, named)


def gcn(inputs, outputs, weighted):
    index, edge = arcs(EDGES)
    weight = numbers(len(EDGES)).abs() + 0.25 if weighted else None
    layer = pyg.GCNConv(inputs, outputs)

    def compute(x, p):
        return call(layer, {"lin.weight": p["l.weight"].T, "bias": p["l.bias"][0]}, x, index, weight[edge] if weighted else None)

    weights = {"l.weight": numbers(inputs, outputs), "l.bias": numbers(1, outputs)}
    case(f"GCNConv {inputs} to {outputs}{' weighted' if weighted else ''}", compute, weights, numbers(NODES, inputs), weight=weight, model="gcn")


def sage(aggregator, inputs, outputs):
    index, _ = arcs(SIMPLE)
    layer = pyg.SAGEConv(inputs, outputs, aggr=aggregator, project=aggregator == "max")

    def compute(x, p):
        given = {"lin_l.weight": p["l.neighbours.weight"].T, "lin_l.bias": p["l.bias"][0], "lin_r.weight": p["l.self.weight"].T}
        if aggregator == "max":
            given |= {"lin.weight": p["l.pool.weight"].T, "lin.bias": p["l.pool.bias"][0]}
        return call(layer, given, x, index)

    weights = {"l.neighbours.weight": numbers(inputs, outputs), "l.self.weight": numbers(inputs, outputs), "l.bias": numbers(1, outputs)}
    if aggregator == "max":
        weights |= {"l.pool.weight": numbers(inputs, inputs), "l.pool.bias": numbers(1, inputs)}
    case(f"SAGEConv {aggregator} {inputs} to {outputs}", compute, weights, numbers(NODES, inputs), SIMPLE, model="graphsage", aggregator=aggregator)


def weighted_sum():
    index, edge = arcs(EDGES)
    weight, layer = numbers(len(EDGES)).abs() + 0.25, pyg.GraphConv(4, 3, aggr="add")

    def compute(x, p):
        given = {"lin_rel.weight": p["l.neighbours.weight"].T, "lin_rel.bias": p["l.bias"][0], "lin_root.weight": p["l.self.weight"].T}
        return call(layer, given, x, index, weight[edge])

    weights = {"l.neighbours.weight": numbers(4, 3), "l.self.weight": numbers(4, 3), "l.bias": numbers(1, 3)}
    case("GraphConv sum weighted", compute, weights, numbers(NODES, 4), weight=weight, model="graphsage", aggregator="sum")


def sage_lstm():
    d, outputs = 3, 4
    incoming = [[] for _ in range(NODES)]
    for source, target, _ in SIMPLE:
        incoming[target].append(source)
        incoming[source].append(target)
    cell = torch.nn.LSTM(d, d)

    def compute(x, p):
        # torch orders the gates input, forget, new, output; here they are input, forget, output, new.
        order = torch.cat([torch.arange(0, 2 * d), torch.arange(3 * d, 4 * d), torch.arange(2 * d, 3 * d)])
        given = {"weight_ih_l0": p["l.lstm.input"].T[order], "weight_hh_l0": p["l.lstm.state"].T[order],
                 "bias_ih_l0": p["l.lstm.bias"][0][order], "bias_hh_l0": torch.zeros(4 * d)}
        last = [call(cell, given, x[sources])[0][-1] if sources else torch.zeros(d) for sources in incoming]
        return torch.stack(last) @ p["l.neighbours.weight"] + x @ p["l.self.weight"] + p["l.bias"]

    weights = {"l.lstm.input": numbers(d, 4 * d), "l.lstm.state": numbers(d, 4 * d), "l.lstm.bias": numbers(1, 4 * d),
               "l.neighbours.weight": numbers(d, outputs), "l.self.weight": numbers(d, outputs), "l.bias": numbers(1, outputs)}
    case("SAGE with torch.nn.LSTM", compute, weights, numbers(NODES, d), SIMPLE, model="graphsage", aggregator="lstm")


def sage_typed():
    layer = pyg.SAGEConv(4, 3, root_weight=False, bias=False)

    def compute(x, p):
        out = x @ p["l.self.weight"] + p["l.bias"]
        for relation in range(6):
            index, _ = arcs(EDGES, relation // 2, relation % 2 == 0)
            out = out + call(layer, {"lin_l.weight": p["l.neighbours.weight"][relation].T}, x, index)
        return out

    weights = {"l.neighbours.weight": numbers(6, 4, 3), "l.self.weight": numbers(4, 3), "l.bias": numbers(1, 3)}
    case("HeteroConv of SAGEConv mean", compute, weights, numbers(NODES, 4), typed=True, model="graphsage")


def gat(heads, edge_width):
    inputs, width = 4, 3
    index, edge = arcs(EDGES)
    features = numbers(len(EDGES), edge_width) if edge_width else None
    # Loops have no edge and so no term of one.
    layer = pyg.GATConv(inputs, width, heads=heads, edge_dim=edge_width or None, fill_value=0.0)
    fixed = numbers(1, heads, width) + 2.0

    def compute(x, p):
        given = {"lin.weight": p["l.weight"].T, "bias": p["l.bias"][0],
                 "att_src": p["l.attention.source"].reshape(1, heads, width), "att_dst": p["l.attention.target"].reshape(1, heads, width)}
        if not edge_width:
            return call(layer, given, x, index)
        # Only the product of lin_edge and att_edge counts: any split of it gives the same layer.
        product = p["l.attention.edge"].T.reshape(heads, 1, edge_width)
        given |= {"att_edge": fixed, "lin_edge.weight": (product / (width * fixed.reshape(heads, width, 1))).reshape(heads * width, -1)}
        return call(layer, given, x, index, features[edge])

    weights = {"l.weight": numbers(inputs, heads * width), "l.attention.source": numbers(1, heads * width),
               "l.attention.target": numbers(1, heads * width), "l.bias": numbers(1, heads * width)}
    if edge_width:
        weights["l.attention.edge"] = numbers(edge_width, heads)
    name = f"GATConv {heads} heads{' with edge features' if edge_width else ''}"
    case(name, compute, weights, numbers(NODES, inputs), features=features, model="gat", heads=heads)


def rgcn(bases):
    inputs, outputs, relations = 4, 3, 6
    parts = [arcs(EDGES, relation // 2, relation % 2 == 0)[0] for relation in range(relations)]
    kind = torch.cat([torch.full((part.shape[1],), relation) for relation, part in enumerate(parts)])
    layer = pyg.RGCNConv(inputs, outputs, relations, num_bases=bases or None)

    def compute(x, p):
        given = {"weight": p["l.weight"], "root": p["l.self.weight"], "bias": p["l.bias"][0]}
        if bases:
            given["comp"] = p["l.mixture"]
        return call(layer, given, x, torch.cat(parts, 1), kind)

    weights = {"l.weight": numbers(bases or relations, inputs, outputs), "l.self.weight": numbers(inputs, outputs), "l.bias": numbers(1, outputs)}
    if bases:
        weights["l.mixture"] = numbers(relations, bases)
    case(f"RGCNConv {bases} bases", compute, weights, numbers(NODES, inputs), typed=True, model="rgcn", bases=bases)


def hgt():
    width, heads = 4, 2
    # Nodes 0..3 are of one type, 4..7 of another; a label for each pair of types.
    types = [0, 0, 0, 0, 1, 1, 1, 1]
    edges = [(0, 1, 0), (1, 2, 0), (0, 3, 0), (0, 4, 1), (1, 4, 1), (2, 5, 1), (3, 6, 1), (4, 5, 2), (6, 5, 2)]
    ends = [("a", "a"), ("a", "b"), ("b", "b")]
    # Two relations a label: along it and against it.
    kinds = [(ends[label][0 if along else 1], f"r{label}{along}", ends[label][1 if along else 0]) for label in range(3) for along in (True, False)]
    layer = pyg.HGTConv(width, width, (["a", "b"], kinds), heads=heads)
    first = {"a": 0, "b": 4}
    links = {}
    for relation, kind in enumerate(kinds):
        index, _ = arcs(edges, relation // 2, relation % 2 == 0)
        links[kind] = index - torch.tensor([[first[kind[0]]], [first[kind[2]]]])
    # The paper leaves the function before the last map open; PyTorch Geometric takes gelu, the layer here relu.
    torch.nn.functional.gelu = torch.relu

    def compute(x, p):
        given = {}
        for number, kind in enumerate(("a", "b")):
            given[f"kqv_lin.lins.{kind}.weight"] = torch.cat([p[f"l.{part}.weight"][number].T for part in ("key", "query", "value")])
            given[f"kqv_lin.lins.{kind}.bias"] = torch.zeros(3 * width)
            given[f"out_lin.lins.{kind}.weight"] = p["l.out.weight"][number].T
            given[f"out_lin.lins.{kind}.bias"] = p["l.bias"][0]
            given[f"skip.{kind}"] = p["l.gate"][number]
        for part, name in (("key", "k_rel"), ("value", "v_rel")):
            given[f"{name}.weight"] = torch.cat([p[f"l.relation.{part}.{head}"] for head in range(heads)])
        for relation, kind in enumerate(kinds):
            given["p_rel." + "__".join(kind)] = p["l.prior"][relation].reshape(1, heads)
        out = call(layer, given, {"a": x[:4], "b": x[4:]}, links)
        return torch.cat([out["a"], out["b"]])

    weights = {f"l.{part}.weight": numbers(2, width, width) for part in ("key", "query", "value", "out")}
    weights |= {f"l.relation.{part}.{head}": numbers(6, width // heads, width // heads) for part in ("key", "value") for head in range(heads)}
    weights |= {"l.prior": numbers(6, heads), "l.gate": numbers(2, 1), "l.bias": numbers(1, width)}
    case("HGTConv", compute, weights, numbers(NODES, width), edges, types=types, typed=True, model="hgt", heads=heads)


def nnconv():
    inputs, outputs, filters, wide = 4, 3, 8, 2
    index, edge = arcs(EDGES)
    features = numbers(len(EDGES), wide)

    def compute(x, p):
        def filter_of(e):
            units = torch.relu(e @ p["l.filter.edge"] + p["l.filter.relation"])
            return p["l.filter.base"].flatten() + units @ p["l.filter.out"].reshape(filters, inputs * outputs)

        class Filter(torch.nn.Module):
            def forward(self, e):
                return filter_of(e)

        layer = pyg.NNConv(inputs, outputs, Filter(), aggr="mean")
        return call(layer, {"lin.weight": p["l.self.weight"].T, "bias": p["l.bias"][0]}, x, index, features[edge])

    weights = {"l.self.weight": numbers(inputs, outputs), "l.filter.edge": numbers(wide, filters), "l.filter.relation": numbers(1, filters),
               "l.filter.base": numbers(inputs, outputs), "l.filter.out": numbers(filters * inputs, outputs), "l.bias": numbers(1, outputs)}
    case("NNConv", compute, weights, numbers(NODES, inputs), features=features, model="ecc")


class EdgeMessages(pyg.MessagePassing):
    """The mean of relu(from the source + from the target + from the edge)."""

    def __init__(self):
        super().__init__(aggr="mean")

    def forward(self, source, target, edge, index):
        return self.propagate(index, source=source, target=target, edge=edge)

    def message(self, source_j, target_i, edge):
        return torch.relu(source_j + target_i + edge)


def received(x, p, index, edge, features):
    source = x @ p["l.message.source.weight"]
    target = x @ p["l.message.target.weight"] if "l.message.target.weight" in p else torch.zeros_like(source)
    return EdgeMessages()(source, target, features[edge] @ p["l.message.edge"] + p["l.message.relation"], index)


def mpnn():
    inputs, d, wide = 4, 3, 2
    index, edge = arcs(EDGES)
    features, cell = numbers(len(EDGES), wide), torch.nn.GRUCell(d, d)

    def compute(x, p):
        message = received(x, p, index, edge, features) @ p["l.message.out"]
        given = {"weight_ih": p["l.gru.message"].T, "weight_hh": p["l.gru.state"].T,
                 "bias_ih": p["l.gru.bias"][0], "bias_hh": p["l.gru.state.bias"][0]}
        return call(cell, given, message, x @ p["l.state.weight"])

    weights = {"l.message.source.weight": numbers(inputs, d), "l.message.target.weight": numbers(inputs, d), "l.message.edge": numbers(wide, d),
               "l.message.relation": numbers(1, d), "l.message.out": numbers(d, d), "l.state.weight": numbers(inputs, d),
               "l.gru.message": numbers(d, 3 * d), "l.gru.state": numbers(d, 3 * d), "l.gru.bias": numbers(1, 3 * d),
               "l.gru.state.bias": numbers(1, 3 * d)}
    case("MessagePassing with torch.nn.GRUCell", compute, weights, numbers(NODES, inputs), features=features, model="mpnn")


def egnn():
    inputs, d, wide = 4, 3, 2
    index, edge = arcs(EDGES)
    features = numbers(len(EDGES), wide)

    def compute(x, p):
        return received(x, p, index, edge, features) @ p["l.neighbours"] + x @ p["l.self.weight"] + p["l.bias"]

    weights = {"l.message.source.weight": numbers(inputs, d), "l.message.edge": numbers(wide, d), "l.message.relation": numbers(1, d),
               "l.neighbours": numbers(d, d), "l.self.weight": numbers(inputs, d), "l.bias": numbers(1, d)}
    case("MessagePassing with edge features", compute, weights, numbers(NODES, inputs), features=features, model="egnn")


def propagated(steps):
    index, edge = arcs(EDGES)
    weight = numbers(len(EDGES)).abs() + 0.25
    layer = pyg.SGConv(3, 3, K=steps, bias=False)
    case(f"SGConv {steps} steps", lambda x, p: call(layer, {"lin.weight": torch.eye(3)}, x, index, weight[edge]), {},
         numbers(NODES, 3), weight=weight, model="sgc", layers=steps)
    light = pyg.LGConv()

    def compute(x, p):
        states = [p["input.ids"]]
        for _ in range(steps):
            states.append(light(states[-1], index, weight[edge]))
        return sum(states) / len(states) + 0 * x

    case(f"LightGCN of LGConv {steps} steps", compute, {"input.ids": numbers(NODES, 3)}, numbers(NODES, 3), weight=weight, model="lightgcn", layers=steps)


def gin(norm, wide, typed):
    inputs, outputs = 4, 3
    index, edge = arcs(EDGES)
    features = numbers(len(EDGES), wide) if wide else None
    width = outputs if typed else inputs

    class Steps(torch.nn.Module):
        """Two linear maps, each normalised, with a rectifier between them."""

        def __init__(self, p):
            super().__init__()
            self.p = p

        def step(self, x, name):
            x = x @ self.p[f"{name}.weight"] + self.p[f"{name}.bias"]
            if norm == "batch":
                mean, variance = self.p[f"{name}.norm.mean"][0].detach(), self.p[f"{name}.norm.variance"][0].detach()
                return torch.nn.functional.batch_norm(x, mean, variance, self.p[f"{name}.norm.scale"][0], self.p[f"{name}.norm.shift"][0])
            if norm == "layer":
                return torch.nn.functional.layer_norm(x, (outputs,), self.p[f"{name}.norm.scale"][0], self.p[f"{name}.norm.shift"][0])
            return x

        def forward(self, x):
            return self.step(torch.relu(self.step(x, "l.first")), "l.second")

    def compute(x, p):
        if typed:
            # A sum for each relation, each with its matrix; the node's own state has one too.
            one = pyg.SAGEConv(inputs, outputs, aggr="add", root_weight=False, bias=False)
            out = (1 + p["l.epsilon"]) * (x @ p["l.self.weight"])
            for relation in range(6):
                part, _ = arcs(EDGES, relation // 2, relation % 2 == 0)
                out = out + call(one, {"lin_l.weight": p["l.relations"][relation].T}, x, part)
            return Steps(p)(out)
        if wide:
            layer = pyg.GINEConv(Steps(p), train_eps=True)
            return call(layer, {"eps": p["l.epsilon"][0]}, x, index, features[edge] @ p["l.edge"])
        return call(pyg.GINConv(Steps(p), train_eps=True), {"eps": p["l.epsilon"][0]}, x, index)

    weights = {"l.epsilon": numbers(1, 1)}
    if typed:
        weights |= {"l.self.weight": numbers(inputs, outputs), "l.relations": numbers(6, inputs, outputs)}
    if wide:
        weights["l.edge"] = numbers(wide, width)
    for name, rows in (("l.first", width), ("l.second", outputs)):
        weights |= {f"{name}.weight": numbers(rows, outputs), f"{name}.bias": numbers(1, outputs)}
        if norm != "none":
            weights |= {f"{name}.norm.scale": numbers(1, outputs) + 1.0, f"{name}.norm.shift": numbers(1, outputs)}
        if norm == "batch":
            weights |= {f"{name}.norm.mean": numbers(1, outputs), f"{name}.norm.variance": numbers(1, outputs).abs() + 0.25}
    name = f"{'GINEConv' if wide else 'HeteroConv of GINConv' if typed else 'GINConv'} {norm} norm"
    case(name, compute, weights, numbers(NODES, inputs), features=features, typed=typed, model="gin", norm=norm)


def main():
    for inputs, outputs in ((5, 3), (3, 5)):
        gcn(inputs, outputs, False)
        gcn(inputs, outputs, True)
        sage("mean", inputs, outputs)
        sage("sum", inputs, outputs)
        sage("max", inputs, outputs)
    weighted_sum()
    sage_lstm()
    sage_typed()
    for heads in (1, 2):
        gat(heads, 0)
        gat(heads, 2)
    rgcn(2)
    rgcn(0)
    hgt()
    nnconv()
    mpnn()
    egnn()
    propagated(3)
    for norm in ("none", "batch", "layer"):
        gin(norm, 0, False)
    gin("layer", 2, False)
    gin("batch", 0, True)
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "algorithms", "tests", "fixtures", "pyg_layers.json")
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with open(out, "w") as file:
        lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in CASES)
        file.write(f'{{"made by":"bench/gnn/layers.py","torch":"{torch.__version__}","torch_geometric":"{pyg.__dict__.get("__version__", "") or __import__("torch_geometric").__version__}","cases":[\n{lines}\n]}}\n')
    print(f"{len(CASES)} layers, {os.path.getsize(out)} bytes")


main()
