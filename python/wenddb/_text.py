"""Vectors of texts by a pretrained encoder."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._database import quoted


def encode_text(runs: Any, label: str, property: str, to: str, model: Any, batch_size: int) -> int:  # noqa: A002
    """Writes vectors of a text property in one commit; how many."""
    encode = _encoder(model)
    key = quoted(property)
    found = runs.gql(f"MATCH (n:{quoted(label)}) WHERE n.{key} IS NOT NULL RETURN n._id AS id, n.{key} AS text")
    ids, texts = found.numpy("id").tolist(), found.numpy("text").tolist()
    if not ids:
        return 0
    wrong = next((one for one, text in zip(ids, texts) if not isinstance(text, str)), None)
    if wrong is not None:
        raise TypeError(f"the property {property} of the node '{wrong}' is no text")
    parts = []
    for start in range(0, len(texts), batch_size):
        batch = texts[start : start + batch_size]
        made = encode(batch)
        made = np.asarray(made.detach().cpu() if hasattr(made, "detach") else made, dtype=np.float32)
        if made.ndim != 2 or len(made) != len(batch):
            raise ValueError(f"the model gave an array of shape {made.shape} for {len(batch)} texts: a row for each is needed")
        parts.append(made)
    return int(runs.write_vectors(to, ids, np.concatenate(parts)))


def _encoder(model: Any) -> Any:
    if isinstance(model, str):
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise ImportError(
                f"the model {model!r} is one of sentence-transformers: pip install sentence-transformers, or pass a function "
                "from a list of texts to a matrix"
            ) from None
        model = SentenceTransformer(model)
    if hasattr(model, "encode"):
        return model.encode
    if not callable(model):
        raise TypeError("model is a function from a list of texts to a matrix, something with encode(), or a name")
    return model
