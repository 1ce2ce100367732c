#!/usr/bin/env python3
"""signs.py [--seeds 5] [--wend BINARY] [--set name=JSON ..] [--only wend|pyg]   a label of edges, beside the same network in PyTorch Geometric

A made network of 2,000 people in four camps and 12,000 directed edges: the sign of an edge says whether its ends are of one camp, one in ten
signs is turned over; a fifth of the people say which camp they are of, the edge's `years` are longer between friends. Edges are divided
80 : 10 : 10, edges between the same two people together. Both sides: two layers of GraphSAGE with the mean, 64 wide, then two layers on both
ends' states and the edge's features; dropout 0.5, Adam 0.01, one step an epoch, at most 200 epochs, 20 without progress on validation; the
epoch with the best validation AUROC counts. Prints a line of JSON per run and a table of mean and sample deviation. The other side needs
torch, torch_geometric and scikit-learn.
"""
import argparse
import json
import os
import random
import time

from common import Wend, gql, spread, work_folder

PEOPLE, EDGES, CAMPS = 2000, 12000, 4


def made(seed=3):
    """(camp that is told or None) of each person; (from, to, years, sign, part) of each edge."""
    draw = random.Random(seed)
    camps = [draw.randrange(CAMPS) for _ in range(PEOPLE)]
    told = [camp if draw.random() < 0.2 else None for camp in camps]
    of_camp = [[person for person in range(PEOPLE) if camps[person] == camp] for camp in range(CAMPS)]
    edges, parts = [], {}
    while len(edges) < EDGES:
        a = draw.randrange(PEOPLE)
        b = draw.choice(of_camp[camps[a]]) if draw.random() < 0.6 else draw.randrange(PEOPLE)
        if a == b:
            continue
        friends = camps[a] == camps[b]
        sign = friends != (draw.random() < 0.1)
        years = draw.gauss(6 if friends else 5, 2)
        part = parts.setdefault((min(a, b), max(a, b)), draw.choices(["train", "validation", "test"], [8, 1, 1])[0])
        edges.append((a, b, round(years, 3), sign, part))
    return told, edges


def wend(arguments, told, edges, given):
    folder = work_folder("signs")
    nodes, links = os.path.join(folder, "nodes.csv"), os.path.join(folder, "edges.csv")
    with open(nodes, "w") as file:
        file.write("_id,_labels," + ",".join(f"camp{camp}:FLOAT" for camp in range(CAMPS)) + "\n")
        for person, camp in enumerate(told):
            file.write(f"p{person},Person," + ",".join(str(float(camp == other)) for other in range(CAMPS)) + "\n")
    with open(links, "w") as file:
        file.write("_from,_to,_label,years:FLOAT,sign:BOOL,split\n")
        file.writelines(f"p{a},p{b},KNOWS,{years},{str(sign).lower()},{part}\n" for a, b, years, sign, part in edges)
    database = Wend(arguments.wend, os.path.join(folder, "database")).imported(nodes, links)
    results = []
    for seed in range(arguments.seeds):
        parameters = {"task": "edge_classification", "target": "sign", "split": "split", "model": "graphsage", "seed": seed, **given}
        start = time.time()
        (row,) = database.ask(f"CALL algo.gnn_embed.stats({gql(parameters)}) YIELD testScore, validationScore, baseline, epochsRun "
                              "RETURN testScore, validationScore, baseline, epochsRun")
        results.append(row["testScore"])
        print(json.dumps({"side": "wend", "seed": seed, "seconds": round(time.time() - start, 1), **row}), flush=True)
    return results


def pyg(arguments, told, edges, patience=20):
    import torch
    import torch.nn.functional as F
    from sklearn.metrics import roc_auc_score
    from torch_geometric.nn import SAGEConv

    torch.set_num_threads(2)
    x = torch.tensor([[float(camp == other) for other in range(CAMPS)] for camp in told])
    parts = {part: torch.tensor([own == part for *_, own in edges]) for part in ("train", "validation", "test")}

    def scaled(columns, rows):
        return (columns - columns[rows].mean(0)) / columns[rows].std(0).clamp(min=1e-9)

    x = scaled(x, torch.ones(len(x), dtype=torch.bool))
    years = scaled(torch.tensor([[years] for _, _, years, _, _ in edges]), parts["train"])
    sign = torch.tensor([int(sign) for _, _, _, sign, _ in edges])
    start, end = (torch.tensor([edge[place] for edge in edges]) for place in (0, 1))
    index = torch.stack([torch.cat([start, end]), torch.cat([end, start])])

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = SAGEConv(CAMPS, 64), SAGEConv(64, 64)
            self.hidden, self.out = torch.nn.Linear(129, 64), torch.nn.Linear(64, 2)

        def forward(self):
            def drop(state):
                return F.dropout(state, 0.5, self.training)

            state = F.relu(self.first(drop(x), index))
            state = drop(self.second(drop(state), index))
            return self.out(drop(F.relu(self.hidden(torch.cat([state[start], state[end], years], 1)))))

    results = []
    for seed in range(arguments.seeds):
        torch.manual_seed(seed)
        network = Network()
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
        began, best, idle, lowest = time.time(), (-1.0, 0.0, 0.0), 0, float("inf")
        for epoch in range(200):
            network.train()
            optimizer.zero_grad()
            F.cross_entropy(network()[parts["train"]], sign[parts["train"]]).backward()
            optimizer.step()
            network.eval()
            with torch.no_grad():
                scores = network()
            loss = F.cross_entropy(scores[parts["validation"]], sign[parts["validation"]]).item()
            scores = (scores[:, 1] - scores[:, 0]).numpy()
            value, test = (roc_auc_score(sign[parts[part]].numpy(), scores[parts[part].numpy()]) for part in ("validation", "test"))
            progress = value > best[0] or loss < lowest
            if value > best[0] or (value == best[0] and loss < lowest):
                best = (value, loss, test)
            lowest = min(lowest, loss)
            idle = 0 if progress else idle + 1
            if idle >= patience:
                break
        results.append(best[2])
        row = {"side": "pyg", "seed": seed, "seconds": round(time.time() - began, 1), "testScore": best[2], "validationScore": best[0], "epochsRun": epoch + 1}
        print(json.dumps(row), flush=True)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--wend", default=os.environ.get("WEND", "wend"))
    parser.add_argument("--only", choices=["wend", "pyg"])
    parser.add_argument("--set", nargs="*", default=[])
    arguments = parser.parse_args()
    given = {name: json.loads(value) for name, value in (one.split("=", 1) for one in arguments.set)}
    told, edges = made()
    table = []
    for side, run in (("wend", lambda: wend(arguments, told, edges, given)), ("pyg", lambda: pyg(arguments, told, edges))):
        if arguments.only in (None, side):
            table.append((side, *spread(run())))
    for side, mean, deviation in table:
        print(f"{side:8}{mean:7.4f} +- {deviation:.4f}")


main()
