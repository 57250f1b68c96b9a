"""Wheel and sdist hold what users import, and installing them brings the core list and nothing else."""

import email
import email.message
import json
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
CORE = {"numpy", "tensorboardx", "crc32c", "prometheus-client"}
EXTRAS = {"images", "demo", "tensorboard", "test", "dev", "all"}
LINKED = ("summaries", "dashboards")
INSTALL_SECONDS = 280


def files_of(folder: str) -> set[str]:
    """The modules of a linked folder, as they are to be found in what is published."""
    return {f"tfqueue/{folder}/{path.relative_to(ROOT / folder)}" for path in (ROOT / folder).rglob("*.py")}


def metadata_of(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


def requirements_of(wheel: Path) -> Iterator[Requirement]:
    return map(Requirement, metadata_of(wheel).get_all("Requires-Dist", []))


@pytest.mark.parametrize("folder", LINKED)
def test_the_repository_links_its_top_folders(folder: str) -> None:
    """`tfqueue/summaries` is `summaries/`, by a link that holds in every clone."""
    link = ROOT / "tfqueue" / folder
    assert link.is_symlink()
    assert str(link.readlink()) == f"../{folder}"


@pytest.mark.parametrize("folder", LINKED)
def test_wheel_holds_linked_folders_as_real_files(wheel: Path, folder: str) -> None:
    """A wheel knows no links: the modules are there themselves, and under `tfqueue` only."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        sizes = [archive.getinfo(name).file_size for name in files_of(folder)]
    assert files_of(folder) <= names
    assert all(sizes)
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"tfqueue"}


@pytest.mark.parametrize("folder", LINKED)
def test_sdist_holds_linked_folders_as_real_files(sdist: Path, folder: str) -> None:
    """An sdist could hold links, and a user's tool could drop them: it holds files."""
    with tarfile.open(sdist) as archive:
        members = {member.name.partition("/")[2]: member for member in archive.getmembers()}
    assert files_of(folder) <= set(members)
    assert all(members[name].isreg() and members[name].size for name in files_of(folder))


def test_wheel_and_sdist_are_typed_and_licensed(wheel: Path, sdist: Path) -> None:
    """A user's type checker finds `py.typed`, and everybody the licence."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "tfqueue/py.typed" in names
    assert any(name.endswith("/LICENSE") for name in names)
    with tarfile.open(sdist) as archive:
        members = [name.partition("/")[2] for name in archive.getnames()]
    assert {"tfqueue/py.typed", "LICENSE", "README.md"} <= set(members)


def test_core_dependencies_are_these_four(wheel: Path) -> None:
    """numpy, tensorboardX, crc32c, prometheus-client: a fifth is a decision, not an accident."""
    core = {canonicalize_name(needed.name) for needed in requirements_of(wheel) if "extra" not in str(needed.marker)}
    assert core == CORE


def test_extras_are_as_documented(wheel: Path) -> None:
    """`pip install tfqueue[images]` and its kin exist, and `tfqueue` is a command."""
    assert set(metadata_of(wheel).get_all("Provides-Extra", [])) == EXTRAS
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "tfqueue = tfqueue.cli:main" in archive.read(name).decode()


def needed_by(name: str) -> set[str]:
    """The names of a package's requirements on this interpreter, theirs included, extras apart."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for text in distribution(waiting.pop()).requires or []:
            needed = Requirement(text)
            wanted = canonicalize_name(needed.name)
            if wanted not in found and (needed.marker is None or needed.marker.evaluate({"extra": ""})):
                found.add(wanted)
                waiting.append(wanted)
    return found


@pytest.mark.timeout(INSTALL_SECONDS)
def test_installing_brings_the_core_list_only(wheel: Path, tmp_path: Path) -> None:
    """`pip install tfqueue` in an empty environment brings what the core list needs, works, and brings nothing else."""
    # Given an environment with nothing in it
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False)
    python = str(environment / "bin" / "python")
    # When the wheel is installed there
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", str(wheel)], timeout=INSTALL_SECONDS, check=True)
    # Then it holds tfqueue, the core list, and what these need
    listed = subprocess.run([*pip, "list", "--format", "json"], capture_output=True, timeout=60, check=True)
    names = {canonicalize_name(package["name"]) for package in json.loads(listed.stdout)}
    assert names == {"tfqueue"} | CORE | set().union(*(needed_by(name) for name in CORE))
    # And it works there, a user's own `summaries.py` beside it or not
    (tmp_path / "summaries.py").write_text("raise RuntimeError('a module of the user')\n")
    program = (
        "import tfqueue as tf; import tfqueue.summaries; q = tf.BlockingQueue(1); q.enqueue(7); print(q.dequeue())"
    )
    done = subprocess.run(
        [python, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("7\n", "")
