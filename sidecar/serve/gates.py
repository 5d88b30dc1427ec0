"""Looks at the gates while the daemon runs: in a thread of its own, with connections of its own, so that it delays no
cycle and whatever a gate does ends none."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import tzinfo
from typing import Final

from sidecar import wiring
from sidecar.core.gates import GateOutcome
from sidecar.core.model import PatronId
from sidecar.cycle.world import World
from sidecar.errors import CardwardenError, Stopped
from sidecar.language import _, ngettext
from sidecar.ports import Clock
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.events import CycleEvents
from sidecar.serve.logs import place_of
from sidecar.serve.state import GateState, local
from sidecar.settings import LoadedSettings
from sidecar.verification import GateFindings, Named, Sample, Selection, verify

AGAIN: Final = 600.0
"""Seconds until a gate that is open or cannot be asked is asked again."""

_LAST: Final = 1.0
"""Seconds that a look has to end while the daemon stops."""


class GateWatch:
    """Asks all gates about a sample of cards when that is wanted, and those in doubt again until they are not."""

    def __init__(
        self, configuration: LiveConfiguration, clock: Clock, stop: threading.Event, events: CycleEvents
    ) -> None:
        self._configuration = configuration
        self._clock = clock
        self._stop = stop
        self._events = events
        self._call = threading.Event()
        self._whole = False
        self._failed = False
        self._states: dict[str, GateState] = {}
        self._open: dict[str, tuple[PatronId, ...]] = {}
        self._thread = threading.Thread(target=self._work, name="gates", daemon=True)

    def start(self) -> None:
        """Begin; what an earlier daemon told of gates is looked at, at once."""
        if self._events.gates_in_doubt():
            self.want()
        self._thread.start()

    def want(self) -> None:
        """Something was written: ask all gates, soon."""
        self._whole = True
        self._call.set()

    def close(self) -> None:
        """Let the thread end, once the daemon was told to stop; a gate that hangs is not waited for."""
        self._call.set()
        self._thread.join(_LAST)

    def look(self) -> bool:
        """Ask once what is to be asked: all gates if that is wanted, else those in doubt; whether some still are."""
        loaded, whole = self._configuration.loaded, self._whole
        self._whole = False
        names = list(loaded.settings.gates) if loaded.settings.verify.after_full else []
        self._states = {name: self._states[name] for name in names if name in self._states}
        self._open = {name: self._open[name] for name in names if name in self._open}
        asked = {name: self._selection(name, loaded, whole=whole) for name in names}
        try:
            self._ask({name: selection for name, selection in asked.items() if selection is not None}, loaded)
        except Stopped:
            return False
        except CardwardenError as error:
            self._not_seen(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, cycles go on
            self._not_seen(f"a mistake in Cardwarden: {type(error).__name__} ({place_of(error)})")
        else:
            self._failed = False
            self._events.gates_seen(dict(self._states), self._clock.now())
        return self._failed or any(state.in_doubt for state in self._states.values())

    def _work(self) -> None:
        again = False
        while not self._stop.is_set():
            self._call.wait(AGAIN if again else None)
            self._call.clear()
            if not self._stop.is_set():
                again = self.look()

    def _not_seen(self, problem: str) -> None:
        """Neither Koha nor the journal could be read, so no gate was asked: the whole look is made again."""
        self._whole = self._failed = True
        self._events.gates_not_seen(problem)

    def _selection(self, name: str, loaded: LoadedSettings, *, whole: bool) -> Selection | None:
        """Whom to ask this gate about; None: nobody."""
        state, settings = self._states.get(name), loaded.settings.verify
        if whole or state is None or state.trouble is not None:
            return Sample(settings.blocks, settings.releases, settings.controls)
        return Named(self._open[name]) if self._open.get(name) else None

    def _ask(self, asked: Mapping[str, Selection], loaded: LoadedSettings) -> None:
        if not asked:
            return
        with self._reached(loaded) as world:
            together: dict[Selection, list[str]] = {}
            for name, selection in asked.items():
                together.setdefault(selection, []).append(name)
            for selection, names in together.items():
                gates = [gate for name in names for gate in wiring.gates_of(loaded, name)]
                policy, scope = self._configuration.policy.policy, loaded.settings.scope.scope()
                found = verify(world, policy, gates, selection=selection, scope=scope)
                for gate in found.gates:
                    self._note(gate, again=isinstance(selection, Named))

    def _note(self, found: GateFindings, *, again: bool) -> None:
        """Of cards that are asked about again, what was said of the others stands."""
        before = self._states.get(found.name)
        if found.trouble is not None:
            tries = 1 if before is None else before.tries + 1
            cards = {} if before is None else before.cards
            self._states[found.name] = GateState(
                looked=self._clock.now(), cards=cards, trouble=found.trouble, tries=tries
            )
            return
        counted = Counter(each.outcome.value for each in found.comparisons)
        if again and before is not None:
            counted += Counter({key: number for key, number in before.cards.items() if key != GateOutcome.GATE_OPEN})
        self._states[found.name] = GateState(looked=self._clock.now(), cards=dict(counted))
        self._open[found.name] = tuple(each.patron for each in found.by_outcome(GateOutcome.GATE_OPEN))

    @contextmanager
    def _reached(self, loaded: LoadedSettings) -> Iterator[World]:
        with (
            wiring.opened_journal(loaded, self._clock, begin=False) as journal,
            wiring.reached(loaded, journal, self._clock, sleep=self._sleep) as there,
        ):
            yield there.world

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped("The daemon was told to stop while it waited.")


def gates_in_words(gates: Mapping[str, GateState], zone: tzinfo) -> tuple[str, ...]:
    """What the last looks at the gates found, a sentence each."""
    return tuple(_gate_in_words(name, gate, local(gate.looked.astimezone(zone))) for name, gate in gates.items())


def _gate_in_words(name: str, gate: GateState, when: str) -> str:
    if gate.trouble is not None:
        what = _("could not be asked at {when}: {why}", when=when, why=gate.trouble)
    elif gate.is_open:
        what = ngettext(
            "asked at {when}: {number} block does not hold there.",
            "asked at {when}: {number} blocks do not hold there.",
            gate.is_open,
            when=when,
        )
    else:
        what = _("asked at {when}: every block held.", when=when)
    return _("Gate {gate}: {what}", gate=name, what=what)
