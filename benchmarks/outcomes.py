"""What became of mutants, kept on disk as it comes, and what it is worth."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

from mutations import Mutant
from planting import ROOT

__all__ = ["Results", "epoch_of", "judge"]

_KEPT = ROOT / ".mutants"
_FOUND = ("killed", "timed out")
_MOST_SURVIVING = 0.05


class Results:
    """Outcomes by id of the mutant, kept on disk as they come."""

    def __init__(self, package: str, epoch: str, again: bool) -> None:
        """Read what is known of a package at an epoch, the digest of sources and tests."""
        _KEPT.mkdir(exist_ok=True)
        self._path = _KEPT / f"{package}.jsonl"
        lines = self._path.read_text().splitlines() if self._path.exists() else [""]
        known = dict(json.loads(line) for line in lines[1:])
        if lines[0] != epoch:
            known = {id: one for id, one in known.items() if again and one != "survived"}
            text = "".join(json.dumps(one) + "\n" for one in known.items())
            self._path.write_text(f"{epoch}\n{text}")
        self.known: dict[str, str] = known

    def add(self, mutant: Mutant, outcome: str) -> None:
        """Keep an outcome."""
        self.known[mutant.id] = outcome
        with self._path.open("a") as file:
            file.write(json.dumps([mutant.id, outcome]) + "\n")


def epoch_of(folders: Iterable[str]) -> str:
    """Return the digest of the Python, Cedar and TOML files that outcomes rest on."""
    digest = sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".toml", ".cedar", ".cedarschema"):
                digest.update(path.read_bytes())
    return digest.hexdigest()


def judge(package: str, mutants: Sequence[Mutant], results: Results, argued: set[str]) -> bool:
    """Print a package's figures, and return whether they will do."""
    counts = Counter(results.known[mutant.id] for mutant in mutants)
    survived = {one.id for one in mutants if results.known[one.id] not in _FOUND}
    share = len(survived) / len(mutants)
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    print(f"{package}: {len(mutants)} mutants: {told}; {share:.1%} survive")
    stale = {id for id in argued - survived if id.startswith(f"sharing/{package}/")}
    for id in sorted(survived - argued):
        print(f"  not argued: {id}")
    for id in sorted(stale):
        print(f"  argued, but found: {id}")
    return share < _MOST_SURVIVING and survived <= argued and not stale
