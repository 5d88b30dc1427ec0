"""Prometheus' own tool accepts the alert rules, their tests and the metrics, and each rule's metric exists."""

import re
import subprocess
from pathlib import Path

from adapters.standin.http.server import StandinKoha
from tests.serve.house import serving

OPERATIONS = Path("docs/operations")


def promtool(*arguments: str, given: bytes = b"") -> None:
    done = subprocess.run(["promtool", *arguments], input=given, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_the_alert_rules_are_accepted_and_fire_when_they_must() -> None:
    promtool("check", "rules", str(OPERATIONS / "prometheus-alerts.yml"))
    promtool("test", "rules", str(OPERATIONS / "prometheus-alerts.test.yml"))


def test_the_metrics_are_accepted_and_all_that_rules_and_dashboard_ask_for_exists(
    koha: StandinKoha, tmp_path: Path
) -> None:
    with serving(tmp_path, koha) as house:
        house.tick(2)
        text = house.metrics.render()
    promtool("check", "metrics", given=text)
    known = set(re.findall(r"^# TYPE (\S+) ", text.decode(), re.MULTILINE))
    for file in ("prometheus-alerts.yml", "grafana-dashboard.json"):
        for name in set(re.findall(r"cardwarden_\w+", (OPERATIONS / file).read_text(encoding="utf-8"))):
            assert name in known or re.sub("_(bucket|count|sum)$", "", name) in known, f"{name} in {file}"
