"""Rules of the house that a machine can check."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("clinic", "articles", "appointments")
PYTHON = [
    path
    for app in (*APPS, "tests", "benchmarks")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.html"))]
LONGEST_FILE = 600  # lines
LONGEST_FUNCTION = 40  # lines

# What each may import of our own, besides itself. Only the shell's pages and commands know both apps.
MAY_IMPORT = {
    "articles": {
        "clinic.admin_log",
        "clinic.audit",
        "clinic.content",
        "clinic.dates",
        "clinic.edit_conflicts",
        "clinic.numbers",
        "clinic.models",
        "clinic.fields",
        "clinic.erasure_guard",
        "clinic.facts",
        "clinic.locking",
        "clinic.paging",
        "clinic.picture_files",
        "clinic.printable_model",
        "clinic.public_pages",
        "clinic.read_only",
        "clinic.safety",
        "clinic.sitemaps",
        "clinic.traps",
        "clinic.typed",
    },
    "appointments": {
        "clinic.admin_log",
        "clinic.audit",
        "clinic.dates",
        "clinic.numbers",
        "clinic.paging",
        "clinic.read_only",
        "clinic.chores",
        "clinic.erasure_guard",
        "clinic.models",
        "clinic.fields",
        "clinic.key_check",
        "clinic.email_address",
        "clinic.facts",
        "clinic.locking",
        "clinic.safety",
        "clinic.sign_in.sessions",
        "clinic.templatetags.pieces",
        "clinic.traps",
        "clinic.typed",
        "clinic.states",
    },
    "clinic": {"clinic"},
}
KNOW_BOTH = {
    "clinic/apps.py",
    "clinic/urls.py",
    "clinic/tombstones.py",
    "clinic/views.py",
    "clinic/management/commands/backup.py",
    "clinic/management/commands/copy_backups.py",
    "clinic/management/commands/restore.py",
    "clinic/management/commands/seed_demo.py",
}


def name_of(path):
    return str(path.relative_to(ROOT))


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, [], node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", [alias.name for alias in node.names], node


def test_no_file_and_no_function_passes_its_wall():
    texts = {name_of(path): path.read_text("utf-8") for path in PYTHON}
    assert [name for name, text in texts.items() if len(text.splitlines()) > LONGEST_FILE] == []
    functions = [
        (name, node)
        for name, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]
    long = [one for one in functions if one[1].end_lineno - one[1].lineno >= LONGEST_FUNCTION]
    assert [f"{name}: {node.name}" for name, node in long] == []


def test_imports_go_one_way():
    faults = []
    for path in PYTHON:
        app = path.relative_to(ROOT).parts[0]
        if app not in APPS or name_of(path) in KNOW_BOTH:
            continue
        for module, names, _ in imports(path):
            top = module.partition(".")[0]
            if top not in APPS or top == app:
                continue
            named = {f"{module}.{name}" for name in names} if module == "clinic" else {module}
            faults += [f"{name_of(path)} imports {name}" for name in named - MAY_IMPORT[app]]
    assert faults == []


def test_the_shells_models_know_no_app():
    for name in ("models.py", "fields.py", "facts.py"):
        for module, _, _ in imports(ROOT / "clinic" / name):
            assert module.partition(".")[0] not in ("articles", "appointments")


def with_match(paths, pattern, without=""):
    """The names of the files in which the pattern is found, once what matches `without` is taken out."""
    return [
        name_of(path)
        for path in paths
        if re.search(
            pattern,
            re.sub(without, "", path.read_text("utf-8")) if without else path.read_text("utf-8"),
        )
    ]


def test_escaping_is_never_switched_off():
    others = [path for path in PYTHON if path != Path(__file__)]
    assert with_match(others, r"mark_safe|csrf_exempt|\.extra\(|\.raw\(") == []
    assert with_match(TEMPLATES, r"autoescape off|\|safe\b") == []


def test_no_template_has_inline_style_script_or_handler():
    # JSON-LD is data, never run; articles/schema.py escapes it so that nothing can end the block early.
    known = r'<script type="application/ld\+json">{{ (page\.)?structured_data }}</script>'
    inline = r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:"
    assert with_match(TEMPLATES, inline, without=known) == []
    assert with_match(TEMPLATES, r'(src|href)="(http:|//)') == []


def test_no_template_uses_a_picture_without_alternative_text():
    assert with_match(TEMPLATES, r"<img(?![^>]*\salt=)[^>]*>") == []


def test_nothing_tracked_is_called_utils():
    assert not [path for path in PYTHON if path.stem in ("utils", "helpers", "misc", "models2")]


def test_every_required_package_has_a_decision_record():
    given = {"django", "django-crispy-forms", "psycopg"}
    lines = (ROOT / "requirements.in").read_text().splitlines()
    required = {
        re.split(r"[\[=<>~ ]", line)[0].lower() for line in lines if line and line[0] != "#"
    }
    decisions = " ".join(
        path.read_text("utf-8") for path in (ROOT / "docs" / "decisions").glob("*.md")
    )
    for package in required - given:
        assert package in decisions.lower(), f"{package} has no decision record"


def test_decision_records_are_numbered_from_one_without_a_gap_or_a_double():
    records = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    titles = {path.name: path.read_text("utf-8").partition(".")[0] for path in records}
    assert [name for name, title in titles.items() if title != f"# {int(name[:4])}"] == []


def test_no_test_is_left_out():
    """CI takes a skipped test for a failure. What one engine alone can do has its test in tests/deploy."""
    leaves_out = r"pytest\.(mark\.)?(skip|xfail|importorskip)|unittest\.skip"
    tests = [path for path in PYTHON if path.is_relative_to(ROOT / "tests")]
    assert with_match([path for path in tests if path != Path(__file__)], leaves_out) == []
