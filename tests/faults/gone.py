"""How many rows of ours others took away in 24 hours: too many are drift, and staff's word for none of them."""

DAY = 86_400
Key = tuple[int, str]
NO = frozenset({False})


class Gone:
    """Who misses a row since when (the machine's clock), for sure and perhaps, and what that says of this cycle."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.surely: dict[Key, int] = {}
        self.perhaps: dict[Key, int] = {}
        self.drift = NO

    def measure(self, now_gone: set[Key], perhaps_gone: set[Key], now: int) -> None:
        """Whether a cycle that finds these gone is over the limit: surely, surely not, or (both) perhaps."""
        lately = self._since(self.surely, now)
        perhaps = lately | self._since(self.perhaps, now)
        self.drift = frozenset({len(now_gone | lately) > self.limit, len(perhaps_gone | perhaps) > self.limit})

    def turns_back(self, key: Key, now: int) -> frozenset[bool]:
        """Whether an override made of this row is taken back, since its row went with too many others after all."""
        if key in self._since(self.surely, now):
            return self.drift
        return self.drift | NO if key in self._since(self.perhaps, now) else NO

    def note(self, key: Key, now: int, *, sure: bool) -> None:
        """A cycle counted this one."""
        self.perhaps[key] = now
        if sure:
            self.surely[key] = now

    @staticmethod
    def _since(known: dict[Key, int], now: int) -> set[Key]:
        return {key for key, at in known.items() if at > now - DAY}
