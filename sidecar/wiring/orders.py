"""What the settings ask of every cycle."""

from sidecar.cycle.order import Order
from sidecar.desk import DeskPages
from sidecar.desk.explained import Asking
from sidecar.ports import Mode
from sidecar.settings import LoadedSettings
from sidecar.settings.durations import parse_duration


def order_of(loaded: LoadedSettings, mode: Mode) -> Order:
    """What the settings ask of every cycle."""
    settings = loaded.settings
    return Order(
        mode=mode,
        limits=settings.brakes.limits(),
        drift=settings.brakes.drift_limit(),
        scope=settings.scope.scope(),
        clock_tolerance=parse_duration(settings.koha.clock_tolerance),
        desk=desk_pages_of(loaded),
    )


def desk_pages_of(loaded: LoadedSettings, *, is_daemon: bool = False) -> DeskPages:
    """What tells Koha's own pages; for a daemon one that lives as long as the settings do."""
    settings = loaded.settings
    return DeskPages(
        mode=settings.mode,
        scope=settings.scope.scope(),
        every=settings.schedule.quick_interval(),
        is_running=is_daemon,
        answer_days=settings.collection.answer_days,
    )


def asking_of(loaded: LoadedSettings) -> Asking:
    """What of the settings an explanation goes by."""
    settings = loaded.settings
    return Asking(
        mode=settings.mode,
        scope=settings.scope.scope(),
        every=settings.schedule.quick_interval(),
        answer_days=settings.collection.answer_days,
    )
