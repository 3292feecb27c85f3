"""Trains one model of the `implicit` library on data in the LightGCN text format and prints one line of JSON.

    python implicit_peer.py --data DIR --model als|item_cf --threads N [--factors F] [--sweeps S]
                            [--alpha A] [--regularization R] [--neighbors K]

The figures are the seconds of fitting, the seconds of recommending 20 unseen items to every user, and
Recall@20 and NDCG@20 by LightGCN's definitions.
"""
import argparse
import gzip
import json
import pathlib
import time

import numpy as np
import scipy.sparse as sp


def read(folder, name):
    """Rows by user number."""
    plain = pathlib.Path(folder) / name
    source = open(plain) if plain.exists() else gzip.open(f"{plain}.gz", "rt")
    rows = {}
    with source:
        for line in source:
            numbers = [int(number) for number in line.split()]
            if numbers:
                rows[numbers[0]] = numbers[1:]
    return rows


def matrix(train, test):
    n_users = 1 + max([*train, *test])
    n_items = 1 + max(max(row, default=0) for row in [*train.values(), *test.values()])
    users = np.repeat(list(train), [len(row) for row in train.values()])
    items = np.concatenate([np.asarray(row, dtype=np.int64) for row in train.values()])
    ones = np.ones(len(items), dtype=np.float32)
    return sp.coo_matrix((ones, (users, items)), shape=(n_users, n_items)).tocsr()


def measure(lists, test, k):
    gains = 1 / np.log2(np.arange(2, k + 2))
    recall = ndcg = users = 0
    for user, wanted in test.items():
        if wanted:
            hits = np.isin(lists[user, :k], wanted)
            recall += hits.sum() / len(set(wanted))
            ndcg += gains[hits].sum() / gains[: min(k, len(set(wanted)))].sum()
            users += 1
    return recall / users, ndcg / users


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--data", required=True)
    options.add_argument("--model", choices=["als", "item_cf"], required=True)
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--factors", type=int, default=64)
    options.add_argument("--sweeps", type=int, default=15)
    options.add_argument("--alpha", type=float, default=1.0)
    options.add_argument("--regularization", type=float, default=0.01)
    options.add_argument("--neighbors", type=int, default=100)
    given = options.parse_args()

    train, test = read(given.data, "train.txt"), read(given.data, "test.txt")
    ratings = matrix(train, test)
    if given.model == "als":
        from implicit.cpu.als import AlternatingLeastSquares

        model = AlternatingLeastSquares(
            factors=given.factors, iterations=given.sweeps, alpha=given.alpha,
            regularization=given.regularization, num_threads=given.threads, random_state=42,
        )
    else:
        from implicit.nearest_neighbours import CosineRecommender

        model = CosineRecommender(K=given.neighbors, num_threads=given.threads)

    start = time.perf_counter()
    model.fit(ratings, show_progress=False)
    fitted = time.perf_counter()
    lists, _ = model.recommend(np.arange(ratings.shape[0]), ratings, N=20)
    recommended = time.perf_counter()
    recall, ndcg = measure(np.asarray(lists), test, 20)
    print(json.dumps({
        "fit_seconds": fitted - start, "recommend_seconds": recommended - fitted,
        "recall": recall, "ndcg": ndcg,
    }))


if __name__ == "__main__":
    main()
