"""What word processors put on the clipboard, written by us after their manner, and what a text should hold of it."""

from pathlib import Path

FOLDER = Path(__file__).parent
SOURCES = sorted(path.stem for path in FOLDER.glob("*.html") if "." not in path.stem)


def copied(source):
    return (FOLDER / f"{source}.html").read_text("utf-8")


def wanted(source):
    """The same text as it should be kept; line breaks between blocks are for those who read the file."""
    return (FOLDER / f"{source}.clean.html").read_text("utf-8").replace(">\n<", "><").strip()
