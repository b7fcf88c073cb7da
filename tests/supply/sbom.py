"""The list of what the site is made of, in CycloneDX 1.6, from the hashed lock file and nothing else.

The same lock file gives the same bytes: it holds no time and no made-up number.
"""

import json
import re
import sys
from pathlib import Path

ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<marker> ;[^\\\n]*)?"
    r"(?P<hashes>(?:\s*\\\n\s+--hash=sha256:[0-9a-f]{64})+)",
    re.MULTILINE,
)


def component(entry):
    name = re.sub(r"[-_.]+", "-", entry["name"]).lower()  # PEP 503
    address = f"pkg:pypi/{name}@{entry['version']}"
    made = {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": entry["version"],
        "purl": address,
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{name}/{entry['version']}/",
                "hashes": [
                    {"alg": "SHA-256", "content": digest}
                    for digest in sorted(re.findall("[0-9a-f]{64}", entry["hashes"]))
                ],
            }
        ],
    }
    if entry["marker"]:
        made["properties"] = [{"name": "python:marker", "value": entry["marker"].strip(" ;")}]
    return made


def bill(lock):
    """The whole document, as text. Raises ValueError when a line of the lock file was not understood."""
    text = Path(lock).read_text()
    components = [component(entry) for entry in ENTRY.finditer(text)]
    if len(components) != len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE)):
        raise ValueError(f"{lock} holds a package without a version and hashes.")
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "clinic-site", "name": "clinic-site"}
        },
        "components": components,
        "dependencies": [
            {"ref": "clinic-site", "dependsOn": [one["bom-ref"] for one in components]}
        ],
    }
    return json.dumps(document, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(bill(sys.argv[1]))
