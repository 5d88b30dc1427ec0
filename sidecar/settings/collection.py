"""The table `[collection]` of the settings file, as frozen values; `docs/settings.md` is written from it."""

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from sidecar.settings.sections import Section
from sidecar.settings.values import ClockTime, Days, FilePath, Host, Seconds, Text


class OfficeKind(StrEnum):
    """How the office's files are reached."""

    FOLDER = "folder"
    SFTP = "sftp"


class ProfileKind(StrEnum):
    """How the office's files are written."""

    GENERIC = "generic"
    UMS = "ums"


OFFICE_KEYS: Final = {
    OfficeKind.FOLDER: frozenset({"folder", "group_readable"}),
    OfficeKind.SFTP: frozenset({"host", "port", "user", "key_file", "password", "password_file", "known_hosts"})
    | {"timeout"},
}
"""The keys that only one kind of office has."""

_NEEDED: Final = {
    OfficeKind.FOLDER: ("folder",),
    OfficeKind.SFTP: ("host", "user", "known_hosts"),
}

ContactColumn = Literal[
    "library",
    "category_type",
    "surname",
    "firstname",
    "birth",
    "cardnumber",
    "address",
    "address2",
    "zipcode",
    "city",
    "state",
    "country",
    "phone",
    "mobile",
    "email",
]

_KEPT_BY_DEFAULT: Final[dict[ProfileKind, tuple[ContactColumn, ...]]] = {
    ProfileKind.GENERIC: ("cardnumber", "birth"),
    ProfileKind.UMS: (),
}


def _inner_path(value: str) -> str:
    """A folder of the office's, as it is written in a path."""
    if ".." in PurePosixPath(value).parts:
        raise ValueError("leads out by `..`; write the path itself")
    return value


InnerPath = Annotated[Text, AfterValidator(_inner_path)]


class CollectionSettings(Section):
    """The collection office (docs/collection-files.md): without `office` there is none, and claims are lists for staff.

    A rule with `release = "agency_confirmation"` needs an office that answers.
    """

    office: OfficeKind | None = Field(
        default=None,
        description="How files get there: `folder` (of this machine, or of a share that is mounted) or `sftp`.",
        examples=["sftp"],
    )
    profile: ProfileKind = Field(
        default=ProfileKind.GENERIC,
        description="How files are written: `generic` (ours, in both directions) or `ums` (that agency's; it sends "
        "nothing back).",
        examples=["ums"],
    )
    folder: FilePath | None = Field(
        default=None,
        description="`folder`: where the three folders below are. None of them is ever made.",
        examples=["/srv/collection"],
    )
    group_readable: bool = Field(
        default=False,
        description="`folder`: let the folder's group read the files (0640); else this user alone (0600).",
    )
    host: Host | None = Field(default=None, description="`sftp`: the server.", examples=["sftp.office.example.org"])
    port: int = Field(default=22, ge=1, le=65535, description="`sftp`: its port.")
    user: Text | None = Field(default=None, description="`sftp`: the account there.", examples=["library"])
    known_hosts: FilePath | None = Field(
        default=None,
        description="`sftp`: a file in OpenSSH's form with the server's key. A server without a known key, or with "
        "another one, is not spoken with.",
        examples=["/etc/cardwarden/known_hosts"],
    )
    key_file: FilePath | None = Field(
        default=None,
        description="`sftp`: a private key without a passphrase, for this purpose alone.",
        examples=["/run/secrets/collection_key"],
    )
    password: SecretStr | None = Field(
        default=None, description="`sftp`: the account's password. Better kept in a file: `password_file`."
    )
    password_file: FilePath | None = Field(
        default=None,
        description="`sftp`: a file that holds the password alone.",
        examples=["/run/secrets/collection_password"],
    )
    timeout: Seconds = Field(
        default=30.0, description="`sftp`: seconds for the connection, the login, and each answer."
    )
    outgoing: InnerPath = Field(
        default="outgoing", description="The folder for files to the office: below `folder`, or on the server."
    )
    incoming: InnerPath = Field(default="incoming", description="The folder for files from the office.")
    archive: InnerPath = Field(default="archive", description="The folder for files from the office that were read.")
    spool: FilePath | None = Field(
        default=None,
        description="A folder of this machine where files wait for their delivery, readable to this user alone. By "
        "default beside an SQLite journal, else in the state directory.",
        examples=["/var/lib/cardwarden/collection"],
    )
    leave_out: tuple[ContactColumn, ...] | None = Field(
        default=None,
        description="What of a patron's record stays in the library: columns that are left empty. By default "
        "`cardnumber` and `birth` with `generic`, nothing with `ums`.",
        examples=[["cardnumber", "birth", "email"]],
    )
    send: tuple[ClockTime, ...] = Field(
        default=("07:00",),
        description="Times of day, in the policy's time zone, at which files are sent and read.",
        examples=[["07:00", "13:00"]],
    )
    answer_days: Days = Field(
        default=14, description="Days within which the office is expected to answer; claims that wait longer are told."
    )

    @model_validator(mode="after")
    def _is_one_of_its_kind(self) -> Self:
        """An office has what its kind needs, and nothing of another kind."""
        said = {name for name, key in type(self).model_fields.items() if getattr(self, name) != key.default}
        if self.office is None:
            if said:
                raise ValueError('names no office; say office = "folder" or office = "sftp", or remove the table')
            return self
        others = [key for kind, keys in OFFICE_KEYS.items() if kind is not self.office for key in sorted(keys)]
        if strange := [key for key in others if key in said]:
            raise ValueError(f"has {', '.join(strange)}, which an office of kind {self.office} has not; remove it")
        if missing := [key for key in _NEEDED[self.office] if getattr(self, key) is None]:
            raise ValueError(f"has no {', '.join(missing)}; write it")
        folders = [PurePosixPath(folder) for folder in (self.outgoing, self.incoming, self.archive)]
        if self.answers and len(set(folders)) < len(folders):
            raise ValueError("has the same folder twice; outgoing, incoming and archive are three")
        return self

    @property
    def answers(self) -> bool:
        """Whether there is an office that sends anything back."""
        return self.office is not None and self.profile is ProfileKind.GENERIC

    @property
    def left_out(self) -> tuple[ContactColumn, ...]:
        """The columns of a patron's record that stay in the library."""
        return _KEPT_BY_DEFAULT[self.profile] if self.leave_out is None else self.leave_out
