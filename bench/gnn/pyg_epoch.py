#!/usr/bin/env python3
"""pyg_epoch.py EDGES MODEL FORM   time of a training epoch of PyTorch Geometric, as one line of JSON

Two layers 128 -> 128 -> 64 on 128 random features and 64 random classes, full batch, Adam, 2 threads. MODEL: gcn, graphsage, gat
(8 heads in the first layer, 1 in the second, as in its paper). FORM: edge_index (gather and scatter) or sparse (torch.sparse CSR;
not for gat). Epochs after the first are timed.
"""
import json
import os
import resource
import sys
import time
import warnings

os.environ["OMP_NUM_THREADS"] = "2"
warnings.filterwarnings("ignore")
import numpy as np
import torch
import torch.nn.functional as F
from torch_geometric.nn import GATConv, GCNConv, SAGEConv

torch.set_num_threads(2)
torch.manual_seed(42)
path, model, form = sys.argv[1:4]
epochs = int(sys.argv[4]) if len(sys.argv) > 4 else 3
edges = np.loadtxt(path, dtype=np.int64, delimiter="\t")
n = int(edges.max()) + 1
links = torch.from_numpy(np.concatenate([edges, edges[:, ::-1]]).T.copy())
x, y = torch.randn(n, 128), torch.randint(0, 64, (n,))
layer = {
    "gcn": lambda i, o, heads: GCNConv(i, o, cached=True),
    "graphsage": lambda i, o, heads: SAGEConv(i, o),
    "gat": lambda i, o, heads: GATConv(i, o // heads, heads=heads),
}[model]
if form == "sparse":
    links = torch.sparse_coo_tensor(links.flip(0), torch.ones(links.shape[1]), (n, n)).coalesce().to_sparse_csr()


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = layer(128, 128, 8), layer(128, 64, 1)

    def forward(self):
        return self.second(F.relu(self.first(x, links)), links)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
times = []
for _ in range(epochs + 1):
    started = time.perf_counter()
    optimizer.zero_grad()
    F.cross_entropy(net(), y).backward()
    optimizer.step()
    times.append(1e3 * (time.perf_counter() - started))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"ms_per_epoch": round(float(np.median(times[1:])), 1), "peak_mb": round(peak)}))
