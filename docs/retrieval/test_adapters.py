"""The adapters and the choice of the way, without a server: python -m unittest test_adapters"""

import json
import pathlib
import struct
import unittest

from chancery_retrieval import IdListIndex, read_roaring, search
from mcp_resources import object_of, uri_of

OBJECTS = {number: f"page:p-{number}" for number in range(1, 1001)}


class Fake:
    """A store in which each user sees some numbers, and which notes what it is asked."""

    def __init__(self, sees, gone=()):
        self.sees, self.gone, self.asked = sees, set(gone), []

    def estimate(self, user, relation, kind):
        return len(self.sees[user]) / len(OBJECTS)

    def numbers(self, user, relation, kind):
        self.asked.append("numbers")
        return sorted(self.sees[user])

    def may(self, users, name):
        number = int(name.split("-")[1])
        return number not in self.gone and all(number in self.sees[user] for user in users)

    def filter(self, users, relation, objects, limit):
        self.asked.append("filter")
        return [name for name in objects if self.may(users, name)][:limit]

    def top(self, users, relation, limit, pages):
        self.asked.append("top")
        found, wanted = [], limit
        while len(found) < limit and (page := pages(wanted)):
            found += [name for name in page if self.may(users, name)]
            wanted *= 2
        return found, 0


class Line:
    """An index of numbers on a line: the nearest to a point come first."""

    def __init__(self):
        self.lists = []

    def __call__(self, point, ids, limit):
        if ids is not None:
            self.lists.append(len(ids))
        return sorted(((-abs(number - point), number) for number in ids or OBJECTS), reverse=True)[:limit]


class Adapters(unittest.TestCase):
    def test_long_lists_go_in_pieces_and_come_together_in_order(self):
        line = Line()
        index = IdListIndex(line, longest=7)
        self.assertEqual(index.among(500.2, list(range(1, 1001, 5)), 4), [501, 496, 506, 491])
        self.assertTrue(all(count <= 7 for count in line.lists))

    def test_the_share_decides_the_way(self):
        for share, way, asked in ((10, "list", ["numbers", "filter"]), (200, "list and look", ["numbers", "filter"]), (800, "look", ["top"])):
            store = Fake({"user:a": set(range(1, share + 1))})
            found, taken = search(store, IdListIndex(Line()), OBJECTS, 1000, ["user:a"], 3, kind="page")
            self.assertEqual((found, taken, store.asked), ([share, share - 1, share - 2], way, asked))

    def test_everybody_has_to_see_it_and_what_went_meanwhile_is_not_shown(self):
        sees = {"user:a": set(range(1, 11)), "agent:b": set(range(5, 700))}
        store = Fake(sees, gone=[10])
        found, _ = search(store, IdListIndex(Line()), OBJECTS, 1000, ["user:a", "agent:b"], 3, kind="page")
        self.assertEqual(found, [9, 8])
        store = Fake({"user:a": set(range(1, 900)), "agent:b": set(range(5, 700))})
        found, way = search(store, IdListIndex(Line()), OBJECTS, 1000, ["user:a", "agent:b"], 3, kind="page")
        self.assertEqual((found, way), ([699, 698, 697], "look"))

    def test_bitmaps_are_read_in_both_kinds_of_container(self):
        few, many = [3, 9], list(range(65536, 65536 + 10_000, 2))
        bits = bytearray(8192)
        for number in many:
            low = number - 65536
            bits[low // 8] |= 1 << low % 8
        head = struct.pack("<II", 12346, 2) + struct.pack("<HHHH", 0, 1, 1, len(many) - 1) + struct.pack("<II", 24, 28)
        self.assertEqual(list(read_roaring(head + struct.pack("<HH", *few) + bytes(bits))), few + many)


class Resources(unittest.TestCase):
    """The resources of MCP servers have the names that Chancery gives them."""

    published = json.loads(pathlib.Path(__file__).with_name("resources.json").read_text(encoding="utf-8"))

    def test_a_resource_has_its_name_and_the_name_leads_back(self):
        for uri, name, back in self.published["named"]:
            self.assertEqual(object_of(uri), name)
            self.assertEqual(uri_of(name), back)

    def test_what_two_readers_might_read_as_two_is_refused(self):
        for uri in self.published["refused"]:
            with self.assertRaises(ValueError, msg=uri):
                object_of(uri)

    def test_no_second_name_is_taken_for_a_resource(self):
        for name in self.published["unmapped"]:
            with self.assertRaises(ValueError, msg=name):
                uri_of(name)


if __name__ == "__main__":
    unittest.main()
