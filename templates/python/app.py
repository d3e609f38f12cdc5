"""Reads documents: PDF, Word, HTML, CSV and plain text become text, page by page."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

from livepeer_app import App, Call, File, Refusal
from pypdf import PdfReader
from pypdf.errors import PdfReadError

app = App("document-reader", price="0.0002", currency="usd", per="request", capacity=2, version="1.0.0")

word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Of the text inside a Word file: a small file may unpack to gigabytes.
max_xml_bytes = 64 * 1024 * 1024


@app.function
def read(document: File, first_page: int = 1, last_page: int = 100_000, *, call: Call) -> dict:
    """Text of a document. Pages count from 1; formats without pages have one."""
    kind = kind_of(document)
    pages = []
    for number, count, text in pages_of(kind, document.data):
        call.progress(number / count, f"page {number} of {count}")
        if first_page <= number <= last_page:
            pages.append({"page": number, "text": text.strip()})
    text = "\n\n".join(page["text"] for page in pages)
    return {"kind": kind, "pages": pages, "text": text, "words": len(text.split())}


def kind_of(document: File) -> str:
    """By the first bytes, then by the name; text when nothing else fits. Raises Refusal for pictures and the like."""
    data, name = document.data, document.name.lower()
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"PK") and zipfile.is_zipfile(io.BytesIO(data)):
        return "word"
    if b"\0" in data[:4096]:
        raise Refusal(422, "this is neither PDF, Word, HTML, CSV nor text: pictures of pages need a reader of pictures")
    start = data[:1024].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")) or name.endswith((".html", ".htm")):
        return "html"
    return "csv" if name.endswith(".csv") else "text"


def pages_of(kind: str, data: bytes) -> Iterator[tuple[int, int, str]]:
    """Number, count and text of each page."""
    if kind == "pdf":
        yield from pdf_pages(data)
    else:
        readers = {"word": word_text, "html": html_text, "csv": csv_text, "text": plain_text}
        yield 1, 1, readers[kind](data)


def pdf_pages(data: bytes) -> Iterator[tuple[int, int, str]]:
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refusal(422, "the PDF has a password")
        count = len(reader.pages)
        for number, page in enumerate(reader.pages, 1):
            yield number, count, page.extract_text()
    except (PdfReadError, ValueError, KeyError, RecursionError) as error:
        raise Refusal(422, f"the PDF is damaged: {error}") from error


def word_text(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            part = archive.getinfo("word/document.xml")
            if part.file_size > max_xml_bytes:
                raise Refusal(422, "the document is too large")
            root = ElementTree.fromstring(archive.read(part))
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise Refusal(422, "this archive is no Word document") from error
    return "\n".join(
        "".join(node.text or "" if node.tag == f"{word}t" else "\t" for node in paragraph.iter() if node.tag in (f"{word}t", f"{word}tab"))
        for paragraph in root.iter(f"{word}p")
    )


class TextOfHtml(HTMLParser):
    """Text of a page without scripts and styles, blocks on lines of their own."""

    hidden = ("script", "style", "template", "noscript", "title")
    blocks = ("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "table")

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.hidden:
            self.depth += 1
        if tag in self.blocks:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.hidden and self.depth > 0:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth == 0:
            self.parts.append(re.sub(r"\s+", " ", data))


def html_text(data: bytes) -> str:
    parser = TextOfHtml()
    parser.feed(plain_text(data))
    lines = (line.strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def csv_text(data: bytes) -> str:
    rows = csv.reader(io.StringIO(plain_text(data)))
    return "\n".join("\t".join(row) for row in rows)


def plain_text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


if __name__ == "__main__":
    app.main()
