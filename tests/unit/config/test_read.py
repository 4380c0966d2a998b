"""A file is read whole up to a size and a depth; whatever is no TOML text is refused with its line and column."""

import pytest

from capexmodel.config import read as room
from capexmodel.config.read import DEEPEST, LARGEST_BYTES, parse_toml, read_bytes, read_toml
from capexmodel.errors import ConfigError


def refused(data, shown="f.toml"):
    """Why a text is no TOML, in one line."""
    with pytest.raises(ConfigError) as error:
        parse_toml(data if isinstance(data, bytes) else data.encode(), shown)
    assert len(error.value.faults) == 1
    return error.value.faults[0]


def test_a_file_is_read_as_a_tree_of_exact_numbers(write):
    path = write('a = 0.1\n[b]\nc = [1, "x"]\n')
    tree = read_toml(path, "f.toml")
    assert str(tree["a"]) == "0.1"
    assert tree["b"] == {"c": [1, "x"]}
    assert read_bytes(path, "f.toml") == b'a = 0.1\n[b]\nc = [1, "x"]\n'
    with pytest.raises(ConfigError, match=r"^f\.toml:1:1: Invalid statement$"):
        read_toml(write("= 1"), "f.toml")


def test_a_file_is_read_up_to_its_largest_size_and_whole(write, monkeypatch):
    path = write(b"a = 1234")
    monkeypatch.setattr(room, "LARGEST_BYTES", 8)
    assert read_toml(path, "f.toml") == {"a": 1234}
    monkeypatch.setattr(room, "LARGEST_BYTES", 7)
    with pytest.raises(ConfigError) as error:
        read_toml(path, "f.toml")
    assert str(error.value) == "f.toml: is too large, got 8 bytes, expected at most 7"


def test_ten_million_bytes_are_read_and_no_more(tmp_path):
    path = tmp_path / "large.toml"
    for size in (10_000_000, 10_000_001):
        with path.open("wb") as file:
            file.truncate(size)
        if size == LARGEST_BYTES:
            assert len(read_bytes(path, "f.toml")) == 10_000_000
    with pytest.raises(ConfigError, match=r"^f\.toml: is too large, got 10000001 bytes, expected at most 10000000$"):
        read_bytes(path, "f.toml")


def test_what_is_no_file_is_said_in_words(tmp_path):
    for path, line in (
        (tmp_path, "f.toml: is not a regular file, expected a TOML file"),
        (tmp_path / "none.toml", "f.toml: there is no such file"),
        (tmp_path / ("x" * 300), "f.toml: cannot be read: File name too long"),
        (tmp_path / "a\0b", "f.toml: cannot be read: its name is not a path"),
    ):
        with pytest.raises(ConfigError) as error:
            read_toml(path, "f.toml")
        assert error.value.faults == [line]
    with pytest.raises(ConfigError, match=r"^f\.json: is not a regular file, expected a plan$"):
        read_bytes(tmp_path, "f.json", "a plan")


@pytest.mark.parametrize(("data", "line"), [
    (b"\xff\xfea", "f.toml:1:1: is UTF-16, expected UTF-8"),
    (b"\xfe\xffa", "f.toml:1:1: is UTF-16, expected UTF-8"),
    (b"\xef\xbb\xbfa = 1", "f.toml:1:1: starts with a byte order mark, expected plain UTF-8"),
    (b"\xe9 = 1", "f.toml:1:1: is not UTF-8 text, got byte 0xe9"),
    (b"a = '\xe9'", "f.toml:1:6: is not UTF-8 text, got byte 0xe9"),
    (b"b = '\xc3\xa4'\nbcd = '\xc3\xa4\xe9'", "f.toml:2:9: is not UTF-8 text, got byte 0xe9"),
    (b"a\0 = 1", "f.toml:1:2: holds a NUL byte, expected text"),
    (b"a = 1\nbc\0 = 1", "f.toml:2:3: holds a NUL byte, expected text"),
    ("a = 1\nb = ", "f.toml:2:5: Invalid value, the file ends too early"),
    ("a = 1\nb", "f.toml:2:2: Expected '=' after a key in a key/value pair, the file ends too early"),
    ("a = 1\nb = @\n", "f.toml:2:5: Invalid value"),
    ("a = 1\na = 2\n", "f.toml:2:6: the key a stands twice"),
    ("a = 1\n a = 2", "f.toml:2:7: the key a stands twice"),
    ("[x.y]\nb = 1\n[x.y]\nc = 2", "f.toml:3:5: the table [x.y] stands twice"),
    ("[x.y]\n[ x . 'y' ]\n", "f.toml:2:11: the table [x . 'y'] stands twice"),
    ("[[x]]\n[x]\n", "f.toml:2:3: the table [x] stands twice"),
    ("[x]\n[[x]]\n", "f.toml:2:4: the table [x] stands twice"),
    ('"q r".b = 1\n"q r".b = 2 # again\n', 'f.toml:2:12: the key "q r".b stands twice'),
    ("a = 1\na = [\n1,\n2]\nb = 3", "f.toml:4:3: the key a stands twice"),
    ('a = 1\na = """\nx = 1\nb = 2\n"""\n', "f.toml:5:4: the key a stands twice"),
    ("a = 1\na = [" + "\n" * 7 + "2]", "f.toml:9:3: the key a stands twice"),
    ("a = 1\na = [" + "\n" * 8 + "2]", "f.toml:10:3: a key stands twice"),
    ('a = """\nx = 1\n"""\na = 2\n', "f.toml:4:6: the key a stands twice"),
    ("a.b = 1\na = {c = 1}\n", "f.toml:2:12: the key a stands twice"),
    ("x = {}\nx.a = 1", "f.toml:2:8: Cannot mutate immutable namespace ('x',)"),
    ("a = " + "9" * 5000, "f.toml: holds a number that cannot be read: Exceeds the limit (4300 digits) for integer string conversion: "
     "value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit"),
])  # fmt: skip
def test_what_is_no_text_or_no_toml_is_refused_with_its_place(data, line):
    assert refused(data) == line


def test_a_complaint_is_cut_to_a_length_that_can_be_read():
    """A hundred and sixty letters are whole; of more, the first hundred and fifty-seven are told."""
    whole, longer, longest = (refused("[{0}]\n[{0}]".format("a" * length)) for length in (135, 136, 400))
    assert whole == f"f.toml:2:137: the table [{'a' * 135}] stands twice"
    assert longer == f"f.toml:2:138: the table [{'a' * 136}] stands t..."
    assert longest == f"f.toml:2:402: the table [{'a' * 146}..."


def test_a_complaint_is_one_line_whatever_the_parser_says(monkeypatch):
    def complain(text, parse_float):
        raise ValueError(f"Odd\n{text}\x1b")

    monkeypatch.setattr(room.tomllib, "loads", complain)
    assert refused("b c") == "f.toml: holds a number that cannot be read: Odd?b c?"


def nested(levels, opening, closing):
    """A value so many levels deep."""
    return "a = " + opening * levels + closing * levels


@pytest.mark.parametrize("deep", [
    lambda levels: nested(levels, "[", "]"),
    lambda levels: "a = " + "{a = " * levels + "1" + "}" * levels,
    lambda levels: "a = " + "[{a = " * (levels // 2) + "[" * (levels % 2) + "1" + "]" * (levels % 2) + "}]" * (levels // 2),
    lambda levels: "[" + ".".join(["a"] * levels) + "]",
    lambda levels: "b = 1\n[[" + ".".join(["a"] * (levels - 1)) + "]]\n",
], ids=["lists", "tables", "both", "dotted", "list of tables"])  # fmt: skip
def test_what_is_nested_is_read_down_to_a_depth(deep):
    assert DEEPEST == 32
    assert "a" in parse_toml(deep(32).encode(), "f.toml")
    assert refused(deep(33)).endswith("nested too deeply, expected at most 32 levels")
    assert refused(deep(10_000)).endswith("nested too deeply, expected at most 32 levels")


DOTS = ".".join(str(number) for number in range(1, 41))


@pytest.mark.parametrize("text", [
    f"# version {DOTS}\na = 1", f"  # [{DOTS}]\na = 1", f"\n# {DOTS} = 2\na = 1", f'a = "{DOTS}"', f"a = '{DOTS}]'", f"a = 1 # {DOTS}",
    "a = '" + "b." * 500 + "'", "# " + "b." * 1_000_000 + "\na = 1",
    f'a = ["{DOTS}", "b"]', f'a = """\n{DOTS}\n"""', f"a = '{DOTS}'\n[b]",
])  # fmt: skip
def test_dots_in_a_comment_or_a_value_are_no_depth(text):
    assert "a" in parse_toml(text.encode(), "f.toml")


@pytest.mark.parametrize(("text", "place"), [
    (f"{DOTS} = 1", "1:1"), (f"b = 1\n[[ {DOTS} ]]", "2:4"), (f"a = {{ {DOTS} = 1 }}", "1:7"), (f'{DOTS}."{"x" * 200}" = 1', "1:1"),
    (f"{DOTS} . 'b c' \t = 1", "1:1"), (f"# {DOTS}\n{DOTS} = 1", "2:1"), ("a." * 3_000_000 + "b = 1", "1:1"),
    ("a." * 3_000_000, "1:1"), ("a = 'b" + "b." * 500 + "'", "1:6"),
    (f"# {DOTS} = 2\nb = '{DOTS}'\n[{DOTS}]", "3:2"), (f"{DOTS}=1", "1:1"),
], ids=range(11))  # fmt: skip
def test_dots_in_a_key_are_depth(text, place):
    assert refused(text) == f"f.toml:{place}: a key is nested too deeply, expected at most 32 levels"


def test_a_key_that_is_too_deep_is_told_with_its_place():
    assert refused("b = 1\n [" + "a." * 32 + "a]") == "f.toml:2:3: a key is nested too deeply, expected at most 32 levels"
    assert refused(nested(33, "[", "]")) == "f.toml: is nested too deeply, expected at most 32 levels"
    assert refused(nested(10_000, "[", "]")) == "f.toml: is nested too deeply, expected at most 32 levels"
