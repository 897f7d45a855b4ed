"""The resources of MCP servers as objects of a store: `crm://contacts/acme-corp` is `resource:crm/contacts/acme-corp`, and back.

The same mapping as Chancery's own (`chancery_rebac::retrieval`); resources.json holds both to it, name by name. URIs that
RFC 3986 section 6.2.2 calls equivalent are one object. A URI that cannot be named is a ValueError, which says why.
"""

import hashlib
import re

LONGEST = 256
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
UNRESERVED = re.compile(rb"[A-Za-z0-9._~-]\Z")
PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_|@./-")


def object_of(uri, kind="resource"):
    """The object that stands for a resource."""
    scheme, rest = normalize(uri)
    tail = "/" + encode(rest[2:]) if rest.startswith("//") else "|" + encode(rest)
    name = f"{kind}:{encode(scheme)}{tail}"
    if len(name) <= LONGEST:
        return name
    return f"{kind}:{encode(scheme)}/+/{hashlib.sha256(f'{scheme}:{rest}'.encode()).hexdigest()}"


def uri_of(name):
    """The URI that an object stands for; None where a digest stands for it, which nobody reads back."""
    unmapped = ValueError(f"'{name}' is no object that a URI was mapped to")
    found = re.match(r"[^:]*:([^/|]*)([/|])(.*)\Z", name, re.DOTALL)
    if not found:
        raise unmapped
    scheme, mark, rest = found.groups()
    if mark == "/" and rest.startswith("+/"):
        if re.match(r"[0-9a-f]{64}\Z", rest[2:]):
            return None
        raise unmapped
    try:
        scheme, decoded = decode(scheme), decode(rest)
        uri = f"{scheme}://{decoded}" if mark == "/" else f"{scheme}:{decoded}"
        # Only what the mapping gives is read back: any other spelling would be a second name for the same resource.
        again = object_of(uri, "").removeprefix(":")
    except ValueError:
        raise unmapped from None
    if again != name.split(":", 1)[1]:
        raise unmapped
    return uri


def decode(text):
    if re.search(r"\+(?![0-9A-Fa-f]{2})", text):
        raise ValueError(text)
    return re.sub(rb"\+(..)", lambda hit: bytes([int(hit[1], 16)]), text.encode()).decode()


def encode(text):
    return "".join(chr(byte) if byte in PLAIN else f"+{byte:02X}" for byte in text.encode())


def normalize(uri):
    """Scheme and rest in the normal form of RFC 3986 section 6.2.2."""
    scheme, colon, rest = uri.partition(":")
    if not colon or not rest or not SCHEME.match(scheme):
        raise ValueError(f"'{uri}' has no scheme: a resource is named by a whole URI, such as crm://contacts/acme-corp")
    if not all("!" <= letter <= "~" for letter in rest):
        raise ValueError(f"'{uri}' holds a space, a control character or a character beyond ASCII: percent-encode it")
    if re.search(r"%(?![0-9A-Fa-f]{2})", rest):
        raise ValueError(f"'{uri}' holds a '%' without two hexadecimal digits after it")
    rest = normalize_percent(rest)
    if any(segment in (".", "..") for segment in re.split(r"[?#]", rest)[0].split("/")):
        raise ValueError(f"'{uri}' holds a '.' or '..' segment: name the resource it leads to")
    return scheme.lower(), lower_host(rest)


def normalize_percent(text):
    """Encodings of what needs none are taken out, the others written in capitals."""

    def one(hit):
        byte = bytes([int(hit[1], 16)])
        return byte.decode() if UNRESERVED.match(byte) else f"%{byte[0]:02X}"

    return re.sub(r"%([0-9A-Fa-f]{2})", one, text)


def lower_host(rest):
    if not rest.startswith("//"):
        return rest
    authority, path = re.match(r"//([^/?#]*)(.*)\Z", rest, re.DOTALL).groups()
    user, at, host = authority.rpartition("@")
    return f"//{user}{at}{normalize_percent(host.lower())}{path}"
