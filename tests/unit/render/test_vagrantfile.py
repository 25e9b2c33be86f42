"""The Vagrantfile's template is a template, and its text is Ruby, before there is anything in it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import jinja2

TEMPLATE = Path(__file__).resolve().parents[3] / "Vagrantfile.j2"


def test_it_renders_to_a_vagrantfile() -> None:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)  # noqa: S701 -- Ruby, not HTML
    text = environment.from_string(TEMPLATE.read_text()).render()
    assert text.startswith('Vagrant.configure("2") do |config|\n')
    assert text.rstrip().endswith("end")
    ruby = shutil.which("ruby")
    if ruby:
        assert subprocess.run([ruby, "-c"], input=text, text=True, capture_output=True, check=False).returncode == 0
