"""Inverts a random symmetric positive definite matrix with LAPACK's spotrf and spotri.

    python lapack_peer.py --order N [--rounds R]

Prints one line of JSON with the least seconds of the rounds.
"""
import argparse
import json
import time

import numpy as np
from scipy.linalg.lapack import spotrf, spotri


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--order", type=int, required=True)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()

    diagonal = np.arange(given.order)
    seconds = []
    for _ in range(given.rounds):
        matrix = np.full((given.order, given.order), 0.5, dtype=np.float32, order="F")
        matrix[diagonal, diagonal] = given.order
        start = time.perf_counter()
        factor, failed = spotrf(matrix, lower=1, overwrite_a=1, clean=0)
        inverse, singular = spotri(factor, lower=1, overwrite_c=1)
        seconds.append(time.perf_counter() - start)
        assert failed == 0 and singular == 0
    print(json.dumps({"seconds": min(seconds)}))


if __name__ == "__main__":
    main()
