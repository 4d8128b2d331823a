"""Bundles still to do: fresh ones in the order of the plan, then what has to be tried again."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator

from harness.sweep.record import Bundle, RunRecord

__all__ = ["WorkQueue"]


class WorkQueue:
    """Hands out bundles one by one, takes failures back, and stops when the time is used up.

    Args:
        bundles: The fresh ones; taken lazily. None where there is nothing now, but may be later.
        single: Makes a bundle of one run, by its fingerprint: what failed is tried again alone.
        retries: How often a run may be tried again after failing alone.
        time_s: Seconds after which nothing is handed out any more; None for no limit.
        again_first: Whether what has to be tried again comes before what is fresh.
    """

    def __init__(
        self,
        bundles: Iterator[Bundle | None],
        *,
        single: Callable[[str], Bundle],
        retries: int,
        time_s: float | None,
        again_first: bool = False,
    ) -> None:
        self._fresh = bundles
        self._single = single
        self._retries = retries
        self._time_s = time_s
        self._again_first = again_first
        self._begun = time.monotonic()
        self._again: deque[Bundle] = deque()
        self._blamed: dict[str, int] = defaultdict(int)
        self.failures: dict[str, list[str]] = defaultdict(list)
        """Why the earlier attempts of a run failed, by fingerprint."""
        self.stopped = ""
        """Why nothing is handed out any more, although there is work."""

    def take(self) -> Bundle | None:
        """Return the next bundle; None if there is none now (a failure may bring one back)."""
        bundle = self._again.popleft() if self._again_first and self._again else None
        bundle = bundle or next(self._fresh, None)
        if bundle is None and self._again:
            bundle = self._again.popleft()
        if bundle is None or self._time_s is None:
            return bundle
        if time.monotonic() - self._begun <= self._time_s:
            return bundle
        self.stopped = f"limits.time of {self._time_s:g} s is used up"
        self._fresh = iter(())
        self._again.clear()
        return None

    def give_back(self, bundle: Bundle) -> None:
        """Take back a bundle that was handed out and never begun."""
        self._again.append(bundle)

    def tries_again(self, record: RunRecord) -> bool:
        """Note a failed run; tell whether it will be tried again.

        What fails for the same reason every time is not tried again. A run that went down with
        others is not to blame until it has failed alone.
        """
        self.failures[record.fingerprint].append(record.reason)
        if not record.transient:
            return False
        self._blamed[record.fingerprint] += record.alone
        if self._blamed[record.fingerprint] > self._retries:
            return False
        self._again.append(self._single(record.fingerprint))
        return True
