#!/usr/bin/env python3
"""pyg_quality.py cora|papers [--hidden 16] [--seeds 10] [--model gcn|graphsage]   test accuracy of PyTorch Geometric

Two layers as in the papers, on the files that quality.py imports and with their split: rows of features sum to 1, dropout 0.5 before
both layers, Adam 0.01, weight decay 5e-4 on the first layer, 200 epochs; the epoch with the best validation accuracy counts, of
equal ones the one with the lowest loss. Needs torch and torch_geometric.
"""
import argparse
import csv
import tempfile

import numpy as np
import torch
import torch.nn.functional as F
from torch_geometric.nn import GCNConv, SAGEConv

import papers
import quality
from common import spread

csv.field_size_limit(1 << 30)
torch.set_num_threads(2)


def read(nodes, edges):
    """Features, classes, parts and arcs in both directions."""
    with open(nodes) as file:
        found = list(csv.DictReader(file))
    name = {key.split(":")[0]: key for key in found[0]}
    place = {row["_id"]: number for number, row in enumerate(found)}
    x = np.array([np.fromstring(row[name["features"]].strip("[]"), dtype=np.float32, sep=",") for row in found])
    x /= np.maximum(x.sum(1, keepdims=True), 1e-9)
    y = np.array([int(row[name["class"]]) for row in found])
    parts = np.array([row[name["split"]] for row in found])
    with open(edges) as file:
        pairs = {(place[row["_from"]], place[row["_to"]]) for row in csv.DictReader(file)}
    pairs |= {(b, a) for a, b in pairs}
    return torch.from_numpy(x), torch.from_numpy(y), parts, torch.tensor(sorted(pairs)).T.contiguous()


def train(seed, data, hidden, layer):
    x, y, parts, links = data
    torch.manual_seed(seed)
    first, second = layer(x.shape[1], hidden), layer(hidden, int(y.max()) + 1)
    optimizer = torch.optim.Adam(
        [{"params": first.parameters(), "weight_decay": 5e-4}, {"params": second.parameters()}], lr=0.01
    )
    train, valid, test = (torch.from_numpy(parts == part) for part in ("train", "val", "test"))

    def scores(training):
        state = F.relu(first(F.dropout(x, 0.5, training), links))
        return second(F.dropout(state, 0.5, training), links)

    best = (-1.0, 0.0, 0.0)
    for _ in range(200):
        optimizer.zero_grad()
        F.cross_entropy(scores(True)[train], y[train]).backward()
        optimizer.step()
        with torch.no_grad():
            result = scores(False)
        right = (result.argmax(1) == y).float()
        loss = -float(F.cross_entropy(result[valid], y[valid]))
        best = max(best, (float(right[valid].mean()), loss, float(right[test].mean())))
    return 100 * best[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", choices=["cora", "papers"])
    parser.add_argument("--hidden", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--model", choices=["gcn", "graphsage"], default="gcn")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.data == "papers":
            data = read(*papers.write(folder))
        else:
            data = read(*quality.cora(folder))
    layer = {"gcn": GCNConv, "graphsage": SAGEConv}[given.model]
    scores = [train(seed, data, given.hidden, layer) for seed in range(given.seeds)]
    mean, deviation = spread(scores)
    print(f"{given.data}, {given.model}, hidden {given.hidden}: {mean:.1f} ± {deviation:.1f} over {given.seeds} seeds")


if __name__ == "__main__":
    main()
