#!/usr/bin/env python3
"""recommend.py [--seeds 10] [--only NAME ...] [--wend BINARY] [--set name=JSON ...]   LightGCN against popularity and neighbours

Two bipartite graphs: `planted`, made here (users and items in groups, some items popular, a part of the purchases at random), and
`chinook`, which customer bought which track ($WEND_SHARED/datasets/chinook): alone, with the edges from tracks to albums, with those
to artists too, and with those to genres too. Each seed draws another 80 : 10 : 10 split of the purchases, kept as the edge property
`split`, and is the seed of the training. Popularity, item-kNN and user-kNN (cosine, all neighbours) are computed with numpy on
exactly the training purchases; equal scores are in random order. They cannot use other edges, so for each graph with albums there
is a rule that can: `same album` ranks tracks by how many of their album the customer has. recall@20 on the test part: the share of
a user's held-out items, at most 20, among the first 20, the items of training and validation left out; mean over users. The
procedure's own figure is checked once against the vectors it wrote. Needs numpy.
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


def chinook(*labels):
    """Customers, tracks, and the edges with these labels: (from, to, label)."""
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
    name = lambda node: f"i{number[node]}" if node in number else node
    others = [(name(edge["_from"]), name(edge["_to"]), edge["_label"]) for edge in edges if edge["_label"] in labels]
    return np.array(pairs), len(names), len(tracks), others


# name: the graph, parameters
ROWS = {
    "planted": (planted, {}),
    "chinook": (chinook, {}),
    "chinook, albums": (lambda: chinook("HAS_ALBUM"), {}),
    "chinook, albums, artists": (lambda: chinook("HAS_ALBUM", "HAS_ARTIST"), {}),
    "chinook, albums, artists, genres": (lambda: chinook("HAS_ALBUM", "HAS_ARTIST", "HAS_GENRE"), {}),
}
COLUMNS = ("popularity", "item-kNN", "user-kNN", "same album", "lightgcn")


def imported(wend, folder, pairs, parts, users, items, others):
    with open(os.path.join(folder, "nodes.csv"), "w") as file:
        file.write("_id,_labels\n")
        file.writelines(f"u{user},User\n" for user in range(users))
        file.writelines(f"i{item},Item\n" for item in range(items))
        # album:1 has the label Album.
        named = sorted({name for edge in others for name in edge[:2] if ":" in name})
        file.writelines(f"{name},{name.split(':')[0].capitalize()}\n" for name in named)
    with open(os.path.join(folder, "edges.csv"), "w") as file:
        file.write("_from,_to,_label,split\n")
        file.writelines(f"u{user},i{item},BOUGHT,{part}\n" for (user, item), part in zip(pairs, parts))
        file.writelines(f"{start},{end},{label},\n" for start, end, label in others)
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
    # In another order for each seed: ties are no favour.
    order = np.random.default_rng(seed).permutation(items)
    judged = lambda scores: recall(scores[:, order], known[:, order], matrix["test"][:, order])

    def cosines(rows):
        length = np.sqrt(np.maximum((rows ** 2).sum(1), 1))
        alike = (rows @ rows.T) / np.outer(length, length)
        np.fill_diagonal(alike, 0)
        return alike

    found = {
        "popularity": judged(np.tile(train.sum(0), (users, 1))),
        "item-kNN": judged(train @ cosines(train.T)),
        "user-kNN": judged(cosines(train) @ train),
    }
    of_album = {int(start[1:]): end for start, end, label in others if label == "HAS_ALBUM"}
    if of_album:
        albums = sorted(set(of_album.values()))
        member = np.zeros((items, len(albums)))
        member[list(of_album), [albums.index(album) for album in of_album.values()]] = 1
        found["same album"] = judged(train @ member @ member.T)
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
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", nargs="*", default=list(ROWS))
    parser.add_argument("--set", nargs="*", default=[])
    parser.add_argument("--wend", default=os.path.join(ROOT, "target", "release", "wend"))
    given = parser.parse_args()
    changes = {name: json.loads(value) for name, value in (item.split("=", 1) for item in given.set)}
    table = []
    cell = lambda pair: "{:.1f} ± {:.1f}".format(*pair) if pair else "-"
    for name in given.only:
        make, options = ROWS[name]
        graph, folder = make(), work_folder(f"recommend-{os.getpid()}")
        found = [one(given.wend, folder, graph, {**options, **changes}, seed, seed == 0) for seed in range(given.seeds)]
        values = {column: spread([entry[column] for entry in found]) for column in found[0]}
        print(json.dumps({"row": name, "purchases": len(graph[0]), "set": changes,
                          **{column: [round(part, 2) for part in pair] for column, pair in values.items()}}), flush=True)
        table.append(f"| {name} | " + " | ".join(cell(values.get(column)) for column in COLUMNS) + " |")
    print("\n| graph | " + " | ".join(COLUMNS) + " |\n|" + "---|" * (len(COLUMNS) + 1) + "\n" + "\n".join(table))


main()
