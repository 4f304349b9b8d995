#!/usr/bin/env bash
# pytest 9.2.0 with pytest-xdist 3.8.0: `--dist loadgroup` groups nothing, and says nothing about it.
#
# Twenty tests carry the same mark `xdist_group("one")` and run on two workers. With pytest 9.1.1 all twenty run on one
# worker, as the mark asks for. With pytest 9.2.0 both workers run some of them; exit code and output are those of a
# normal run. xdist appends the group to a test's id by assigning to the private attribute `_nodeid` (xdist/remote.py);
# pytest 9.2.0 no longer reads that attribute, so the scheduler sees ids without a group.
#
# What helps: a scheduler of one's own through the hook `pytest_xdist_make_scheduler`, or `--dist loadfile`.
#
# Seen on 2026-11-30, Python 3.11:
#   pytest 9.1.1: workers of the group: 1
#   pytest 9.2.0: workers of the group: 2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/test_group.py" <<'PYTHON'
from pathlib import Path

import pytest


@pytest.mark.parametrize("number", range(20))
@pytest.mark.xdist_group("one")
def test_member(number, worker_id):
    with (Path(__file__).parent / "workers.txt").open("a") as file:
        print(worker_id, file=file)
PYTHON

workers_with() {
  python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "pytest==$1" pytest-xdist==3.8.0
  rm -f "$folder/workers.txt"
  (cd "$folder" && "$folder/$1/bin/pytest" -q -p no:cacheprovider -n 2 --dist loadgroup test_group.py >/dev/null)
  sort -u "$folder/workers.txt" | wc -l
}

before=$(workers_with 9.1.1)
now=$(workers_with 9.2.0)
echo "pytest 9.1.1: workers of the group: $before"
echo "pytest 9.2.0: workers of the group: $now"
[ "$before" = 1 ] && [ "$now" = 2 ]
