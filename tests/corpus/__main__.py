"""Write the corpus."""

import dataclasses
import json

from tests.corpus import FILE, drawn, slips

rows = [vars(one) | {"new": one.new.decode("latin-1")} for one in drawn()]
FILE.write_text("".join(json.dumps(row, sort_keys=True) + "\n" for row in rows), encoding="utf-8")
rows = [dataclasses.asdict(one) for one in slips.drawn()]
slips.FILE.write_text("".join(json.dumps(row, sort_keys=True) + "\n" for row in rows), encoding="utf-8")
