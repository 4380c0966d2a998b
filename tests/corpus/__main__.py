"""Write the corpus."""

import json

from tests.corpus import FILE, drawn

rows = [vars(one) | {"new": one.new.decode("latin-1")} for one in drawn()]
FILE.write_text("".join(json.dumps(row, sort_keys=True) + "\n" for row in rows), encoding="utf-8")
