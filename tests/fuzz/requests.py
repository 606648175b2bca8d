"""Broken requests: forms, JSON, headers, addresses and connections that no client should send."""

import json
from collections.abc import Iterator

from tests.fuzz.cases import Body, Case, Raw, Upload, field_part, file_part, multipart
from tests.fuzz.files import picture

_EXAM = "00000000-0000-4000-8000-000000000000"
_FORM = {"Content-Type": "multipart/form-data; boundary=frontier"}
_JSON = {"Content-Type": "application/json"}


def broken_requests() -> Iterator[Case]:
    """Every case about a request rather than a file."""
    yield from _forms()
    yield from _fields()
    yield from _documents()
    yield from _addresses()
    yield from _headers()
    yield from _connections()


def _forms() -> Iterator[Case]:
    png = picture("PNG")
    whole = multipart([file_part(png)])
    disposition = 'Content-Disposition: form-data; name="files"; filename="a"'
    bodies = {
        "10,000 form fields": multipart([field_part(f"f{n}", "v") for n in range(10_000)]),
        "10,000 times one field": multipart([field_part("subject", "v")] * 10_000),
        "a field of 10 MB": multipart([field_part("subject", "v" * 10_000_000), file_part(png)]),
        "a field name of 1 MB": multipart([field_part("n" * 1_000_000, "v"), file_part(png)]),
        "a part with 1,000 headers": multipart([(disposition + "\r\nX: y" * 1000, png)]),
        "a part with a header of 1 MB": multipart([(disposition + "\r\nX: " + "y" * 10**6, png)]),
        "a part without a name": multipart([("Content-Disposition: form-data", b"x")]),
        "a part without headers": b"--frontier\r\n\r\nx\r\n--frontier--\r\n",
        "a form without an end": multipart([file_part(png)], is_closed=False),
        "a form cut in a header": whole[:60],
        "a form cut in a file": whole[: len(whole) // 2],
        "another boundary": multipart([file_part(png)], boundary="elsewhere"),
        "a form in a form": multipart([file_part(whole)]),
        "an unknown field": multipart([field_part("is_admin", "true"), file_part(png)]),
        "a file in a text field": multipart(
            [('Content-Disposition: form-data; name="subject"; filename="x"', png)]
        ),
        "a text in the file field": multipart([field_part("files", "no file")]),
        "invalid UTF-8 in a field": multipart(
            [('Content-Disposition: form-data; name="subject"', b"\xff\xfe\x80"), file_part(png)]
        ),
        "an empty form": b"--frontier--\r\n",
        "no form at all": b"",
        "zeros for a form": bytes(100_000),
    }
    for name, content in bodies.items():
        yield Body(name, "POST", "/exams", content, _FORM)
    for kind in (
        "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=frontier",
        "multipart/form-data; boundary=" + "b" * 300, "application/json", "text/plain", "", "\x7f",
        "application/x-www-form-urlencoded", 'multipart/form-data; boundary="fron', "a/b" * 3000,
    ):  # fmt: skip
        yield Body(f"content type {kind[:40]!r}", "POST", "/exams", whole, {"Content-Type": kind})


def _fields() -> Iterator[Case]:
    png = [("a.png", picture("PNG"))]
    values = {
        "subject": ["\0", "a\0b", "x" * 61, "\u0000数学", "a\nb", "?" * 70],
        "student_ref": ["x" * 201, "\x1b[31m", "\u202e" * 300, "a\r\nSet-Cookie: x=y"],
        "paper_id": ["1", "null", "../x", _EXAM, "' or 1=1 --", "{}"],
        "priority": ["highest", "-1", "NaN", "9" * 500],
        "callback_url": ["ftp://x", "javascript:alert(1)", "http://", "//x", "http://u:p@x", "http://x:99999", "http://[::1", "h" * 3000],
        "language": ["fr", "zh\0", "en;q=1"],
        "force": ["perhaps", "2", "[]"],
    }  # fmt: skip
    for field, given in values.items():
        for value in given:
            yield Upload(f"{field} = {value[:24]!r}", png, {field: value})


def _documents() -> Iterator[Case]:
    deep, wide = b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    question = {"number": "1", "type": "single_choice", "answer": "A", "points": 2}
    key = {"title": "t", "sections": [{"label": "一", "questions": [question]}]}
    bodies = {
        "deep arrays": deep,
        "deep objects": wide,
        "a string of 1.9 MB": json.dumps({"title": "x" * 1_900_000}).encode(),
        "a body of 10 MB": b'{"title":"' + b"x" * 10_000_000 + b'"}',
        "invalid UTF-8": b'{"title":"\xff\xfe"}',
        "a null byte": json.dumps(key | {"title": "a\0b"}).encode(),
        "a lone surrogate": rb'{"title":"\ud800","sections":[]}',
        "a number of 100,000 digits": b'{"points":' + b"9" * 100_000 + b"}",
        "an infinite number": b'{"points":1e999}',
        "not a number": b'{"points":NaN}',
        "a key twice": b'{"title":"a","title":"b"}',
        "an array": b"[]",
        "a string": b'"text"',
        "null": b"null",
        "nothing": b"",
        "half an object": b'{"title":',
        "a byte order mark": b"\xef\xbb\xbf{}",
        "UTF-16": json.dumps(key).encode("utf-16"),
        "a negative score": json.dumps(key).replace("2", "-2").encode(),
        "a prototype": b'{"__proto__":{"admin":true}}',
        "5,000 sections": json.dumps(key | {"sections": key["sections"] * 5000}).encode(),
    }
    for name, content in bodies.items():
        yield Body(f"answer key: {name}", "POST", "/papers", content, _JSON)
        yield Body(f"correction: {name}", "PATCH", f"/exams/{_EXAM}/questions/1", content, _JSON)
    for name in ("deep arrays", "invalid UTF-8", "an array", "half an object"):
        yield Body(f"retry: {name}", "POST", f"/exams/{_EXAM}/retry", bodies[name], _JSON)
    rows = {
        "a CSV of 100,000 columns": b"," * 100_000,
        "a CSV of zeros": bytes(50_000),
        "a CSV with an open quote": b'section,number\n"' + b"x" * 100_000,
    }
    for name, content in rows.items():
        yield Body(name, "POST", "/papers", content, {"Content-Type": "text/csv"})


def _addresses() -> Iterator[Case]:
    paths = (
        "/exams/1", "/exams/" + "x" * 8000, "/exams/%00", "/exams/..%2f..%2fetc%2fpasswd", "/exams/%ff",
        f"/exams/{_EXAM}", f"/exams/{_EXAM}/pages/99999999999999999999", f"/exams/{_EXAM}/pages/-1",
        f"/exams/{_EXAM}/questions/1/crop?scale=1e9", f"/exams/{_EXAM}/report.pdf?run=-1",
        f"/exams/{_EXAM}/status?wait=1e9", f"/exams/{_EXAM}/status?wait=-1", "/exams?limit=0",
        f"/exams/{_EXAM}/status?until=never", f"/exams/{_EXAM}/status?until=",
        "/exams?limit=99999999999999999999", "/exams?cursor=AAAA", "/exams?cursor=%00",
        "/exams?status=NONE", "/exams?cursor=" + "A" * 5000, "/exams?paper_id=x", "/papers/x", "/none",
        "/papers?cursor=%F0%9F%98%80", f"/papers/{_EXAM}", f"/batches/{_EXAM}", "/batches/x",
        "/dead-letters?limit=-5", "/exams?student_ref=%00",
    )  # fmt: skip
    for path in paths:
        yield Body(f"GET {path[:70]}", "GET", path)
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "FOO"):
        yield Body(f"{method} where none is", method, "/version")
    for path in (f"/exams/{_EXAM}", f"/exams/{_EXAM}/cancel", "/dead-letters/9e99/replay"):
        yield Body(f"POST {path}", "POST", path)


def _headers() -> Iterator[Case]:
    wrong = {
        "Range": ["bytes=9-1", "bytes=" + "0-1," * 5000 + "0-1", "lines=1-2", "bytes=-" + "9" * 400],
        "If-None-Match": ['"' + "x" * 5000, ","],
        "If-Match": ['"nothing"', "W/"],
        "Last-Event-ID": ["-1", "1e9", "9" * 300],
        "Idempotency-Key": ["", " ", "x" * 300, "a b"],
        "Accept-Language": ["*" * 5000, "zh;q=9", ";;;"],
        "traceparent": ["00-0-0-0", "00-" + "f" * 5000],
        "Authorization": ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer exl_" + "a" * 5000, "Bearer exl_a_b"],
    }  # fmt: skip
    for header, values in wrong.items():
        for value in values:
            where = f"/exams/{_EXAM}/events" if header == "Last-Event-ID" else f"/exams/{_EXAM}"
            yield Body(f"{header}: {value[:24]}", "GET", where, headers={header: value})


def _connections() -> Iterator[Case]:
    post = b"POST /api/v1/exams HTTP/1.1\r\nHost: x\r\n{auth}"
    form = b"Content-Type: multipart/form-data; boundary=frontier\r\n"
    whole = multipart([file_part(picture("PNG"))])
    length = b"Content-Length: %d\r\n" % len(whole)
    yield Raw("no HTTP", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)])
    yield Raw("HTTP/0.9", [b"GET /\r\n\r\n"])
    yield Raw("an unknown version", [b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"])
    yield Raw(
        "a header of 1 MB", [b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 10**6 + b"\r\n\r\n"]
    )
    yield Raw("100,000 headers", [b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10**5 + b"\r\n"])
    yield Raw("an address of 1 MB", [b"GET /" + b"a" * 10**6 + b" HTTP/1.1\r\nHost: x\r\n\r\n"])
    yield Raw("a null byte in a header", [b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"])
    yield Raw("a folded header", [b"GET /none HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"])
    yield Raw("a negative length", [post + form + b"Content-Length: -5\r\n\r\n" + whole])
    yield Raw("two lengths", [post + form + length + b"Content-Length: 3\r\n\r\n" + whole])
    yield Raw("a length beyond all limits", [post + form + b"Content-Length: %d\r\n\r\n" % 10**15])
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    yield Raw("a broken chunk", [post + form + chunked + b"zz\r\nabc\r\n0\r\n\r\n"])
    yield Raw("a chunk of 2^60", [post + form + chunked + b"fffffffffffffff\r\nabc"])
    yield Raw("length and chunks", [post + form + length + chunked + b"0\r\n\r\n"])
    yield Raw("a body that ends early", [post + form + length + b"\r\n" + whole[:50]])
    # Longer than a reader waits would take minutes; the pause shows that others are served meanwhile.
    slow = [post + form + length + b"\r\n", *(whole[n : n + 1] for n in range(20))]
    yield Raw("a byte at a time", slow, pause_seconds=0.2)
    yield Raw("a header that never ends", [b"GET / HTTP/1.1\r\n", b"X: y\r\n", b"X: z\r\n"], 0.5)
    yield Raw("nothing but a connection", [b""], 0.5)
