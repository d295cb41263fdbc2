"""Monitoring reads how the process does; whoever has no key learns nothing of what others do."""

from shutil import copytree
from time import sleep

import pytest

from sda.configuration import packaged
from sharing.api.service import LOOKED_AT_MOST_S
from sharing.roles import Role

PATH = "/v1/releaser/metrics"


def _read(answer):
    """Return the samples of a text in the format of Prometheus, by name and labels."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.text
    assert text.endswith("\n")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_an_administrator_reads_what_the_process_answered(serve, desk):
    server = serve()
    admin, key = server.key("", role=Role.ADMIN), server.key("aus")
    hook = server.post("/v1/webhooks", key, {"url": "https://example.org/"})
    assert hook.status_code == 201
    for path in ("/v1/feed", "/v1/feed", "/v1/items/none", "/v1/feed?limit=0"):
        server.get(path, key)
    server.app.add_api_route("/broken", lambda: 1 / 0)
    server.get("/broken")
    found = _read(server.get(PATH, admin))
    assert found["tearline_ready"] == 1
    assert found["tearline_streams"] == 0
    assert found['tearline_webhooks{state="active"}'] == 1
    counted = {name: n for name, n in found.items() if name.startswith("tearline_answers_total")}
    assert counted == {
        f'tearline_answers_total{{status="{status}"}}': n
        for status, n in {200: 2, 201: 1, 404: 1, 422: 1, 500: 1}.items()
    }


def test_without_a_key_there_is_no_more_than_whether_feeds_can_be_served(serve, desk, tmp_path):
    config = copytree(packaged("config"), tmp_path / "config")
    server = serve(config=config)
    before = server.get("/metrics")
    assert _read(before) == {"tearline_ready": 1}
    assert before.text.startswith("# EXERCISE\n")
    desk.publish(server.database, {"public": [desk.approach(100, 10)]})
    server.get("/v1/feed", server.key("aus"))
    assert server.get("/metrics").text == before.text
    (config / "partners/bra.toml").write_text("this is no partner")
    sleep(LOOKED_AT_MOST_S)
    assert _read(server.get("/metrics")) == {"tearline_ready": 0}


@pytest.mark.parametrize("role", [Role.PARTNER, Role.ANALYST, Role.RELEASER, Role.APPROVER])
def test_measures_are_for_administrators(serve, role):
    server = serve()
    assert server.get(PATH, server.key("aus", role=role)).status_code == 403
    assert server.get(PATH).status_code == 401


def test_feeds_that_were_decided_under_another_policy_cannot_be_served(serve, desk, tmp_path):
    config = copytree(packaged("config"), tmp_path / "config")
    server = serve(config=config)
    desk.publish(server.database, {"public": [desk.approach(100, 10)]})
    assert server.get("/readyz").status_code == 200
    policy = config / "policy/20-forbids.cedar"
    policy.write_text(policy.read_text() + "\n// changed\n")
    sleep(LOOKED_AT_MOST_S)
    assert server.get("/v1/feed", server.key("aus")).status_code == 503
    assert server.get("/readyz").status_code == 503
    assert _read(server.get("/metrics")) == {"tearline_ready": 0}
