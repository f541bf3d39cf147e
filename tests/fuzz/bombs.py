"""Small files that would unfold into gigabytes, and reading them where gigabytes are not to be had.

`python -m tests.fuzz.bombs FOLDER` reads every file of a folder as entries, within a gigabyte and
a half of address space, and prints what came of each.
"""

import base64
import io
import random
import resource
import sys
import zipfile
from pathlib import Path

from faq.errors import BadEntry
from faq.keeping import files, sheets

ROOM = 1_500_000_000  # bytes; an import of the program alone takes a third of it
MILLIONS = 38_000_000  # bytes of XML, just below what may be unpacked


def ods_with(content: bytes, packing: int = zipfile.ZIP_DEFLATED, **beside: bytes) -> bytes:
    """An ODS file with another content, and with more parts."""
    made = io.BytesIO()
    plain = zipfile.ZipFile(io.BytesIO(sheets.to_ods([["x"]])))
    with plain as old, zipfile.ZipFile(made, "w", packing, compresslevel=1) as new:
        for name in old.namelist():
            new.writestr(name, content if name == "content.xml" else old.read(name))
        for name, part in beside.items():
            new.writestr(name, part)
    return made.getvalue()


def sheet(rows: bytes, head: bytes = b"") -> bytes:
    """The content of a sheet with these rows, as hard to squeeze as a real one."""
    with zipfile.ZipFile(io.BytesIO(sheets.to_ods([["x"]]))) as parts:
        plain = parts.read("content.xml")
    noise = base64.b64encode(random.Random(1).randbytes(200_000))
    before, mark, after = plain.partition(b"</table:table>")
    declared, sign, rest = before.partition(b"?>")
    return declared + sign + head + rest + b"<!--" + noise + b"-->" + rows + mark + after


def much(unit: bytes) -> bytes:
    """As many of these as are just not too large."""
    return unit * (MILLIONS // len(unit))


def row(cell: bytes, more: bytes = b"") -> bytes:
    """A row of one cell."""
    return (
        b"<table:table-row " + more + b"><table:table-cell><text:p>" + cell + b"</text:p>"
        b"</table:table-cell></table:table-row>"
    )


def tenfold(first: str, line: str) -> bytes:
    """YAML in which each of eleven lines repeats the one before ten times."""
    more = (line.format(n, ", ".join([f"*a{n - 1}"] * 10)) for n in range(1, 12))
    return "\n".join((first, *more)).encode()


EMPTY = b'<table:table-row><table:table-cell table:number-columns-repeated="-%d"/>'
FULL = b'<table:table-cell table:number-columns-repeated="%d"><text:p>x</text:p></table:table-cell>'
ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
LONG = b'<!ENTITY e "' + b"x" * 100_000 + b'">'
SPAN = b"<text:span>"


def bombs() -> dict[str, bytes]:
    """The files by their names."""
    return {
        "flow.yaml": b"[" * 200_000,
        "block.yaml": b"- " * 200_000,
        "mappings.yaml": b"{a: " * 200_000,
        "keys.yaml": b"? " * 200_000,
        "laughs.yaml": tenfold("- &a0 [x, x]", "- &a{} [{}]"),
        "merged.yaml": tenfold("- &a0 {id: x}", "- &a{} {{<<: [{}]}}"),
        "answer.yaml": tenfold("- &a0 [x, x]", "- {{answer: &a{} [{}]}}"),
        "values.yaml": b"- &a " + b"x" * 1_000_000 + b"\n" + b"- *a\n" * 400_000,
        "many.yaml": b"[" + b"1," * 3_000_000 + b"1]",
        "number.yaml": b"- id: 0x" + b"f" * 10_000_000,
        "sixties.yaml": b"- id: 1" + b":59" * 200_000,
        "commas.csv": b"," * 10_000_000,
        "lines.csv": b"\n" * 20_000_000,
        "quotes.csv": b'"' * 20_000_000,
        "tiny.ods": ods_with(sheet(much(b"<a/>"))),
        "rows.ods": ods_with(sheet(much(b"<table:table-row/>"))),
        "cells.ods": ods_with(sheet(row(b"x" * 10) * 10 + much(b"<table:table-cell/>"))),
        "spans.ods": ods_with(sheet(row(SPAN * 200_000))),
        "deep.ods": ods_with(sheet(row(SPAN * 240 + b"</text:span>" * 240) * 9)),
        "blanks.ods": ods_with(sheet(row(b'<text:s text:c="9999999999"/>'))),
        "few-blanks.ods": ods_with(sheet(row(b'<text:s text:c="9999"/>' * 90_000))),
        "below-none.ods": ods_with(sheet(EMPTY % 10**9 + FULL % 10**9 + b"</table:table-row>")),
        "same.ods": ods_with(sheet(row(b"x" * 900_000, b'table:number-rows-repeated="9000"'))),
        "entities.ods": ods_with(
            sheet(row(b"&e11;"), b'<!DOCTYPE x [<!ENTITY e0 "ha">' + ENTITIES + b"]>")
        ),
        "long-entity.ods": ods_with(sheet(row(b"&e;" * 9000), b"<!DOCTYPE x [" + LONG + b"]>")),
        "outside.ods": ods_with(
            sheet(row(b"&e;"), b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')
        ),
        "unpacked.ods": ods_with(b" " * (sheets.MOST_UNPACKED + 1)),
        "beside.ods": ods_with(sheet(b""), picture=b"\0" * sheets.MOST_UNPACKED),
    }


def outcome(name: str, content: bytes) -> str:
    """What comes of a file."""
    try:
        return f"taken in: {files.read(name, content)}"
    except BadEntry as error:
        return f"refused: {error!r}"


def main() -> None:
    """Read every file of the folder that is named."""
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    for path in sorted(Path(sys.argv[1]).iterdir()):
        print(path.name, outcome(path.name, path.read_bytes()), flush=True)


if __name__ == "__main__":
    main()
