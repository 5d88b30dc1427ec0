"""A self-check: the SIP2 messages that lend and renew, which Cardwarden itself never sends."""

import socket
import time
from typing import Final

ENDS: Final = (b"\r", b"\n")


class SelfCheck:
    """One connection, logged in."""

    def __init__(self, host: str, port: int, user: str, password: str) -> None:
        self._socket = socket.create_connection((host, port), 30)
        self._number = 0
        assert self._ask(f"9300CN{user}|CO{password}|").startswith("941"), "the SIP account is refused"
        self._institution = self._field(self._ask("9900802.00"), "AO")

    def lend(self, card: str, barcode: str) -> tuple[bool, str]:
        """Whether the item was lent, and what the screen says."""
        return self._loan(f"11YN{_now()}{' ' * 18}", card, barcode)

    def renew(self, card: str, barcode: str) -> tuple[bool, str]:
        """Whether the loan was renewed, and what the screen says."""
        return self._loan(f"29NN{_now()}{' ' * 18}", card, barcode)

    def shows_as_good(self, card: str) -> bool:
        """Whether the card's first four flags are blank."""
        answer = self._ask(f"23000{_now()}AO{self._institution}|AA{card}|AC|")
        return answer[2:6].strip() == ""

    def take_back(self, barcode: str) -> None:
        self._ask(f"09N{_now()}{_now()}AP|AO{self._institution}|AB{barcode}|AC|")

    def close(self) -> None:
        self._socket.close()

    def _loan(self, head: str, card: str, barcode: str) -> tuple[bool, str]:
        answer = self._ask(f"{head}AO{self._institution}|AA{card}|AB{barcode}|AC|")
        return answer[2] == "1", self._field(answer, "AF")

    def _ask(self, text: str) -> str:
        text = f"{text}AY{self._number % 10}AZ"
        self._number += 1
        self._socket.sendall(f"{text}{-sum(text.encode()) & 0xFFFF:04X}\r".encode())
        got = b""
        while not got.endswith(ENDS):
            piece = self._socket.recv(4096)
            assert piece, "the gate broke off"
            got += piece
        return got.decode().strip()

    @staticmethod
    def _field(answer: str, name: str) -> str:
        return next((part[2:] for part in answer[1:].split("|") if part.startswith(name)), "")


def _now() -> str:
    return time.strftime("%Y%m%d    %H%M%S")
