"""Documentation that can't rot: what commands made is what they make, and links lead somewhere."""

import importlib.util
import json
import re
import shlex

import pytest
from jsonschema import ValidationError, validate

from imu_ankle import analyze, load_example
from imu_ankle.io.sidecar import dump_sidecar
from tests.docs.blocks import BLOCK, PAGES, PROJECT, blocks, made
from tests.docs.schemas import FOLDER, SCHEMAS, schema_text

QUICK = (
    "tests.docs.commands",
    "tests.docs.exercises",
    "tests.docs.metrics",
    "tests.benchmarks.summary",
)
ALL = [(page, command) for page in PAGES for command, _ in blocks(page)]


def is_quick(command):
    return command.startswith("imu-ankle") or command.endswith(QUICK)


@pytest.mark.parametrize(("page", "command"), [each for each in ALL if is_quick(each[1])])
def test_what_a_command_made_is_what_it_makes(page, command):
    assert dict(blocks(page))[command] == made(command)


@pytest.mark.parametrize(("page", "command"), ALL)
def test_every_block_is_filled_and_its_command_exists(page, command):
    assert dict(blocks(page))[command].strip()
    words = shlex.split(command)
    if words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(words[2]), words[2]


@pytest.mark.parametrize("page", PAGES)
def test_no_block_is_left_open(page):
    text = (PROJECT / page).read_text("utf-8")
    assert (
        text.count("<!-- made by") == text.count("<!-- until here -->") == len(BLOCK.findall(text))
    )


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (PROJECT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        path = (PROJECT / page).parent / file if file else PROJECT / page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in slugs, target


def test_generated_tables_of_the_readme_say_how_they_were_made():
    text = (PROJECT / "README.md").read_text("utf-8")
    assert "simulated" in text.lower()
    assert len(blocks("README.md")) >= 2


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_those_of_the_tables_that_read(name):
    assert (FOLDER / f"{name}.json").read_text("utf-8") == schema_text(name)


def test_a_result_and_its_sidecar_fit_their_schemas():
    recording = load_example("lateral-hops")
    told = json.loads(json.dumps(analyze(recording).to_dict()))
    for content, name in ((told, "result"), (dump_sidecar(recording.sidecar), "sidecar")):
        validate(json.loads(json.dumps(content)), json.loads(schema_text(name)))
        with pytest.raises(ValidationError):
            validate({**content, "side": "links"}, json.loads(schema_text(name)))
