#!/usr/bin/env python3
"""papers.py FOLDER [--seed 1]   a made network of papers, as sparse as Citeseer

Six topics of unequal size, 3,703 words of which a paper has some 32, 3,327 papers with 4,552 citations, three of four of them
within a topic; 20 training papers for each topic, 500 for validation, 1,000 for the test. Writes nodes.csv (`_id,_labels,class,
split,features:VECTOR`) and edges.csv. The same seed gives the same files.
"""
import argparse
import itertools
import os
import random

SIZES = [264, 590, 668, 701, 596, 508]
WORDS = 3703
CITATIONS = 4552
# Share of a paper's words that are its topic's; share of citations that stay within the topic on purpose.
OWN_WORDS = 0.3
WITHIN = 0.68


class Weighted:
    """Items to draw from by weight."""

    def __init__(self, items, weights):
        self.items, self.sums = list(items), list(itertools.accumulate(weights))

    def draw(self, random_numbers):
        return random_numbers.choices(self.items, cum_weights=self.sums)[0]


def papers(seed=1):
    """The topic of each paper, its words, and the citations as pairs."""
    numbers = random.Random(seed)
    topics = [topic for topic, size in enumerate(SIZES) for _ in range(size)]
    numbers.shuffle(topics)
    # Words follow Zipf's law; each topic prefers some of them.
    frequency = [1 / (rank + 20) for rank in range(WORDS)]
    all_words = Weighted(range(WORDS), frequency)
    own_words = []
    for _ in SIZES:
        own_words.append(Weighted(range(WORDS), [weight if numbers.random() < 0.15 else 0 for weight in frequency]))
    words = []
    for topic in topics:
        # A tenth of the papers reads like one of another topic.
        theme = topic if numbers.random() < 0.9 else numbers.randrange(len(SIZES))
        count, chosen = max(5, round(numbers.gauss(32, 8))), set()
        while len(chosen) < count:
            source = own_words[theme] if numbers.random() < OWN_WORDS else all_words
            chosen.add(source.draw(numbers))
        words.append(sorted(chosen))
    # Nearly every paper cites once; how often it is cited follows a power law.
    activity = [numbers.paretovariate(2.5) for _ in topics]
    everyone = Weighted(range(len(topics)), activity)
    of_topic = []
    for topic in range(len(SIZES)):
        members = [paper for paper, other in enumerate(topics) if other == topic]
        of_topic.append(Weighted(members, [activity[paper] for paper in members]))
    citing = [paper for paper in range(len(topics)) if numbers.random() < 0.97]
    pairs = set()
    while len(pairs) < CITATIONS:
        left = citing.pop() if citing else everyone.draw(numbers)
        right = (of_topic[topics[left]] if numbers.random() < WITHIN else everyone).draw(numbers)
        if left != right:
            pairs.add((min(left, right), max(left, right)))
    return topics, words, sorted(pairs)


def split(topics, seed=1):
    """train, val, test or nothing for each paper, as in the public splits."""
    order = list(range(len(topics)))
    random.Random(seed + 1).shuffle(order)
    parts, left = [""] * len(topics), [20] * len(SIZES)
    rest = []
    for paper in order:
        if left[topics[paper]]:
            left[topics[paper]] -= 1
            parts[paper] = "train"
        else:
            rest.append(paper)
    for place, paper in enumerate(rest[:1500]):
        parts[paper] = "val" if place < 500 else "test"
    return parts


def write(folder, seed=1):
    """Writes the two files; gives their paths."""
    topics, words, pairs = papers(seed)
    nodes, edges = os.path.join(folder, "nodes.csv"), os.path.join(folder, "edges.csv")
    with open(nodes, "w") as file:
        file.write("_id,_labels,class:INT64,split,features:VECTOR\n")
        for paper, (topic, own, part) in enumerate(zip(topics, words, split(topics, seed))):
            own = set(own)
            vector = ",".join("1" if word in own else "0" for word in range(WORDS))
            file.write(f'{paper},Paper,{topic},{part},"[{vector}]"\n')
    with open(edges, "w") as file:
        file.write("_from,_to,_label\n")
        file.writelines(f"{left},{right},CITES\n" for left, right in pairs)
    return nodes, edges


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    os.makedirs(given.folder, exist_ok=True)
    write(given.folder, given.seed)
