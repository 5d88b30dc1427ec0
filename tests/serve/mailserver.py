"""A mail server on loopback that takes what it is sent."""

import socketserver
import time

from sidecar.settings import MailSettings


class Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP as a mail needs."""

    server: "MailServer"

    def handle(self) -> None:
        if self.server.silent:
            time.sleep(2)
            return
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            self.server.heard.append(line)
            if verb == "RCPT" and self.server.refuses:
                self.say("550 no such person")
            elif verb == "DATA":
                self.say("354 go on")
                lines = iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), ".")
                self.server.mails.append("\n".join(lines))
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 well")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of loopback."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.heard: list[str] = []
        self.mails: list[str] = []
        self.refuses = self.silent = False

    @property
    def settings(self) -> MailSettings:
        return MailSettings(
            host="127.0.0.1",
            port=self.server_address[1],
            sender="cw@example.org",
            to=("it@example.org", "a@example.org"),
        )
