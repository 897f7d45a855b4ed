"""Searching with permissions: a vector index finds what is like the question, Chancery says what may be seen.

`search` chooses how the two work together, by the share of the index that a person may see:

* little (up to `EXACT` of it): what may be seen is listed first, and only that is compared, exactly;
* some (up to `MANY`): the index is searched for candidates that are among the listed ones;
* much: the index is searched as it is, and candidates are filtered page by page until there are enough.

Whatever the way, what is returned was allowed when it was returned: the last look is always Chancery's.
"""

import http.client
import json
import struct
import time
import urllib.parse

EXACT = 0.02
MANY = 0.30


class Store:
    """A relationship store of Chancery, over HTTP."""

    def __init__(self, api_url, store, key):
        self.url = urllib.parse.urlsplit(api_url)
        self.path = f"{self.url.path}/stores/{store}"
        self.headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    def connect(self):
        kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        return kind(self.url.hostname, self.url.port, timeout=30)

    def raw(self, path, body, method="POST"):
        connection = self.connect()
        try:
            connection.request(method, self.path + path, json.dumps(body), self.headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{path} answered {answer.status}: {data.decode()}")
        return answer, data

    def post(self, path, body):
        return json.loads(self.raw(path, body)[1])

    def register(self, objects):
        """Tells by which number the index knows each object: `{number: object}`. What is so already is left as it is."""
        pairs = [{"object": name, "id": number} for number, name in objects.items()]
        for at in range(0, len(pairs), 1000):
            self.raw("/object-ids", {"ids": pairs[at : at + 1000]}, method="PUT")

    def estimate(self, user, relation, kind):
        """The share of a type's registered objects that a user reaches."""
        body = {"user": user, "relation": relation, "type": kind, "estimate": True, "ids": "registered"}
        return self.post("/list-objects/set", body)["share"]

    def numbers(self, user, relation, kind):
        """The registered numbers of all objects of a type that a user reaches."""
        body = {"user": user, "relation": relation, "type": kind, "ids": "registered"}
        answer, data = self.raw("/list-objects/set", body)
        if answer.headers["chancery-complete"] != "true":
            raise RuntimeError("the list is not complete")
        return list(read_roaring(data))

    def filter(self, users, relation, objects, limit):
        """Those of the objects that all users may see, in order, up to a limit."""
        body = {"users": users, "relation": relation, "objects": objects, "limit": limit}
        found = self.post("/filter", body)
        if not found["complete"] or found["undecided"]:
            raise RuntimeError(f"not everything was answered: {found['undecided'][:3] or 'the time was over'}")
        return found["objects"]

    def follow(self, user, relation, kind, token=""):
        """What one user may see of a type, as it changes: pairs of what happened (`restart`, `insert`, `delete`, `version`)
        and its line, for as long as the caller takes them. At `restart`, forget what you knew. Who kept the `token` of a `version` line
        gives it to hear what changed since, also after a start of either side."""
        while True:
            connection = self.connect()
            try:
                body = {"user": user, "relation": relation, "type": kind, "token": token}
                connection.request("POST", f"{self.path}/follow", json.dumps(body), self.headers)
                answer = connection.getresponse()
                if answer.status >= 400:
                    raise RuntimeError(f"follow answered {answer.status}: {answer.read().decode()}")
                for line in map(json.loads, answer):
                    if "error" in line:
                        raise RuntimeError(f"follow went wrong: {line}")
                    token = line.get("token", token)
                    yield next(what for what in ("restart", "insert", "delete", "version") if what in line), line
            except (OSError, http.client.HTTPException):
                # The server went away, or an end of the line did: on with the last token.
                time.sleep(1)
            finally:
                connection.close()

    def top(self, users, relation, limit, pages):
        """The first so many objects that all users may see. `pages(count)` gives that many more candidates, best first,
        and none when there are no more."""
        connection = self.connect()
        try:
            connection.putrequest("POST", f"{self.path}/top-k")
            for name, value in {**self.headers, "transfer-encoding": "chunked"}.items():
                connection.putheader(name, value)
            connection.endheaders()
            return self.converse(connection, {"users": users, "relation": relation, "limit": limit}, pages)
        finally:
            connection.close()

    def converse(self, connection, first, pages):
        def say(line):
            data = json.dumps(line).encode() + b"\n"
            connection.send(b"%x\r\n%b\r\n" % (len(data), data))

        say(first)
        answer = connection.response_class(connection.sock, method="POST")
        answer.begin()
        if answer.status >= 400:
            raise RuntimeError(f"top-k answered {answer.status}: {answer.read().decode()}")
        found, examined = [], 0
        while True:
            line = json.loads(answer.readline())
            if "error" in line or not line["complete"] or line["undecided"]:
                raise RuntimeError(f"top-k went wrong: {line}")
            found += line["objects"]
            examined = line["examined"]
            candidates = pages(line["next"]) if line["next"] else []
            if not candidates:
                connection.send(b"0\r\n\r\n")
                return found, examined
            say({"objects": candidates})


def read_roaring(data):
    """The numbers of a roaring bitmap in its portable format (without runs, which Chancery does not send)."""
    cookie, count = struct.unpack_from("<II", data)
    assert cookie == 12346, cookie
    keys = [struct.unpack_from("<HH", data, 8 + 4 * at) for at in range(count)]
    at = 8 + 8 * count
    for key, less_one in keys:
        if less_one < 4096:
            for low in struct.unpack_from(f"<{less_one + 1}H", data, at):
                yield key << 16 | low
            at += 2 * (less_one + 1)
        else:
            bits = int.from_bytes(data[at : at + 8192], "little")
            yield from (key << 16 | low for low in range(65536) if bits >> low & 1)
            at += 8192


class PgVector:
    """A table of PostgreSQL with the extension pgvector: `chunks (id integer primary key, embedding vector)`."""

    def __init__(self, connection):
        self.connection = connection

    def create(self, width):
        self.connection.execute("create extension if not exists vector")
        self.connection.execute(f"create table chunks (id integer primary key, embedding vector({width}) not null)")

    def add(self, rows):
        with self.connection.cursor() as cursor:
            cursor.executemany("insert into chunks values (%s, %s)", [(n, self.text(v)) for n, v in rows])
        self.connection.execute("create index on chunks using hnsw (embedding vector_ip_ops)")
        self.connection.execute("analyze chunks")

    @staticmethod
    def text(vector):
        return "[" + ",".join(f"{x:.7g}" for x in vector) + "]"

    def ask(self, query, vector, limit, *more):
        return [row[0] for row in self.connection.execute(query, (*more, self.text(vector), limit)).fetchall()]

    def among(self, vector, ids, limit):
        """The nearest of these, compared one by one."""
        # The sum keeps the index out of it: with it, rows would be filtered after the index gave its few.
        query = "select id from chunks where id = any(%s) order by (embedding <#> %s::vector) + 0 limit %s"
        return self.ask(query, vector, limit, ids)

    def nearest(self, vector, limit):
        """The nearest of all, by the index as far as it reaches."""
        # The index gives `ef_search` rows and no more, and that is 1,000 at most: beyond, all are compared.
        if limit > 500:
            return self.ask("select id from chunks order by (embedding <#> %s::vector) + 0 limit %s", vector, limit)
        self.connection.execute(f"set hnsw.ef_search = {max(40, 2 * limit)}")
        return self.ask("select id from chunks order by embedding <#> %s::vector limit %s", vector, limit)


class IdListIndex:
    """Stands for any index that takes a list of ids to search among (Qdrant's `has_id`, Weaviate's allow-list, Pinecone's
    `$in`, …): give it a function `search(vector, ids or None, limit)` that calls it. Long lists go in pieces."""

    def __init__(self, search, longest=10_000):
        self.search = search
        self.longest = longest

    def among(self, vector, ids, limit):
        """`search` answers pairs of score and id, best first, so that pieces can be put together again."""
        pieces = (ids[at : at + self.longest] for at in range(0, len(ids), self.longest))
        found = [hit for piece in pieces for hit in self.search(vector, piece, limit)]
        return [number for _, number in sorted(found, reverse=True)[:limit]]

    def nearest(self, vector, limit):
        return [number for _, number in self.search(vector, None, limit)]


def search(store, index, objects, vector, users, limit, kind="chunk", relation="can_read", way=None):
    """The numbers of the nearest objects that all users may see, and the way that was taken. `objects` says what the index
    calls each number: `{number: object}`, as it was registered."""
    share = min(store.estimate(user, relation, kind) for user in users)
    way = way or ("list" if share <= EXACT else "list and look" if share <= MANY else "look")
    if way == "look":
        sent = {}

        def pages(count):
            # An index that looks further may rank otherwise, so what is new is told by what was sent, not by its place.
            ranked = [number for number in index.nearest(vector, len(sent) + count) if objects[number] not in sent]
            sent.update((objects[number], number) for number in ranked)
            return [objects[number] for number in ranked]

        found, _ = store.top(users, relation, limit, pages)
        return [sent[name] for name in found[:limit]], way
    sets = [set(store.numbers(user, relation, kind)) for user in users]
    near = {objects[number]: number for number in index.among(vector, sorted(set.intersection(*sets)), limit)}
    # The list was true when it was made; what is shown is looked at once more.
    last = store.filter(users, relation, list(near), limit) if near else []
    return [near[name] for name in last], way
