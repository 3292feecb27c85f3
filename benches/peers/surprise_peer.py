"""Trains one of Surprise's models of ratings on five folds and prints one line of JSON.

    python surprise_peer.py --ratings FILE.csv --model user_knn|item_knn|svd [--neighbors K] [--seed S]

The file has a header and the columns user, item, rating; fold k tests the ratings whose line number (from
zero, without the header) modulo 5 is k. Printed are the seconds of fitting and of predicting, a fold, and the
prediction of every line from the fold that tests it.
"""
import argparse
import json
import time

import pandas
from surprise import SVD, Dataset, KNNWithMeans, Reader


def knn(user_based):
    def make(given):
        options = {"name": "cosine", "user_based": user_based}
        return KNNWithMeans(k=given.neighbors, sim_options=options, verbose=False)

    return make


def svd(given):
    return SVD(n_factors=100, n_epochs=20, lr_all=0.005, reg_all=0.02, random_state=given.seed)


MODELS = {"user_knn": knn(True), "item_knn": knn(False), "svd": svd}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--ratings", required=True)
    options.add_argument("--model", choices=list(MODELS), required=True)
    options.add_argument("--neighbors", type=int, default=40)
    options.add_argument("--seed", type=int, default=42)
    given = options.parse_args()

    table = pandas.read_csv(given.ratings).iloc[:, :3]
    user, item, rating = table.columns
    scale = (table[rating].min(), table[rating].max())
    predictions = [0.0] * len(table)
    fit_seconds = predict_seconds = 0.0
    for fold in range(5):
        tested = table.index % 5 == fold
        train = Dataset.load_from_df(table[~tested], Reader(rating_scale=scale)).build_full_trainset()
        held_out = list(table[tested].itertuples(index=False, name=None))
        model = MODELS[given.model](given)
        start = time.perf_counter()
        model.fit(train)
        fitted = time.perf_counter()
        answers = model.test(held_out)
        predicted = time.perf_counter()
        fit_seconds += (fitted - start) / 5
        predict_seconds += (predicted - fitted) / 5
        for line, answer in zip(table.index[tested], answers):
            predictions[line] = answer.est
    print(json.dumps({
        "fit_seconds": fit_seconds, "predict_seconds": predict_seconds, "predictions": predictions,
    }))


if __name__ == "__main__":
    main()
