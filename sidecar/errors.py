"""Named errors. Each message is one clear line that says what is wrong and what to do."""


class CardwardenError(Exception):
    """Base of all errors that are shown to the user as one line, with exit code 1."""


class PolicyError(CardwardenError):
    """The policy file cannot be used; the message lists every mistake with its place."""


class SettingsError(CardwardenError):
    """The settings cannot be used."""


class IlsError(CardwardenError):
    """The ILS could not be read or written."""


class IlsUnreachable(IlsError):
    """No usable answer: wrong address, no connection, time-outs, server errors after all tries."""


class CredentialsRefused(IlsError):
    """The ILS does not accept the API key."""


class PermissionMissing(IlsError):
    """The API key may not do this; the message names the permissions it needs."""


class NotAnIls(IlsError):
    """Something answered that is not the ILS's API (an HTML page, another service)."""


class UnexpectedAnswer(IlsError):
    """The ILS answered with something this version cannot read."""


class PluginGone(IlsError):
    """The plugin was there and no longer is: never a silent fall-back to reading without it."""


class PluginVersionMismatch(IlsError):
    """The plugin speaks another version of the wire contract."""


class IncompletePull(IlsError):
    """The patrons could not be read completely, so nothing may be planned."""


class CannotWrite(IlsError):
    """The ILS is connected without the plugin: dry runs only."""


class PausedInIls(IlsError):
    """The plugin's own pause switch is on."""


class OtherWriter(IlsError):
    """Another journal wrote to this ILS last."""


class NoticesRefused(IlsError):
    """The ILS could not queue some notices; the message says why, and what to do."""


class UnknownPatron(IlsError):
    """There is no such patron."""


class UnknownRule(CardwardenError):
    """The policy has no such rule."""


class JournalError(CardwardenError):
    """The journal cannot be read or written."""


class NoJournal(JournalError):
    """There is no journal where one is asked for that must have begun already."""


class OtherIls(JournalError):
    """The journal belongs to another installation."""


class NoSuchPlan(JournalError):
    """No dry run or held-back plan with that digest is kept."""


class StillInLog(JournalError):
    """What was erased is gone from the journal, but its bytes are still in a file beside it."""


class Busy(JournalError):
    """Another cycle holds the journal."""


class Stopped(CardwardenError):
    """The cycle was told to stop before it was done; what was written is in the journal."""


class ReleaseRefused(CardwardenError):
    """Staff may not release this."""


class NotBlocked(CardwardenError):
    """There is nothing to release."""


class UnknownCycle(CardwardenError):
    """The journal has nothing of such a cycle."""


class GateError(CardwardenError):
    """A gate cannot be asked at all; the message names it, what it did and what to set right."""


class NoGate(CardwardenError):
    """No gate is configured, or none of that name."""


class ListError(CardwardenError):
    """A list that staff give cannot be read."""


class OfficeError(CardwardenError):
    """The exchange with the collection office failed; what was to be sent is kept and sent later."""


class SpoolError(CardwardenError):
    """The files that wait for the collection office cannot be kept or read here."""


class UnknownClaim(CardwardenError):
    """There is no such claim."""


class ClaimRefused(CardwardenError):
    """What staff order of a claim is not possible."""


class PausedHere(CardwardenError):
    """The pause switch of this journal is on."""


class NoOffice(CardwardenError):
    """No collection office is configured."""


class OfficeUnreachable(OfficeError):
    """The office's folder or server cannot be reached, or broke off; nothing half is left there under its name."""


class OfficeRefuses(OfficeError):
    """The office's place has other content under that name, or a key that is not the known one: a person must look."""


class LoginRefused(CardwardenError):
    """Somebody could not be let in on the daemon's page; the message is for them."""
