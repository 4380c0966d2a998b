"""The tests, and how types are checked while they run: beartype, with whole numbers welcome where a float is asked for."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
