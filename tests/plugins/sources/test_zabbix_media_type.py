"""The media type we ship, run by the engine that Zabbix runs it by, against what it would meet there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pilotbridge_plugins.sources.zabbix import _Body
from tests.plugins.sources.test_zabbix import MEDIA_TYPE, PARAMETERS, SETTINGS

BINARY = shutil.which("duk")
NEEDS_ENGINE = pytest.mark.skipif(BINARY is None, reason="no Duktape here: apt-get install duktape")
ZABBIX = """
var seen = { headers: [] };
function HttpRequest() {
    this.addHeader = function (header) { seen.headers.push(header); };
    this.setProxy = function (proxy) { seen.proxy = proxy; };
    this.post = function (url, body) { seen.url = url; seen.body = body; return %s; };
    this.getStatus = function () { return %d; };
}
var Zabbix = { log: function () {} };
var value = %s;
try { seen.returned = (function () { %s })(); } catch (error) { seen.thrown = String(error); }
print(JSON.stringify(seen));
"""
FILLED = {**PARAMETERS, "URL": "http://bridge:8080/in/zabbix", "Token": "s3cret", "event_name": 'Say "hi"\n'}


def run(folder: Path, parameters=FILLED, *, status=202, answer='{"accepted": 1, "journal": 1}'):
    given = json.dumps(json.dumps(parameters))
    script = folder / "media_type.js"
    script.write_text(ZABBIX % (json.dumps(answer), status, given, MEDIA_TYPE["script"]), encoding="utf-8")
    done = subprocess.run([str(BINARY), script], capture_output=True, text=True, timeout=30, check=True)
    return json.loads(done.stdout)


def test_it_is_a_webhook_that_zabbix_6_and_later_import():
    assert MEDIA_TYPE["type"] == "WEBHOOK"
    assert {each["event_source"] for each in MEDIA_TYPE["message_templates"]} == {
        "TRIGGERS",
        "DISCOVERY",
        "AUTOREGISTRATION",
        "INTERNAL",
        "SERVICE",
    }
    assert len(MEDIA_TYPE["script"]) < 65_535


def test_its_fields_are_those_that_the_source_reads():
    assert set(PARAMETERS) - set(SETTINGS) == set(_Body.__struct_fields__)


def test_no_field_of_it_holds_a_secret():
    assert PARAMETERS["Token"] == "{$PILOTBRIDGE.TOKEN}"


@NEEDS_ENGINE
def test_it_posts_all_fields_with_the_token_in_a_header_only(tmp_path):
    seen = run(tmp_path)

    assert seen["returned"] == "OK"
    assert seen["url"] == "http://bridge:8080/in/zabbix"
    assert seen["headers"] == ["Content-Type: application/json", "Authorization: Bearer s3cret"]
    body = json.loads(seen["body"])
    assert body == {name: value for name, value in FILLED.items() if name not in SETTINGS}


@NEEDS_ENGINE
@pytest.mark.parametrize("status", [503, 422, 401, 302])
def test_any_other_answer_than_2xx_is_thrown_with_its_sentence(tmp_path, status):
    seen = run(tmp_path, status=status, answer='{"error": {"message": "the disk is full"}}')

    assert seen["thrown"] == f"PilotBridge answered {status}: the disk is full"


@NEEDS_ENGINE
def test_an_answer_that_is_not_ours_is_thrown_as_it_is(tmp_path):
    assert run(tmp_path, status=502, answer="<html>")["thrown"] == "PilotBridge answered 502: <html>"


@NEEDS_ENGINE
def test_an_address_that_was_not_filled_in_is_named(tmp_path):
    seen = run(tmp_path, {**FILLED, "URL": "{$PILOTBRIDGE.URL}"})

    assert "{$PILOTBRIDGE.URL} must be the address" in seen["thrown"]
    assert "url" not in seen


@NEEDS_ENGINE
def test_a_proxy_is_used_when_there_is_one(tmp_path):
    assert run(tmp_path, {**FILLED, "HTTPProxy": "http://proxy:3128"})["proxy"] == "http://proxy:3128"
