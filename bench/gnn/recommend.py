#!/usr/bin/env python3
"""recommend.py [--seeds 5] [--only NAME ...] [--wend BINARY] [--set name=JSON ...]   LightGCN against popularity and item-kNN

Two bipartite graphs: `planted`, made here (users and items in groups, some items popular, a part of the purchases at random), and
`chinook`, which customer bought which track ($WEND_SHARED/datasets/chinook), once alone and once with the edges from tracks to
their albums, which the other two cannot use. Each seed draws another 80 : 10 : 10 split of the purchases, kept as the edge property
`split`, and is the seed of the training. Popularity and item-kNN (cosine, all neighbours) are computed with numpy on exactly the
training edges. recall@20 on the test part: the share of a user's held-out items, at most 20, among the first 20, the items of
training and validation left out; mean over users. The procedure's own figure is checked once against the vectors it wrote.
Needs numpy.
"""
import argparse
import json
import os

import numpy as np

from common import ROOT, Wend, datasets, gql, rows, spread, work_folder

PART = np.array(["train", "validation", "test"])


def planted(seed=1, users=1000, items=800, groups=10):
    """Users with one or two groups they like; a third of what they buy is whatever sells."""
    draw = np.random.default_rng(seed)
    group_of = draw.integers(groups, size=items)
    appeal = 1.0 / (1 + draw.permutation(items)) ** 0.7
    pairs = []
    for user in range(users):
        liked = draw.choice(groups, size=draw.integers(1, 3), replace=False)
        weight = np.where(np.isin(group_of, liked), appeal, 0)
        weight = 0.67 * weight / weight.sum() + 0.33 * appeal / appeal.sum()
        bought = draw.choice(items, size=draw.integers(8, 25), replace=False, p=weight)
        pairs += [(user, int(item)) for item in bought]
    return np.array(pairs), users, items, []


def chinook(albums):
    source = os.path.join(datasets(), "chinook")
    edges = rows(os.path.join(source, "edges.csv"))
    customer = {edge["_from"]: edge["_to"] for edge in edges if edge["_label"] == "HAS_CUSTOMER"}
    tracks = [row["_id"] for row in rows(os.path.join(source, "nodes.csv")) if row["_labels"] == "Track"]
    number = {track: place for place, track in enumerate(tracks)}
    names = sorted(set(customer.values()))
    user = {name: place for place, name in enumerate(names)}
    invoice = "_from" if any(edge["_from"] in customer for edge in edges if edge["_label"] == "BOUGHT") else "_to"
    track = "_to" if invoice == "_from" else "_from"
    lines = [edge for edge in edges if edge["_label"] == "BOUGHT"]
    pairs = sorted({(user[customer[edge[invoice]]], number[edge[track]]) for edge in lines})
    of_album = [(number[edge["_from"]], edge["_to"]) for edge in edges if edge["_label"] == "HAS_ALBUM"]
    return np.array(pairs), len(names), len(tracks), of_album if albums else []


# name: the graph, parameters
ROWS = {
    "planted": (planted, {}),
    "chinook": (lambda: chinook(False), {}),
    "chinook with albums": (lambda: chinook(True), {}),
}


def imported(wend, folder, pairs, parts, users, items, others):
    with open(os.path.join(folder, "nodes.csv"), "w") as file:
        file.write("_id,_labels\n")
        file.writelines(f"u{user},User\n" for user in range(users))
        file.writelines(f"i{item},Item\n" for item in range(items))
        file.writelines(f"{name},Album\n" for name in sorted({name for _, name in others}))
    with open(os.path.join(folder, "edges.csv"), "w") as file:
        file.write("_from,_to,_label,split\n")
        file.writelines(f"u{user},i{item},BOUGHT,{part}\n" for (user, item), part in zip(pairs, parts))
        file.writelines(f"i{item},{name},IN_ALBUM,\n" for item, name in others)
    return Wend(wend, os.path.join(folder, "db")).imported(*(os.path.join(folder, name) for name in ("nodes.csv", "edges.csv")))


def recall(scores, known, held, k=20):
    scores = np.where(known, -np.inf, scores)
    shares = []
    for user in np.flatnonzero(held.any(1)):
        first = np.argsort(-scores[user], kind="stable")[:k]
        shares.append(held[user, first].sum() / min(k, held[user].sum()))
    return 100 * float(np.mean(shares))


def one(wend, folder, graph, options, seed, check):
    pairs, users, items, others = graph
    parts = PART[np.random.default_rng(1000 + seed).choice(3, size=len(pairs), p=[0.8, 0.1, 0.1])]
    matrix = {}
    for part in PART:
        matrix[part] = np.zeros((users, items), bool)
        chosen = pairs[parts == part]
        matrix[part][chosen[:, 0], chosen[:, 1]] = True
    train, known = matrix["train"].astype(np.float64), matrix["train"] | matrix["validation"]
    length = np.sqrt(np.maximum(train.sum(0), 1))
    alike = (train.T @ train) / np.outer(length, length)
    np.fill_diagonal(alike, 0)
    found = {
        "popularity": recall(np.tile(train.sum(0), (users, 1)), known, matrix["test"]),
        "item-kNN": recall(train @ alike, known, matrix["test"]),
    }
    database = imported(wend, folder, pairs, parts, users, items, others)
    call = {"model": "lightgcn", "task": "recommendation", "targetEdge": "BOUGHT", "split": "split", **options, "seed": seed}
    stats = database.ask(f"CALL algo.gnn_embed.stats({gql(call)}) YIELD testScore, validationScore, epochsRun")[0]
    found |= {"lightgcn": 100 * stats["testScore"], "validation": 100 * stats["validationScore"], "epochs": stats["epochsRun"]}
    if check:
        answer = database.ask(f"CALL algo.gnn_embed({gql({**call, 'normalize': False})}) YIELD nodeId, embedding")
        vectors = {row["nodeId"]: np.array(row["embedding"]) for row in answer}
        left = np.array([vectors[f"u{user}"] for user in range(users)])
        right = np.array([vectors[f"i{item}"] for item in range(items)])
        again = recall(left @ right.T, known, matrix["test"])
        assert abs(again - found["lightgcn"]) < 0.3, f"{again} from the vectors, {found['lightgcn']} reported"
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=list(ROWS))
    parser.add_argument("--set", nargs="*", default=[])
    parser.add_argument("--wend", default=os.path.join(ROOT, "target", "release", "wend"))
    given = parser.parse_args()
    changes = {name: json.loads(value) for name, value in (item.split("=", 1) for item in given.set)}
    table = []
    for name in given.only:
        make, options = ROWS[name]
        graph, folder = make(), work_folder(f"recommend-{os.getpid()}")
        found = [one(given.wend, folder, graph, {**options, **changes}, seed, seed == 0) for seed in range(given.seeds)]
        values = {column: spread([entry[column] for entry in found]) for column in found[0]}
        print(json.dumps({"row": name, "purchases": len(graph[0]), "set": changes,
                          **{column: [round(part, 2) for part in pair] for column, pair in values.items()}}), flush=True)
        cells = " | ".join("{:.1f} ± {:.1f}".format(*values[column]) for column in ("popularity", "item-kNN", "lightgcn"))
        table.append(f"| {name} | {cells} |")
    print("\n| graph | popularity | item-kNN | LightGCN |\n|---|---|---|---|\n" + "\n".join(table))


main()
