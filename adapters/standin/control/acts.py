"""The acts that the control routes take, by the name of their route."""

from typing import Final

from adapters.standin.control import cards, money, system
from adapters.standin.control.act import Act

ACTS: Final[dict[str, type[Act]]] = {
    "pay": money.Pay,
    "charge": money.Charge,
    "void": money.Void,
    "pay-out": money.PayOut,
    "wrong-pin": cards.WrongPin,
    "right-pin": cards.RightPin,
    "reset-pin": cards.ResetPin,
    "set-attempts": cards.SetAttempts,
    "staff-lifts": cards.StaffLifts,
    "staff-restricts": cards.StaffRestricts,
    "staff-edits": cards.StaffEdits,
    "staff-releases": cards.StaffReleases,
    "set-flag": cards.SetFlag,
    "card-lost": cards.CardLost,
    "change-patron": cards.ChangePatron,
    "create-patron": cards.CreatePatron,
    "delete-patron": cards.DeletePatron,
    "hide-patron": cards.HidePatron,
    "merge-patrons": cards.MergePatrons,
    "delete-restriction-type": system.DeleteRestrictionType,
    "add-restriction-type": system.AddRestrictionType,
    "register-type": system.RegisterType,
    "unregister-type": system.UnregisterType,
    "forget-type": system.ForgetType,
    "set-preference": system.SetPreference,
    "set-category": system.SetCategory,
    "delete-category": system.DeleteCategory,
    "add-name": system.AddName,
    "delete-name": system.DeleteName,
    "advance": system.Advance,
    "step-clock": system.StepClock,
    "set-clock-right": system.SetClockRight,
    "back-up": system.BackUp,
    "restore": system.Restore,
    "pause-plugin": system.PausePlugin,
    "replace-installation": system.ReplaceInstallation,
    "speak-contract": system.SpeakContract,
}
"""Route name to act."""
