"""scikit-learn's TF-IDF over the documents of a JSON file; prints seconds and writes terms and values."""
import argparse
import json
import time

from sklearn.feature_extraction.text import TfidfVectorizer

options = argparse.ArgumentParser()
options.add_argument("--texts", required=True)
options.add_argument("--result", required=True)
options.add_argument("--max-features", type=int, required=True)
options.add_argument("--longest", type=int, required=True)
options = options.parse_args()

with open(options.texts, encoding="utf-8") as file:
    texts = json.load(file)
vectorizer = TfidfVectorizer(max_features=options.max_features, ngram_range=(1, options.longest))
start = time.perf_counter()
matrix = vectorizer.fit_transform(texts)
seconds = time.perf_counter() - start
matrix.sort_indices()
with open(options.result, "w", encoding="utf-8") as file:
    json.dump(
        {
            "terms": vectorizer.get_feature_names_out().tolist(),
            "indptr": matrix.indptr.tolist(),
            "indices": matrix.indices.tolist(),
            "values": matrix.data.tolist(),
        },
        file,
    )
print(json.dumps({"seconds": seconds}))
